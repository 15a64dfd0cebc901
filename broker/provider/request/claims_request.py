"""The `claims` request parameter (OpenID Connect Core 5.5). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from broker.provider.request.strict_json import BadJson, strict_json
from broker.provider.wire import refusal
from broker.tokens.acr import LEVEL_OF_ACR
from broker.tokens.scopes import SCOPE_OF_CLAIM

_MAX_CLAIMS = 40


@dataclass(frozen=True, slots=True)
class WantedClaims:
    """Names for each place, kept only if we know them and one of the client's scopes covers them. `subject` is the `sub` that
    must be answered, `levels` what was asked of `acr`."""

    userinfo: tuple[str, ...]
    id_token: tuple[str, ...]
    subject: str | None
    levels: tuple[str, ...]
    level_essential: bool


def read_claims_request(text: str, client_scopes: tuple[str, ...]) -> WantedClaims:
    """What the parameter asks for. Unknown claims are passed over (OpenID Connect Core 5.5.1).

    Raises:
        OAuth2Error: not a JSON object of objects, `sub` or `acr` asked for as no person or level could be, or an essential level
            that nobody could reach.
    """
    whole = _object(_json(text), "claims")
    userinfo, id_token = _object(whole.get("userinfo"), "userinfo"), _object(whole.get("id_token"), "id_token")
    asked = _object(id_token.get("acr"), "acr")
    wished = _values(asked, "acr")
    levels = tuple(dict.fromkeys(LEVEL_OF_ACR[urn] for urn in wished or () if urn in LEVEL_OF_ACR))
    essential = asked.get("essential") is True and wished is not None
    if essential and not levels:
        raise refusal("unmet_authentication_requirements", "the essential acr is not known here")
    subjects = {value for place in (userinfo, id_token) for value in _values(_object(place.get("sub"), "sub"), "sub") or ()}
    if len(subjects) > 1:
        raise refusal("invalid_request", "claims names several subjects")
    return WantedClaims(
        userinfo=_names(userinfo, client_scopes),
        id_token=_names(id_token, client_scopes),
        subject=next(iter(subjects), None),
        levels=levels,
        level_essential=essential,
    )


def _json(text: str) -> object:
    try:
        value: object = strict_json(text)
    except BadJson as error:
        raise refusal("invalid_request", "claims is not JSON") from error
    return value


def _object(value: object, name: str) -> Mapping[str, Any]:
    # `null` asks for a claim in the default manner (OpenID Connect Core 5.5.1).
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > _MAX_CLAIMS:
        raise refusal("invalid_request", f"{name} must be a small JSON object")
    return value


def _values(asked: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    """The values that a claim may have, None when any will do (OpenID Connect Core 5.5.1). They decide whether there is an answer
    at all, so what cannot be understood is not passed over: it would let in whom the service has shut out."""
    if not isinstance(asked.get("essential"), bool | None):
        raise refusal("invalid_request", f"essential of {name} must be true or false")
    one, several = asked.get("value"), asked.get("values")
    if one is None and several is None:
        return None
    values = ([] if one is None else [one]) + (several if isinstance(several, list) else [])
    if not isinstance(several, list | None) or not values or not all(isinstance(value, str) for value in values):
        raise refusal("invalid_request", f"the values of {name} must be text")
    return tuple(values)


def _names(place: Mapping[str, Any], client_scopes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in place if SCOPE_OF_CLAIM.get(name) in client_scopes)
