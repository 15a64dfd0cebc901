"""What a person is asked about, in their own terms: scopes and claims gathered into items.

An item is one line of the consent page. Every claim of a person belongs to exactly one item; a claim without an item may not be
released to a third-party service, and a test keeps it so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from broker.consent.details import is_wish, wish_key

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

# The scope under which a service says why it asks for an item.
SCOPES: Mapping[str, str] = MappingProxyType({word: scope for word, scope, _ in _ROWS})


def items_of(scopes: Iterable[str], claims: Iterable[str] = (), wishes: Iterable[str] = ()) -> tuple[str, ...]:
    """The items that these scopes and single claims (OpenID Connect Core 5.4, 5.5) ask for, in the order of the page; then the
    wishes of authorization details (details.py)."""
    return _plain(tuple(scopes), tuple(claims)) + tuple(dict.fromkeys(wishes))


# A service asks for the same each time. The words are the protocol's; wishes, which may name a child, are not remembered.
@lru_cache(maxsize=256)
def _plain(scopes: tuple[str, ...], claims: tuple[str, ...]) -> tuple[str, ...]:
    asked_scopes, asked_claims = frozenset(scopes), frozenset(claims)
    return tuple(word for word, scope, covered in _ROWS if scope in asked_scopes or asked_claims.intersection(covered))


def in_order(items: Iterable[str]) -> tuple[str, ...]:
    """Each item once, in the order of the page.

    Raises:
        ValueError: an item this room does not know.
    """
    given = frozenset(items)
    wishes = sorted(item for item in given if is_wish(item))
    if unknown := given.difference(ITEMS, wishes):
        raise ValueError(f"unknown consent items: {len(unknown)}")
    return tuple(word for word in ITEMS if word in given) + tuple(wishes)


def name_key_of(item: str) -> str:
    """The key of an item under `consent.item` in the catalogue of texts."""
    return wish_key(item) if is_wish(item) else NAME_KEYS[item]
