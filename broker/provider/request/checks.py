"""The order of checks of an authorization request. The table at the end is the order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from broker.clients.client import Client
from broker.provider.answering.answer import Destination
from broker.provider.request.asking import Asking
from broker.provider.request.claims_request import read_claims_request
from broker.provider.request.hints import HintReader
from broker.provider.wire import OnOurPage, refusal
from broker.tokens.acr import LEVEL_OF_ACR
from broker.tokens.scopes import SCOPES

MAX_SCOPES = 30
RESPONSE_MODES = ("query", "form_post")
_FORM_TARGETS = ("https://", "http://")
PROMPTS = ("none", "login", "consent", "select_account")
_S256 = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class CheckTools:
    """What the checks may ask. `find_client` also finds disabled ones."""

    find_client: Callable[[str], Client | None]
    hints: HintReader


Check = Callable[[Asking, CheckTools], Asking]


def require_known_client(asking: Asking, tools: CheckTools) -> Asking:
    """Without a client there is nobody to answer to."""
    if "client_id" in asking.parameters.unsound:
        raise OnOurPage(7004)
    client_id = asking.parameters.get("client_id")
    client = tools.find_client(client_id) if client_id else None
    if client is None:
        raise OnOurPage(7001)
    if not client.is_enabled:
        raise OnOurPage(7003, client.client_id)
    return replace(asking, client=client)


def require_registered_redirect(asking: Asking, tools: CheckTools) -> Asking:
    """Exact string match with a registered address (RFC 9700 2.1); required even if only one is registered."""
    client, redirect_uri = asking.known_client, asking.parameters.get("redirect_uri")
    if redirect_uri is None or not client.may_redirect_to(redirect_uri):
        raise OnOurPage(7002, client.client_id)
    # A mode that cannot be served is refused below, and a redirect is how to say so.
    by_form = asking.parameters.get("response_mode") == "form_post" and redirect_uri.startswith(_FORM_TARGETS)
    mode = "form_post" if by_form else "query"
    return replace(asking, destination=Destination(redirect_uri, asking.parameters.get("state"), mode, client.client_name))


def require_sound_parameters(asking: Asking, tools: CheckTools) -> Asking:
    """No parameter twice (RFC 6749 3.1), none beyond its size, none that is not text."""
    for name in _UNDERSTOOD:
        if name in asking.parameters.unsound:
            raise refusal("invalid_request", f"{name} {asking.parameters.unsound[name]}")
    return asking


def refuse_request_objects(asking: Asking, tools: CheckTools) -> Asking:
    """Parameters we do not support have errors of their own (OpenID Connect Core 3.1.2.6)."""
    for name, error in _UNSUPPORTED:
        if asking.parameters.get(name) is not None:
            raise refusal(error, f"{name} is not supported")
    return asking


def require_code_response(asking: Asking, tools: CheckTools) -> Asking:
    """Only the code flow: tokens never travel through a browser (RFC 9700 2.1.2)."""
    response_type = asking.parameters.get("response_type")
    if response_type is None:
        raise refusal("invalid_request", "response_type is missing")
    if response_type != "code":
        raise refusal("unsupported_response_type", "only response_type=code is supported")
    if "authorization_code" not in asking.known_client.grant_types:
        raise refusal("unauthorized_client", "the client is not registered for authorization_code")
    return asking


def require_known_response_mode(asking: Asking, tools: CheckTools) -> Asking:
    """Form post needs an address a form can be sent to; the page refuses others (OAuth 2.0 Form Post Response Mode)."""
    mode = asking.parameters.get("response_mode") or "query"
    if mode not in RESPONSE_MODES:
        raise refusal("invalid_request", "response_mode must be query or form_post")
    if mode != asking.known_destination.mode:
        raise refusal("invalid_request", "form_post needs an http or https redirect_uri")
    return asking


def require_allowed_scopes(asking: Asking, tools: CheckTools) -> Asking:
    """Scopes we do not know are ignored (OpenID Connect Core 3.1.2.1); known ones must be registered for the client."""
    words = (asking.parameters.get("scope") or "").split(" ")
    if len(words) > MAX_SCOPES:
        raise refusal("invalid_scope", "too many scopes")
    known = tuple(dict.fromkeys(word for word in words if word in SCOPES))
    client = asking.known_client
    if any(word not in client.scopes for word in known):
        raise refusal("invalid_scope", "a scope is not registered for this client")
    if "openid" not in known:
        raise refusal("invalid_scope", "scope must contain openid")
    # OpenID Connect Core 11: ignored for a client that could not use the refresh token.
    if "refresh_token" not in client.grant_types:
        known = tuple(word for word in known if word != "offline_access")
    return replace(asking, scopes=known, nonce=asking.parameters.get("nonce"))


def require_s256_challenge(asking: Asking, tools: CheckTools) -> Asking:
    """PKCE with S256 and nothing weaker (RFC 7636 4.4.1, RFC 9700 2.1.1)."""
    challenge = asking.parameters.get("code_challenge")
    method = asking.parameters.get("code_challenge_method")
    if challenge is None:
        if asking.known_client.require_pkce or method is not None:
            raise refusal("invalid_request", "code_challenge is missing")
        return asking
    if method != "S256":
        raise refusal("invalid_request", "code_challenge_method must be S256")
    if not _S256.fullmatch(challenge):
        raise refusal("invalid_request", "code_challenge must be 43 base64url characters")
    return replace(asking, code_challenge=challenge)


def require_sane_prompt(asking: Asking, tools: CheckTools) -> Asking:
    """`none` stands alone (OpenID Connect Core 3.1.2.1)."""
    words = frozenset((asking.parameters.get("prompt") or "").split())
    if not words.issubset(PROMPTS):
        raise refusal("invalid_request", "prompt has an unknown value")
    if "none" in words and len(words) > 1:
        raise refusal("invalid_request", "prompt=none stands alone")
    return replace(asking, prompt=words)


def require_sane_max_age(asking: Asking, tools: CheckTools) -> Asking:
    """Whole seconds."""
    text = asking.parameters.get("max_age")
    if text is None:
        return asking
    if not _NUMBER.fullmatch(text):
        raise refusal("invalid_request", "max_age must be a number of seconds")
    return replace(asking, max_age=int(text))


def read_levels(asking: Asking, tools: CheckTools) -> Asking:
    """`acr_values` are wishes, so unknown ones are passed over (OpenID Connect Core 3.1.2.1)."""
    wished = (asking.parameters.get("acr_values") or "").split()
    return replace(asking, levels=tuple(dict.fromkeys(LEVEL_OF_ACR[urn] for urn in wished if urn in LEVEL_OF_ACR)))


def read_claims(asking: Asking, tools: CheckTools) -> Asking:
    """The `claims` parameter (OpenID Connect Core 5.5)."""
    text = asking.parameters.get("claims")
    if text is None:
        return asking
    wanted = read_claims_request(text, asking.known_client.scopes)
    return replace(
        asking,
        claims=wanted.userinfo,
        id_token_claims=wanted.id_token,
        hinted_subject=wanted.subject,
        levels=wanted.levels or asking.levels,
        level_essential=wanted.level_essential,
    )


def read_hint(asking: Asking, tools: CheckTools) -> Asking:
    """An ID token of ours for this client, also an expired one, says who is expected (OpenID Connect Core 3.1.2.1)."""
    text = asking.parameters.get("id_token_hint")
    if text is None:
        return asking
    subject = tools.hints.subject_of(text, asking.known_client.client_id)
    if subject is None and "none" in asking.prompt:
        raise refusal("login_required", "id_token_hint cannot be verified")
    if subject is not None and asking.hinted_subject not in (None, subject):
        raise refusal("invalid_request", "claims and id_token_hint name different people")
    return replace(asking, hinted_subject=subject or asking.hinted_subject)


_UNSUPPORTED = (
    ("request", "request_not_supported"),
    ("request_uri", "request_uri_not_supported"),
    ("registration", "registration_not_supported"),
)
_UNDERSTOOD = (
    "response_type", "redirect_uri", "scope", "state", "response_mode", "nonce", "code_challenge", "code_challenge_method",
    "prompt", "max_age", "acr_values", "claims", "id_token_hint", "login_hint", "ui_locales", "region", "request", "request_uri",
    "registration", "display",
)  # fmt: skip

ABOVE: tuple[Check, ...] = (
    require_known_client,
    require_registered_redirect,
)
# ---- above: the error stays on our page; below: it goes back to the client, with `iss` and `state` ----
BELOW: tuple[Check, ...] = (
    require_sound_parameters,
    refuse_request_objects,
    require_code_response,
    require_known_response_mode,
    require_allowed_scopes,
    require_s256_challenge,
    require_sane_prompt,
    require_sane_max_age,
    read_levels,
    read_claims,
    read_hint,
)
