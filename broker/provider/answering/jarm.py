"""Authorization responses as JWTs (JWT Secured Authorization Response Mode for OAuth 2.0, JARM)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.clients.client import Client
from broker.tokens.envelope import JWT, Envelopes

# By what a client may ask for: how the response travels, and whether it is a JWT. Fragments are for tokens in the front channel,
# which we do not send (RFC 9700 2.1.2), and `jwt` alone is the default of the code flow (JARM 2.3.4).
MODES: Mapping[str, str] = {
    "query": "query",
    "form_post": "form_post",
    "jwt": "query.jwt",
    "query.jwt": "query.jwt",
    "form_post.jwt": "form_post.jwt",
}
_SIGNED = ".jwt"
# JARM 2.1 allows ten minutes; a code lives shorter anyway.
LIFE = timedelta(minutes=5)
# What is used when a client has named no other (JARM 3).
_DEFAULT = "RS256"


def is_signed(mode: str) -> bool:
    """Whether a response mode is one of JARM's."""
    return mode.endswith(_SIGNED)


def is_form(mode: str) -> bool:
    """Whether the response travels by a form (OAuth 2.0 Form Post Response Mode 2)."""
    return mode.removesuffix(_SIGNED) == "form_post"


def wants_signed(client: Client) -> bool:
    """Whether this client takes signed responses only: the strict profile, and an algorithm registered for them. Whoever changes
    the mode in the address must not get it a response that it would have to believe unsigned (FAPI 2.0 Message Signing 5.4.1)."""
    return bool(client.profile) and client.authorization_signed_response_alg is not None


@dataclass(frozen=True, slots=True)
class SignedResponses:
    """Makes the `response` of JARM."""

    envelopes: Envelopes
    now: Callable[[], datetime]

    def written(self, client: Client, fields: Mapping[str, str]) -> str:
        """The parameters of a response, good for this client for five minutes; encrypted when it is registered so.

        Raises:
            NoEncryptionKey: it is, and has no key.
        """
        expires = int((self.now() + LIFE).timestamp())
        claims = dict(fields) | {"iss": self.envelopes.issuer, "aud": client.client_id, "exp": expires}
        signed = self.envelopes.sign(claims, JWT, _algorithm(client))
        if client.authorization_encrypted_response_alg is None:
            return signed
        return self.envelopes.encrypt(
            signed, client, client.authorization_encrypted_response_alg, client.authorization_encrypted_response_enc
        )


def _algorithm(client: Client) -> str:
    # The strict profile knows no RS256, whatever JARM's default is (FAPI 2.0 5.4.1).
    return client.authorization_signed_response_alg or (client.id_token_signed_response_alg if client.profile else _DEFAULT)
