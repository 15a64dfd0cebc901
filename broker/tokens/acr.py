"""Levels of a sign-in as relying parties read them in `acr` (OpenID Connect Core 2)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_PREFIX = "urn:school-signin:esia:"

# The strongest first: a request for one of them is satisfied by itself only, an essential one is refused otherwise.
LEVELS: tuple[str, ...] = ("confirmed", "child", "not_confirmed")

# Nobody at Gosuslugi has vouched for whoever came by diary login and password alone, so none of its levels may be claimed.
_BY_PASSWORD = "diary"  # noqa: S105 -- the name of a way to sign in

ACR_OF_LEVEL: Mapping[str, str] = MappingProxyType(
    {level: _PREFIX + level for level in LEVELS} | {_BY_PASSWORD: "urn:school-signin:diary:password"}
)
LEVEL_OF_ACR: Mapping[str, str] = MappingProxyType({urn: level for level, urn in ACR_OF_LEVEL.items()})


def acr_of(connector: str, level: str) -> str:
    """What a token says of a sign-in through a connector at a level. Raises KeyError for a level that does not exist."""
    return ACR_OF_LEVEL[_BY_PASSWORD if connector == _BY_PASSWORD else level]
