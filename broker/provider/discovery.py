"""What we say we can do: one table of contributions, a row for each standard, made of the tables that serve the requests.

What is not on is not said. A feature adds its row here in the same change, and tests/rooms/provider/test_discovery.py demands for
every value that somebody tries it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from broker.clients.words import CONTENT_ENCRYPTIONS, KEY_MANAGEMENT_ALGORITHMS, SUBJECT_TYPES
from broker.consent.details import DETAIL_TYPES
from broker.foundation.public_jwks import SIGNATURE_ALGORITHMS
from broker.provider.answering.jarm import MODES
from broker.provider.caller.dpop import ALGORITHMS as DPOP_ALGORITHMS
from broker.provider.caller.methods import described
from broker.provider.granting.grants import TOKEN_GRANTS
from broker.provider.logout.check_session import CHECK_PATH
from broker.provider.request.checks import PROMPTS
from broker.provider.rooms import ProviderRooms
from broker.tokens.acr import ACR_OF_LEVEL
from broker.tokens.scopes import PROTOCOL_CLAIMS, SCOPE_OF_CLAIM, SCOPES

Said = dict[str, object]


@dataclass(frozen=True, slots=True)
class Offer:
    """What this deployment has: `endpoints` are paths by their names, `algorithms` those that sign now."""

    rooms: ProviderRooms
    endpoints: Mapping[str, str]
    algorithms: tuple[str, ...]

    @property
    def issuer(self) -> str:
        return self.rooms.settings.issuer


def discovery_of(offer: Offer) -> Said:
    """The metadata of OpenID Connect Discovery 3 and RFC 8414 2, from every row of the table.

    Raises:
        RuntimeError: two rows say the same thing.
    """
    said: Said = {}
    for contribution in CONTRIBUTIONS.values():
        found = contribution(offer)
        if said.keys() & found.keys():
            raise RuntimeError("two standards say the same in discovery")
        said |= found
    return said


def _addresses(offer: Offer) -> Said:
    return {"issuer": offer.issuer, **{name: offer.issuer + path for name, path in offer.endpoints.items()}}


def _code_flow(offer: Offer) -> Said:
    return {
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": list(MODES),
        "grant_types_supported": [grant.GRANT_TYPE for grant, _ in TOKEN_GRANTS],
        "code_challenge_methods_supported": ["S256"],
        "ui_locales_supported": ["ru", "en"],
    }


def _id_tokens(offer: Offer) -> Said:
    return {
        "subject_types_supported": list(SUBJECT_TYPES),
        "id_token_signing_alg_values_supported": list(offer.algorithms),
        **_encryption("id_token"),
        "acr_values_supported": list(ACR_OF_LEVEL.values()),
        "prompt_values_supported": list(PROMPTS),
        "claim_types_supported": ["normal"],
        "claims_supported": [*PROTOCOL_CLAIMS, *SCOPE_OF_CLAIM],
        "claims_parameter_supported": True,
    }


def _userinfo(offer: Offer) -> Said:
    return {"userinfo_signing_alg_values_supported": list(offer.algorithms), **_encryption("userinfo")}


def _request_objects(offer: Offer) -> Said:
    return {
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": list(SIGNATURE_ALGORITHMS),
        **(_encryption("request_object") if offer.rooms.token_settings.decryption_key_life else {}),
        "require_signed_request_object": False,
    }


def _signed_responses(offer: Offer) -> Said:
    return {"authorization_signing_alg_values_supported": list(offer.algorithms), **_encryption("authorization")}


def _encryption(what: str) -> Said:
    return {
        f"{what}_encryption_alg_values_supported": list(KEY_MANAGEMENT_ALGORITHMS),
        f"{what}_encryption_enc_values_supported": list(CONTENT_ENCRYPTIONS),
    }


CONTRIBUTIONS: Mapping[str, Callable[[Offer], Said]] = {
    "OpenID Connect Discovery 1.0, 3": _addresses,
    "RFC 8414, 2": _code_flow,
    "OpenID Connect Core 1.0": _id_tokens,
    "OpenID Connect Core 1.0, 5.3.2": _userinfo,
    "RFC 7591, 3": lambda offer: (
        {"registration_endpoint": offer.rooms.registration_endpoint} if offer.rooms.registration_endpoint else {}
    ),
    "RFC 9101, 10.5": _request_objects,
    "RFC 9126, 5": lambda offer: {
        "require_pushed_authorization_requests": offer.rooms.settings.require_pushed_authorization_requests
    },
    "RFC 9207, 3": lambda offer: {"authorization_response_iss_parameter_supported": True},
    "RFC 9396, 10": lambda offer: {"authorization_details_types_supported": list(DETAIL_TYPES)},
    "RFC 9449, 5.1": lambda offer: {"dpop_signing_alg_values_supported": list(DPOP_ALGORITHMS)},
    "RFC 9701, 7": lambda offer: {"introspection_signing_alg_values_supported": list(offer.algorithms)},
    "Back-Channel Logout 1.0, 2.1": lambda offer: {
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    },
    "Front-Channel Logout 1.0, 3": lambda offer: {
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
    },
    "Session Management 1.0, 3.3": lambda offer: (
        {"check_session_iframe": offer.issuer + CHECK_PATH} if offer.rooms.settings.session_management else {}
    ),
    "JARM, 4": _signed_responses,
    "RFC 7521, RFC 8705, 3.3 and 5": lambda offer: described(offer.rooms.certificates, offer.issuer, offer.endpoints),
}
