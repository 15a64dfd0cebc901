"""What a relying party asked of a login: parsed, checked, storable."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked authorization request, in the terms a login needs; the provider fills it in (OpenID Connect Core 3.1.2.1).

    `scopes` are allowed for the client and keep the order asked. `claims` are names asked one by one through the `claims`
    parameter and allowed by the client's scopes. `max_age` is in seconds. `acr_values` are levels, best first; `acr_essential`
    says that a lower one is refused. `least_level` is what the service demands of everybody who comes, whatever was asked this
    time; "" for nothing. `expected_person_id` comes from a valid `id_token_hint`. `response` is the provider's own
    business and opaque to the login. `wishes` are items of a permission made from authorization details (RFC 9396,
    broker/consent/details.py).
    """

    client_id: str
    scopes: tuple[str, ...]
    claims: tuple[str, ...] = ()
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    acr_values: tuple[str, ...] = ()
    acr_essential: bool = False
    least_level: str = ""
    login_hint: str = ""
    ui_locales: tuple[str, ...] = ()
    region: str = ""
    expected_person_id: str | None = None
    wishes: tuple[str, ...] = ()
    response: str = ""
