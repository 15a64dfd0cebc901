"""What a device is called in a letter; pages say the same by their template."""

from __future__ import annotations

from broker.screens.texts import Texts
from broker.screens.view import Language

_OTHER = "other"


def device_words(texts: Texts, language: Language, device: str) -> str:
    """`firefox/windows` as a person would say it: "Firefox, Windows"."""
    browser, _, system = device.partition("/")
    if browser in ("", _OTHER) and system in ("", _OTHER):
        return texts.get(language, "device.unknown")
    said = (f"device.browser.{browser or _OTHER}", f"device.system.{system or _OTHER}")
    return ", ".join(texts.get(language, key) for key in said)
