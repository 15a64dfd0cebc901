"""The order of checks of an authorization request. The table at the end is the order."""

from __future__ import annotations

import re

from authlib.oauth2 import OAuth2Error

from broker.clients.client import Client
from broker.provider.answering.answer import Destination
from broker.provider.answering.jarm import MODES, is_form, is_signed, wants_signed
from broker.provider.request.about_person import (
    PROMPTS,
    read_claims,
    read_hint,
    read_levels,
    require_reachable_level,
    require_sane_max_age,
    require_sane_prompt,
)
from broker.provider.request.about_tokens import read_details, read_key, read_resources
from broker.provider.request.asking import Asking, Check, CheckTools
from broker.provider.wire import OnOurPage, refusal
from broker.tokens.scopes import PERSON_SCOPES, STAFF_SCOPES

MAX_SCOPES = 30
_FORM_TARGETS = ("https://", "http://")
_SCOPES = frozenset((*PERSON_SCOPES, *STAFF_SCOPES))
_S256 = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def require_known_client(asking: Asking, tools: CheckTools) -> None:
    """Without a client there is nobody to answer to."""
    if "client_id" in asking.parameters.unsound:
        raise OnOurPage(7004)
    client_id = asking.parameters.get("client_id")
    client = tools.find_client(client_id) if client_id else None
    if client is None:
        raise OnOurPage(7001)
    if not client.is_enabled:
        raise OnOurPage(7003, client.client_id)
    asking.client = client


def resolve_request(asking: Asking, tools: CheckTools) -> None:
    """Fetch what was pushed, read what was signed. What goes wrong is told below, once it is known to whom."""
    try:
        asking.parameters = tools.resolve(asking.parameters, asking.known_client)
    except OAuth2Error as error:
        asking.trouble = error


def require_registered_redirect(asking: Asking, tools: CheckTools) -> None:
    """Exact string match with a registered address (RFC 9700 2.1); required even if only one is registered."""
    client, redirect_uri = asking.known_client, asking.parameters.get("redirect_uri")
    if redirect_uri is None or not client.may_redirect_to(redirect_uri):
        raise OnOurPage(7004 if asking.trouble is not None else 7002, client.client_id)
    mode = usable_mode(asking.parameters.get("response_mode"), redirect_uri, client)
    asking.destination = Destination(redirect_uri, asking.parameters.get("state"), mode, client.client_name, client.client_id)


def require_resolved_request(asking: Asking, tools: CheckTools) -> None:
    """The request could be read (RFC 9101 6.3, OpenID Connect Core 3.1.2.6)."""
    if asking.trouble is not None:
        raise asking.trouble


def require_sound_parameters(asking: Asking, tools: CheckTools) -> None:
    """No parameter twice (RFC 6749 3.1), none beyond its size, none that is not text."""
    unsound = asking.parameters.unsound
    if not unsound:
        return
    for name in _UNDERSTOOD:
        if name in unsound:
            raise refusal("invalid_request", f"{name} {unsound[name]}")


def refuse_registration(asking: Asking, tools: CheckTools) -> None:
    """Nobody registers by asking to sign in (OpenID Connect Core 7.2.1)."""
    if asking.parameters.get("registration") is not None:
        raise refusal("registration_not_supported", "registration is not supported")


def require_code_response(asking: Asking, tools: CheckTools) -> None:
    """Only the code flow: tokens never travel through a browser (RFC 9700 2.1.2)."""
    response_type = asking.parameters.get("response_type")
    if response_type is None:
        raise refusal("invalid_request", "response_type is missing")
    if response_type != "code":
        raise refusal("unsupported_response_type", "only response_type=code is supported")
    if "authorization_code" not in asking.known_client.grant_types:
        raise refusal("unauthorized_client", "the client is not registered for authorization_code")


def require_known_response_mode(asking: Asking, tools: CheckTools) -> None:
    """Form post needs an address a form can be sent to; the page refuses others (OAuth 2.0 Form Post Response Mode)."""
    mode = MODES.get(asking.parameters.get("response_mode") or "query")
    if mode is None:
        raise refusal("invalid_request", f"response_mode must be one of: {', '.join(MODES)}")
    if is_signed(asking.known_destination.mode) and not is_signed(mode):
        raise refusal("invalid_request", "response_mode must be one of JARM for this client")
    if mode != asking.known_destination.mode:
        raise refusal("invalid_request", "form_post needs an http or https redirect_uri")


def require_allowed_scopes(asking: Asking, tools: CheckTools) -> None:
    """Scopes we do not know are ignored (OpenID Connect Core 3.1.2.1); known ones must be registered for the client."""
    words = (asking.parameters.get("scope") or "").split(" ")
    if len(words) > MAX_SCOPES:
        raise refusal("invalid_scope", "too many scopes")
    known = tuple(dict.fromkeys([word for word in words if word in _SCOPES]))
    client = asking.known_client
    if not set(known).isdisjoint(client.waiting_scopes):
        raise refusal("invalid_scope", "a scope waits for the approval of a registrar")
    if not set(known).issubset(client.scopes):
        raise refusal("invalid_scope", "a scope is not registered for this client")
    if "openid" not in known:
        raise refusal("invalid_scope", "scope must contain openid")
    # OpenID Connect Core 11: ignored for a client that could not use the refresh token.
    if "offline_access" in known and "refresh_token" not in client.grant_types:
        known = tuple(word for word in known if word != "offline_access")
    asking.scopes, asking.nonce = known, asking.parameters.get("nonce")


def require_s256_challenge(asking: Asking, tools: CheckTools) -> None:
    """PKCE with S256 and nothing weaker (RFC 7636 4.4.1, RFC 9700 2.1.1)."""
    challenge = asking.parameters.get("code_challenge")
    method = asking.parameters.get("code_challenge_method")
    if challenge is None:
        if asking.known_client.require_pkce or method is not None:
            raise refusal("invalid_request", "code_challenge is missing")
        return
    if method != "S256":
        raise refusal("invalid_request", "code_challenge_method must be S256")
    if not _S256.fullmatch(challenge):
        raise refusal("invalid_request", "code_challenge must be 43 base64url characters")
    asking.code_challenge = challenge


def usable_mode(unverified_mode: str | None, redirect_uri: str, client: Client) -> str:
    """The mode asked for if it can carry an answer there; else a redirect, which is how to say that it cannot."""
    mode = MODES.get(unverified_mode or "query", "query")
    if is_form(mode) and not redirect_uri.startswith(_FORM_TARGETS):
        mode = MODES["jwt"] if is_signed(mode) else "query"
    return MODES["jwt"] if wants_signed(client) and not is_signed(mode) else mode


_UNDERSTOOD = (
    "response_type", "redirect_uri", "scope", "state", "response_mode", "nonce", "code_challenge", "code_challenge_method",
    "prompt", "max_age", "acr_values", "claims", "id_token_hint", "login_hint", "ui_locales", "region", "request", "request_uri",
    "registration", "display", "resource", "authorization_details", "dpop_jkt",
)  # fmt: skip

ABOVE: tuple[Check, ...] = (
    require_known_client,
    resolve_request,
    require_registered_redirect,
)
# ---- above: the error stays on our page; below: it goes back to the client, with `iss` and `state` ----
BELOW: tuple[Check, ...] = (
    require_resolved_request,
    require_sound_parameters,
    refuse_registration,
    require_code_response,
    require_known_response_mode,
    require_allowed_scopes,
    require_s256_challenge,
    require_sane_prompt,
    require_sane_max_age,
    read_levels,
    read_claims,
    require_reachable_level,
    read_hint,
    read_resources,
    read_details,
    read_key,
)

__all__ = ["ABOVE", "BELOW", "MAX_SCOPES", "PROMPTS"]
