"""Levels of a sign-in as relying parties read them in `acr` (OpenID Connect Core 2)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from broker.clients.words import ESIA_ACR_VALUES

# The strongest first: a request for one of them is satisfied by itself only, an essential one is refused otherwise.
LEVELS: tuple[str, ...] = ("confirmed", "child", "not_confirmed")

# Nobody at Gosuslugi has vouched for whoever came by diary login and password alone, so none of its levels may be claimed.
_BY_PASSWORD = "diary"  # noqa: S105 -- the name of a way to sign in

ACR_OF_LEVEL: Mapping[str, str] = MappingProxyType(
    dict(zip(LEVELS, ESIA_ACR_VALUES, strict=True)) | {_BY_PASSWORD: "urn:school-signin:diary:password"}
)
# What another upstream says of a person is the operator's mapping, never the word of Gosuslugi; no service can ask for it.
_OF_OTHERS: Mapping[str, str] = MappingProxyType({level: f"urn:school-signin:upstream:{level}" for level in LEVELS})
LEVEL_OF_ACR: Mapping[str, str] = MappingProxyType({urn: level for level, urn in ACR_OF_LEVEL.items()})
_AT_LEAST: Mapping[str, frozenset[str]] = MappingProxyType(
    {least: frozenset(ESIA_ACR_VALUES[: place + 1]) for place, least in enumerate(ESIA_ACR_VALUES)}
)


def acr_of(connector: str, level: str) -> str:
    """What a token says of a sign-in through a connector at a level. Raises KeyError for a level that does not exist."""
    if connector == _BY_PASSWORD:
        return ACR_OF_LEVEL[_BY_PASSWORD]
    if is_gosuslugi(connector):
        return ACR_OF_LEVEL[level]
    return _OF_OTHERS[level]


def level_demanded(minimum: str | None) -> str:
    """The level that a service demands of everybody (`minimum_acr_value` of its registration); "" for none. What we do not know
    is not a level, and nobody reaches it."""
    return "" if minimum is None else LEVEL_OF_ACR.get(minimum, minimum)


def levels_from(minimum: str) -> frozenset[str]:
    """The levels that satisfy such a demand."""
    return frozenset(LEVEL_OF_ACR[urn] for urn in _AT_LEAST.get(minimum, ()))


def reaches(connector: str, level: str, minimum: str | None) -> bool:
    """Whether a sign-in is as sure as a service demands of everybody, or surer."""
    return minimum is None or acr_of(connector, level) in _AT_LEAST.get(minimum, frozenset())


def is_gosuslugi(connector: str) -> bool:
    """Whether Gosuslugi itself stands behind an upstream: its own connector, and gateways, which are named so
    (`upstreams.<name>.is_esia_gateway`)."""
    return connector == "esia" or connector.startswith("esia_")
