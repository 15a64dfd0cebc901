"""GET /aas/oauth2/v2/ac and the older /aas/oauth2/ac read once: untrusted parameters in, a trusted request out."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from broker.mock_esia.oauth.client_proof import ProofRules, require_proof, require_state, require_v1_proof
from broker.mock_esia.oauth.permissions import AskedConsent, read_permissions
from broker.mock_esia.oauth.refusals import EsiaRefusal
from broker.mock_esia.oauth.registry import RegisteredClient, Registry
from broker.mock_esia.oauth.scopes import ORG_SCOPES, is_granted, is_known
from broker.mock_esia.oauth.signed_text import AUTHORIZATION_ORDER

_MANDATORY = ("client_id", "client_secret", "redirect_uri", "scope", "response_type", "state", "timestamp", "access_type")
MANDATORY = {1: _MANDATORY, 2: (*_MANDATORY[:2], "client_certificate_hash", *_MANDATORY[2:])}
PERSON_FILTERS = frozenset({"conf_acc", "acc_kid", "acc_not_kid"})
CHALLENGE_METHODS = frozenset({"S256", "GOST3411"})
OBJECT_TYPES = frozenset({"P", "L", "B", "A"})
# A permission of this name is a consent of the Digital Profile, not a scope.
CONSENT = "consent:"
_ROLES = re.compile(r"[A-Za-z_]{1,60}( [A-Za-z_]{1,60})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request whose signature, time, address and scopes were checked.

    `late_refusal` is the wrong v1 signature of a client that is told so only after the person has signed in.
    """

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    scope_text: str
    state: str
    offline: bool
    person_filter: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    org_scopes: tuple[str, ...] = ()
    consents: tuple[AskedConsent, ...] = ()
    object_type: str = "P"
    late_refusal: EsiaRefusal | None = None

    @property
    def needs(self) -> frozenset[str]:
        """What the person has to permit: scopes, and consents of the Digital Profile under a name of their own."""
        return frozenset((*self.scopes, *self.org_scopes, *(f"{CONSENT}{consent.kind}" for consent in self.consents)))


@dataclass(frozen=True, slots=True)
class Unproven:
    """Parameters still to be checked; `repeated` are the names that came more than once, `version` is 1 or 2."""

    fields: Mapping[str, str]
    repeated: frozenset[str]
    client: RegisteredClient
    rules: ProofRules
    version: int = 2


def returnable(unverified: Mapping[str, Sequence[str]], registry: Registry) -> RegisteredClient:
    """The client to whom refusals may be sent back.

    Raises EsiaRefusal 007003, 007005, 007014 or 007023; those stay on our page, for the address is what is not trusted.
    """
    missing = [name for name in ("client_id", "redirect_uri") if not any(unverified.get(name, ()))]
    if missing:
        raise EsiaRefusal("007014", missing)
    if len(unverified["client_id"]) > 1 or len(unverified["redirect_uri"]) > 1:
        raise EsiaRefusal("007003", words="client_id or redirect_uri came twice")
    client = registry.get(unverified["client_id"][0])
    address = unverified["redirect_uri"][0]
    if not client.allows_return(address):
        twice = "%" in address and client.allows_return(unquote(address))
        words = "redirect_uri was encoded twice" if twice else "redirect_uri is not registered for this system: "
        raise EsiaRefusal("007023", words=words if twice else words + ", ".join(client.client.redirect_uris))
    return client


def _require_single(asked: Unproven) -> None:
    if asked.repeated:
        raise EsiaRefusal("007003", words="parameters came twice: " + ", ".join(sorted(asked.repeated)))


def _require_scope(asked: Unproven) -> None:
    if "scope" in asked.fields and not asked.fields["scope"].strip():
        raise EsiaRefusal("007013")


def _require_mandatory(asked: Unproven) -> None:
    missing = [name for name in MANDATORY[asked.version] if not asked.fields.get(name)]
    if missing:
        raise EsiaRefusal("007014", missing, words="parameters are missing: " + ", ".join(missing))


def _require_code_response(asked: Unproven) -> None:
    if asked.fields["response_type"] != "code":
        raise EsiaRefusal("007009")


def _require_plain_values(asked: Unproven) -> None:
    require_state(asked.client, asked.fields["state"])
    if asked.fields["access_type"] not in ("online", "offline"):
        raise EsiaRefusal("007003", words="access_type is online or offline")
    if asked.fields.get("roles") and not _ROLES.fullmatch(asked.fields["roles"]):
        raise EsiaRefusal("007060")
    if asked.fields.get("obj_type") and asked.fields["obj_type"] not in OBJECT_TYPES:
        raise EsiaRefusal("007061", words="obj_type is one of " + ", ".join(sorted(OBJECT_TYPES)))


def _require_version(asked: Unproven) -> None:
    if asked.version == 1 and not asked.client.client.has_v1:
        raise EsiaRefusal("007005", words="v1 is switched off for this system in /console/tech; use /aas/oauth2/v2/ac")


def _require_known_scopes(asked: Unproven) -> None:
    wanted, wanted_org = asked.fields["scope"].split(" "), asked.fields.get("scope_org", "").split()
    unknown = [name for name in wanted if not is_known(name)] + [name for name in wanted_org if name not in ORG_SCOPES]
    if unknown:
        raise EsiaRefusal("007006", words=f"{len(unknown)} scopes are unknown here")
    client = asked.client.client
    missing = [name for name in wanted if not is_granted(name, client.scopes, client.org_scopes)]
    missing += [name for name in wanted_org if name not in client.org_scopes]
    if missing:
        raise EsiaRefusal("007019", words="not granted to this system: " + ", ".join(missing))


def _require_challenge(asked: Unproven) -> None:
    challenge, method = asked.fields.get("code_challenge"), asked.fields.get("code_challenge_method")
    if bool(challenge) != bool(method) or (method and method not in CHALLENGE_METHODS):
        raise EsiaRefusal("007003", words="code_challenge and code_challenge_method come together; S256 or GOST3411")


CHECKS: tuple[Callable[[Unproven], None], ...] = (
    _require_single,
    _require_version,
    _require_scope,
    _require_mandatory,
    _require_code_response,
    _require_plain_values,
)
CHECKS_OF_CONTENT: tuple[Callable[[Unproven], None], ...] = (_require_known_scopes, _require_challenge)


def _refusal_of_client(asked: Unproven) -> EsiaRefusal | None:
    """What is wrong with the proof, for a v1 client that is told late. Raises EsiaRefusal at once for every other client."""
    try:
        if asked.version == 1:
            require_v1_proof(asked.client, asked.fields, asked.rules)
        else:
            require_proof(asked.client, asked.fields, (AUTHORIZATION_ORDER,), asked.rules)
    except EsiaRefusal as refusal:
        if asked.version == 1 and asked.client.client.strictness.checks_after_login:
            return refusal
        raise
    return None


def proven(asked: Unproven) -> AuthorizationRequest:
    """Run every check in its order. Raises EsiaRefusal, which may travel back to the client."""
    for check in CHECKS:
        check(asked)
    late_refusal = _refusal_of_client(asked)
    for check in CHECKS_OF_CONTENT:
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
        org_scopes=tuple(dict.fromkeys(fields.get("scope_org", "").split())),
        consents=_consents(asked),
        object_type=fields.get("obj_type") or "P",
        late_refusal=late_refusal,
    )


def _consents(asked: Unproven) -> tuple[AskedConsent, ...]:
    if not asked.fields.get("permissions"):
        return ()
    if asked.version == 1 or asked.fields["scope"] != "openid":
        raise EsiaRefusal("007003", words="permissions goes to v2 only, with scope=openid")
    return read_permissions(asked.fields["permissions"])


def _person_filter(unverified: str | None) -> str | None:
    """Base64 of one of three words, padded or not, either alphabet."""
    if not unverified:
        return None
    text = unverified.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        word = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError) as wrong:
        raise EsiaRefusal("007003", words="person_filter is no base64") from wrong
    if word not in PERSON_FILTERS:
        raise EsiaRefusal("007003", words="person_filter is base64 of " + ", ".join(sorted(PERSON_FILTERS)))
    return word
