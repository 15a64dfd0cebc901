"""Levels of an account as relying parties read them in `acr` (OpenID Connect Core 2)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_PREFIX = "urn:school-signin:esia:"

# The strongest first: a request for one of them is satisfied by itself only, an essential one is refused otherwise.
LEVELS: tuple[str, ...] = ("confirmed", "child", "not_confirmed")

ACR_OF_LEVEL: Mapping[str, str] = MappingProxyType({level: _PREFIX + level for level in LEVELS})
LEVEL_OF_ACR: Mapping[str, str] = MappingProxyType({urn: level for level, urn in ACR_OF_LEVEL.items()})
