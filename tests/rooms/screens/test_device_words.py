"""Every word a device may have is said in both languages."""

from __future__ import annotations

import pytest

from broker.screens.device_words import device_words
from broker.screens.texts import Texts
from broker.screens.view import LANGUAGES, Language
from broker.sessions.device import BROWSERS, OTHER, SYSTEMS

TEXTS = Texts()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_device_has_words(language: Language) -> None:
    for browser in (*BROWSERS, OTHER):
        for system in (*SYSTEMS, OTHER):
            assert device_words(TEXTS, language, f"{browser}/{system}").strip()


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("firefox/windows", "Firefox, Windows"),
        ("yandex/android", "Яндекс Браузер, Android"),
        ("other/linux", "другой браузер, Linux"),
        ("safari/other", "Safari, другое устройство"),
        ("other", "Неизвестное устройство"),
        ("", "Неизвестное устройство"),
    ],
)
def test_a_device_is_said_as_people_say_it(device: str, words: str) -> None:
    assert words == device_words(TEXTS, "ru", device)
