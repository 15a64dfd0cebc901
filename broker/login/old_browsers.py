"""Which browsers are too old to keep a sign-in safe, as a table and a pure function of the User-Agent.

Too old is a browser that lacks one of three things a sign-in leans on: TLS 1.3 (RFC 8446), cookies with SameSite
(RFC 6265bis 5.6.7), `form-action` of Content Security Policy level 2. The youngest of the three sets the first safe version.
An unknown browser is let in: the header proves nothing, and nobody is to be turned away for being rare.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LONGEST = 512
_NEVER = (1_000_000,)


@dataclass(frozen=True, slots=True)
class Family:
    """`sign` finds the family in a User-Agent, with major and perhaps minor of its version; `first_safe` is the first to do."""

    name: str
    sign: re.Pattern[str]
    first_safe: tuple[int, ...]


def _family(name: str, sign: str, *first_safe: int) -> Family:
    return Family(name, re.compile(sign, re.IGNORECASE | re.ASCII), first_safe or _NEVER)


# The first that is found decides: every browser of an iPhone is the system's own, every child of Chromium says Chrome, and Chrome
# says Safari. Where no version is named, none is safe.
FAMILIES = (
    _family("Internet Explorer", r"\b(?:MSIE |Trident/)(\d{1,6})"),
    _family("Edge before Chromium", r"\bEdge/(\d{1,6})"),
    _family("Opera before Chromium, Opera Mini", r"\bOpera(?: Mini)?/(\d{1,6})"),
    _family("iPhone and iPad", r"\b(?:iPhone|iPad|iPod)\b.{0,60}\bOS (\d{1,6})(?:_(\d{1,6}))?", 12, 2),
    _family("Firefox", r"\bFirefox/(\d{1,6})", 63),
    _family("Chromium and its children", r"\b(?:Chrome|Chromium)/(\d{1,6})", 70),
    _family("Android's first browser", r"\bAndroid\b.{0,200}\bVersion/(\d{1,6})\.\d+ (?:Mobile )?Safari\b"),
    _family("Safari", r"\bMac OS X\b.{0,200}\bVersion/(\d{1,6})(?:\.(\d{1,6}))?", 12, 1),
)


def is_too_old(unverified_header: str | None) -> bool:
    """Whether a User-Agent (RFC 9110 10.1.5) names a browser in which signing in is not safe. Never raises."""
    text = (unverified_header or "")[:_LONGEST]
    for family in FAMILIES:
        found = family.sign.search(text)
        if found is not None:
            return tuple(int(part) for part in found.groups("0")) < family.first_safe
    return False
