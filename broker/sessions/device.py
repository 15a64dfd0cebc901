"""What kind of device a browser says it runs on, in a closed list of words. The header itself is never kept."""

from __future__ import annotations

_LONGEST = 512
# In order of trust: Chromium's children all say "chrome", and everything says "mozilla".
_BROWSERS = (
    ("yabrowser", "yandex"),
    ("edg/", "edge"),
    ("edga/", "edge"),
    ("edgios/", "edge"),
    ("opr/", "opera"),
    ("samsungbrowser", "samsung"),
    ("firefox/", "firefox"),
    ("fxios/", "firefox"),
    ("crios/", "chrome"),
    ("chrome/", "chrome"),
    ("chromium/", "chrome"),
    ("safari/", "safari"),
)
# An Android says "linux" too, and an iPhone "like mac os x".
_SYSTEMS = (
    ("android", "android"),
    ("iphone", "ios"),
    ("ipad", "ios"),
    ("windows", "windows"),
    ("mac os x", "macos"),
    ("cros ", "chromeos"),
    ("linux", "linux"),
)

OTHER = "other"
BROWSERS: tuple[str, ...] = tuple(dict.fromkeys(word for _, word in _BROWSERS))
SYSTEMS: tuple[str, ...] = tuple(dict.fromkeys(word for _, word in _SYSTEMS))


def device_of(unverified_header: str | None) -> str:
    """`browser/system` from a User-Agent (RFC 9110 10.1.5), such as `firefox/windows`, or `other` when neither is known.

    An unknown half is called `other` as well. Whatever the header holds, the answer is one of a few dozen words.
    """
    text = (unverified_header or "")[:_LONGEST].lower()
    browser, system = _first(text, _BROWSERS), _first(text, _SYSTEMS)
    return OTHER if browser == system == OTHER else f"{browser}/{system}"


def _first(text: str, signs: tuple[tuple[str, str], ...]) -> str:
    return next((word for sign, word in signs if sign in text), OTHER)
