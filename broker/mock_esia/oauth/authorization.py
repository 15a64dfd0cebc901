"""GET /aas/oauth2/v2/ac read once: untrusted parameters in, a trusted request out."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from broker.mock_esia.oauth.client_proof import AUTHORIZATION_ORDER, ProofRules, require_proof, require_uuid
from broker.mock_esia.oauth.refusals import EsiaRefusal
from broker.mock_esia.oauth.registry import RegisteredClient, Registry
from broker.mock_esia.oauth.scopes import SCOPE_LABELS

MANDATORY = ("client_id", "client_secret", "client_certificate_hash", "redirect_uri", "scope", "response_type", "state",
             "timestamp", "access_type")
PERSON_FILTERS = frozenset({"conf_acc", "acc_kid", "acc_not_kid"})
CHALLENGE_METHODS = frozenset({"S256", "GOST3411"})


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request whose signature, time, address and scopes were checked."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    scope_text: str
    state: str
    offline: bool
    person_filter: str | None
    code_challenge: str | None
    code_challenge_method: str | None


@dataclass(frozen=True, slots=True)
class Unproven:
    """Parameters still to be checked; `repeated` are the names that came more than once."""

    fields: Mapping[str, str]
    repeated: frozenset[str]
    client: RegisteredClient
    rules: ProofRules


def returnable(unverified: Mapping[str, Sequence[str]], registry: Registry) -> RegisteredClient:
    """The client to whom refusals may be sent back.

    Raises EsiaRefusal 007003, 007005, 007014 or 007023; those stay on our page, for the address is what is not trusted.
    """
    missing = [name for name in ("client_id", "redirect_uri") if not any(unverified.get(name, ()))]
    if missing:
        raise EsiaRefusal("007014", missing)
    if len(unverified["client_id"]) > 1 or len(unverified["redirect_uri"]) > 1:
        raise EsiaRefusal("007003")
    client = registry.get(unverified["client_id"][0])
    if not client.allows_return(unverified["redirect_uri"][0]):
        raise EsiaRefusal("007023")
    return client


def _require_single(asked: Unproven) -> None:
    if asked.repeated:
        raise EsiaRefusal("007003")


def _require_scope(asked: Unproven) -> None:
    if "scope" in asked.fields and not asked.fields["scope"].strip():
        raise EsiaRefusal("007013")


def _require_mandatory(asked: Unproven) -> None:
    missing = [name for name in MANDATORY if not asked.fields.get(name)]
    if missing:
        raise EsiaRefusal("007014", missing)


def _require_code_response(asked: Unproven) -> None:
    if asked.fields["response_type"] != "code":
        raise EsiaRefusal("007009")


def _require_plain_values(asked: Unproven) -> None:
    require_uuid(asked.fields["state"])
    if asked.fields["access_type"] not in ("online", "offline"):
        raise EsiaRefusal("007003")
    if "permissions" in asked.fields:
        # Digital Profile consents are not played here; silently dropping one would mislead the developer.
        raise EsiaRefusal("007003")


def _require_known_scopes(asked: Unproven) -> None:
    wanted = asked.fields["scope"].split(" ")
    if not set(wanted) <= set(SCOPE_LABELS):
        raise EsiaRefusal("007006")
    if not set(wanted) <= asked.client.client.scopes or asked.fields.get("scope_org"):
        raise EsiaRefusal("007019")


def _require_challenge(asked: Unproven) -> None:
    challenge, method = asked.fields.get("code_challenge"), asked.fields.get("code_challenge_method")
    if bool(challenge) != bool(method) or (method and method not in CHALLENGE_METHODS):
        raise EsiaRefusal("007003")


def _require_client(asked: Unproven) -> None:
    require_proof(asked.client, asked.fields, (AUTHORIZATION_ORDER,), asked.rules)


CHECKS: tuple[Callable[[Unproven], None], ...] = (
    _require_single,
    _require_scope,
    _require_mandatory,
    _require_code_response,
    _require_plain_values,
    _require_client,
    _require_known_scopes,
    _require_challenge,
)


def proven(asked: Unproven) -> AuthorizationRequest:
    """Run every check in its order. Raises EsiaRefusal, which may travel back to the client."""
    for check in CHECKS:
        check(asked)
    fields = asked.fields
    return AuthorizationRequest(
        client_id=fields["client_id"],
        redirect_uri=fields["redirect_uri"],
        scopes=tuple(dict.fromkeys(fields["scope"].split(" "))),
        scope_text=fields["scope"],
        state=fields["state"],
        offline=fields["access_type"] == "offline",
        person_filter=_person_filter(fields.get("person_filter")),
        code_challenge=fields.get("code_challenge") or None,
        code_challenge_method=fields.get("code_challenge_method") or None,
    )


def _person_filter(unverified: str | None) -> str | None:
    """Base64 of one of three words, padded or not, either alphabet."""
    if not unverified:
        return None
    text = unverified.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        word = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError) as wrong:
        raise EsiaRefusal("007003") from wrong
    if word not in PERSON_FILTERS:
        raise EsiaRefusal("007003")
    return word
