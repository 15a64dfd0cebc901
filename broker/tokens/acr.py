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
# What another upstream says of a person is the operator's mapping, never the word of Gosuslugi; no service can ask for it.
_OF_OTHERS: Mapping[str, str] = MappingProxyType({level: f"urn:school-signin:upstream:{level}" for level in LEVELS})
LEVEL_OF_ACR: Mapping[str, str] = MappingProxyType({urn: level for level, urn in ACR_OF_LEVEL.items()})


def acr_of(connector: str, level: str) -> str:
    """What a token says of a sign-in through a connector at a level. Raises KeyError for a level that does not exist."""
    if connector == _BY_PASSWORD:
        return ACR_OF_LEVEL[_BY_PASSWORD]
    if is_gosuslugi(connector):
        return ACR_OF_LEVEL[level]
    return _OF_OTHERS[level]


def is_gosuslugi(connector: str) -> bool:
    """Whether Gosuslugi itself stands behind an upstream: its own connector, and gateways, which are named so
    (`upstreams.<name>.is_esia_gateway`)."""
    return connector == "esia" or connector.startswith("esia_")
