"""The scopes we know and the claims each of them releases (OpenID Connect Core 5.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

# A place in this tuple is a bit in every access token: append only, never reorder.
SCOPES: tuple[str, ...] = (
    "openid", "profile", "email", "phone", "snils", "school", "children", "offline_access",
    "ssf.manage", "ssf.read", "admin",
)  # fmt: skip
_BIT_OF: Mapping[str, int] = MappingProxyType({scope: 1 << place for place, scope in enumerate(SCOPES)})
# What a service can be given for itself, without a person: streams of Shared Signals (OpenID SSF 1.0, 8.1.1).
CLIENT_SCOPES: tuple[str, ...] = ("ssf.manage", "ssf.read")
# What a program of staff may be given with a person of the staff: the JSON API of the console, where their own rights count.
# No service can ask for it by registering itself, and no other grant than the code gives it.
STAFF_SCOPES: tuple[str, ...] = ("admin",)
# What a person can permit.
PERSON_SCOPES: tuple[str, ...] = tuple(scope for scope in SCOPES if scope not in CLIENT_SCOPES + STAFF_SCOPES)

CLAIMS_OF_SCOPE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "profile": ("name", "family_name", "given_name", "middle_name", "birthdate", "gender"),
        "email": ("email", "email_verified"),
        "phone": ("phone_number", "phone_number_verified"),
        "snils": ("snils",),
        "school": ("school", "diary_roles", "region"),
        "children": ("children",),
    }
)

SCOPE_OF_CLAIM: Mapping[str, str] = MappingProxyType(
    {claim: scope for scope, claims in CLAIMS_OF_SCOPE.items() for claim in claims}
)

# Always in the ID token, whoever asks.
PROTOCOL_CLAIMS: tuple[str, ...] = ("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid")


def claims_of(scopes: Iterable[str]) -> frozenset[str]:
    """The names of the claims that these scopes release at the UserInfo Endpoint."""
    return frozenset(claim for scope in scopes for claim in CLAIMS_OF_SCOPE.get(scope, ()))


def bits_of(scopes: Iterable[str]) -> int:
    """Known scopes as a number of at most 16 bits."""
    bits = 0
    for scope in scopes:
        bits |= _BIT_OF[scope]
    return bits


@lru_cache(maxsize=256)
def scopes_of(bits: int) -> tuple[str, ...]:
    """The scopes of a number made by `bits_of`, in our own order."""
    return tuple(scope for place, scope in enumerate(SCOPES) if bits >> place & 1)
