"""What a developer may change of a service, as it stands in a form, and as metadata (RFC 7591 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from broker.clients.client import Client
from broker.clients.words import AUTH_METHODS, CHOICES, OPTIONAL_CHOICES, REFRESH_GRANT
from broker.registration.fields import written
from broker.registration.refusals import unsound
from broker.screens.developer_edit_pages import Change, EditField, EditScope

_LONGEST: Final = 40_000
_LONGEST_REASON: Final = 140
_ALWAYS: Final = "openid"
_YES: Final = "yes"
_WITHOUT_PERSON: Final = "offline_access"


@dataclass(frozen=True, slots=True)
class _Entry:
    """`name` on the wire; a choice has its `options`, "" for none."""

    name: str
    kind: str = "text"
    options: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.name.replace("#", "_")


def _optional(name: str) -> _Entry:
    return _Entry(name, "choice", ("", *OPTIONAL_CHOICES[name]))


EDITABLE: Final = (
    _Entry("client_name"),
    _Entry("client_name#en"),
    _Entry("redirect_uris", "lines"),
    _Entry("post_logout_redirect_uris", "lines"),
    _Entry("initiate_login_uri"),
    _Entry("backchannel_logout_uri"),
    _Entry("frontchannel_logout_uri"),
    _Entry("contacts", "lines"),
    _Entry("client_uri"),
    _Entry("policy_uri"),
    _Entry("tos_uri"),
    _Entry("token_endpoint_auth_method", "choice", AUTH_METHODS),
    _Entry("id_token_signed_response_alg", "choice", CHOICES["id_token_signed_response_alg"]),
    _optional("minimum_acr_value"),
    _optional("authorization_signed_response_alg"),
    _optional("userinfo_signed_response_alg"),
    _Entry("require_pushed_authorization_requests", "flag"),
    _Entry("require_signed_request_object", "flag"),
    _Entry("dpop_bound_access_tokens", "flag"),
)


def fields_of(client: Client, changes: Mapping[str, Any]) -> tuple[EditField, ...]:
    """The form, with what was typed already."""
    said = {**written(client), **changes}
    return tuple(EditField(one.key, one.name, one.kind, _shown(one, said.get(one.name)), one.options) for one in EDITABLE)


def scopes_of(
    client: Client, changes: Mapping[str, Any], known: tuple[str, ...], sensitive: tuple[str, ...]
) -> tuple[EditScope, ...]:
    """What may be asked for, with what was typed already."""
    asked = str(changes.get("scope", " ".join((*client.scopes, *client.waiting_scopes)))).split()
    reasons = changes.get("scope_reasons", client.scope_reasons) or {}
    rest = (scope for scope in known if scope != _ALWAYS)
    return tuple(
        EditScope(scope, scope in asked, scope in sensitive, *(reasons.get(scope, {}).get(tongue, "") for tongue in ("ru", "en")))
        for scope in rest
    )


def typed(client: Client, form: Mapping[str, str], known: tuple[str, ...]) -> dict[str, Any]:
    """What the form changes, as metadata; None takes a value away."""
    before = written(client)
    found = {one.name: _read(one, form.get(one.key, "")[:_LONGEST]) for one in EDITABLE}
    changed = {name: value for name, value in found.items() if value != before.get(name) and (value or before.get(name))}
    # Scopes that no person permits are none of the form, and stay.
    others = [scope for scope in client.scopes if scope not in known]
    chosen = [scope for scope in known if scope == _ALWAYS or form.get(f"scope-{scope}")]
    if {*chosen, *others} != {*client.scopes, *client.waiting_scopes}:
        changed["scope"] = " ".join([*chosen, *others])
        if _WITHOUT_PERSON in chosen and REFRESH_GRANT not in client.grant_types:
            changed["grant_types"] = [*client.grant_types, REFRESH_GRANT]
    reasons = {scope: why for scope in chosen if (why := _why(form, scope))}
    if reasons != {scope: dict(why) for scope, why in client.scope_reasons.items()}:
        changed["scope_reasons"] = reasons
    return changed


def require_names(changes: Mapping[str, Any]) -> None:
    """A service that people are asked about has a name. Raises RegistrationRefused."""
    for name in ("client_name", "client_name#en"):
        if name in changes and not changes[name]:
            raise unsound(f"{name} must not be empty.")


def differences(before: Client, after: Client) -> tuple[Change, ...]:
    """Every value that would be another one, as it is written in the registration."""
    old, new = written(before), written(after)
    names = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
    return tuple(Change(name, _plain(old.get(name)), _plain(new.get(name))) for name in names)


def _why(form: Mapping[str, str], scope: str) -> dict[str, str]:
    fields = (("ru", "why"), ("en", "why_en"))
    said = {tongue: form.get(f"{field}-{scope}", "").strip()[:_LONGEST_REASON] for tongue, field in fields}
    return said if any(said.values()) else {}


def _read(entry: _Entry, text: str) -> Any:
    if entry.kind == "flag":
        return text == _YES
    if entry.kind == "lines":
        return list(dict.fromkeys(text.split())) or None
    return text.strip() or None


def _shown(entry: _Entry, value: Any) -> str:
    if entry.kind == "flag":
        return _YES if value else ""
    return "\n".join(value) if isinstance(value, list | tuple) else str(value or "")


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{scope}: {' / '.join(why.values())}" for scope, why in value.items() if isinstance(why, Mapping))
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
