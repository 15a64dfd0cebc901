"""Endings of a session that its browser has to hear of, by the word in the journal, each with the code of its page."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

OTHER_DEVICE: Final = "other_device"
TOLD_AS: Final[Mapping[str, int]] = MappingProxyType({
    OTHER_DEVICE: 9001, "untied_security": 9002, "security": 9002, "key_revoked": 9002,
})  # fmt: skip
