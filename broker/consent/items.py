"""What a person is asked about, in their own terms: scopes and claims gathered into items.

An item is one line of the consent page. Every claim of a person belongs to exactly one item; a claim without an item may not be
released to a third-party service, and a test keeps it so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

# In the order of the page: what a person knows of themselves first, our technical number last.
# Each item with the scope that asks for it and the claims it covers.
_ROWS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("name", "profile", ("name", "family_name", "given_name", "middle_name")),
    ("birth_date", "profile", ("birthdate",)),
    ("gender", "profile", ("gender",)),
    ("school", "school", ("school", "region")),
    ("roles", "school", ("diary_roles",)),
    ("children", "children", ("children",)),
    ("snils", "snils", ("snils",)),
    ("phone", "phone", ("phone_number", "phone_number_verified")),
    ("email", "email", ("email", "email_verified")),
    ("openid", "openid", ("sub", "acr", "amr", "auth_time")),
    ("offline_access", "offline_access", ()),
)

ITEMS: tuple[str, ...] = tuple(word for word, _, _ in _ROWS)

# The key under `consent.item` in the catalogue of texts.
NAME_KEYS: Mapping[str, str] = MappingProxyType(
    {word: {"birth_date": "birthdate", "roles": "role"}.get(word, word) for word in ITEMS}
)


def items_of(scopes: Iterable[str], claims: Iterable[str] = ()) -> tuple[str, ...]:
    """The items that these scopes and single claims (OpenID Connect Core 5.4, 5.5) ask for, in the order of the page."""
    asked_scopes, asked_claims = frozenset(scopes), frozenset(claims)
    return tuple(word for word, scope, covered in _ROWS if scope in asked_scopes or asked_claims.intersection(covered))
