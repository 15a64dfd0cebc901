"""Contrast of every pair of colours that meet, in all five themes (WCAG 1.4.3 and 1.4.11), read from the style sheet."""

from __future__ import annotations

import re

import pytest

from broker.screens.static_files import STATIC

CSS = (STATIC / "style.css").read_text(encoding="utf-8")
BLOCKS = {
    "light": r":root\{([^}]*)\}",
    "auto on a dark device": r"\[data-theme=auto\]\{([^}]*)\}",
    "dark": r"\[data-theme=dark\]\{([^}]*)\}",
    "black": r"\[data-theme=black\]\{([^}]*)\}",
    "white": r"\[data-theme=white\]\{([^}]*)\}",
}
TEXTS = [
    *((ink, paper) for ink in ("ink", "muted", "link", "visited", "err") for paper in ("bg", "surface")),
    *((ink, f"{kind}-bg") for kind in ("err", "ok", "warn", "info") for ink in ("ink", "link", kind)),
    ("on-primary", "primary"),
    ("on-primary", "primary-h"),
]
EDGES = [*((edge, paper) for edge in ("line", "primary", "err", "ink") for paper in ("bg", "surface")), ("focus", "ink")]


def colours(theme: str) -> dict[str, str]:
    """Names and values of a theme; what it does not change is as in the light one."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(("light", theme)):
        block = re.search(BLOCKS[name], CSS)
        assert block, name
        found |= dict(re.findall(r"--([\w-]+):(#[0-9a-f]{3,6})\b", block.group(1)))
    return found


def light(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(sign * 2 for sign in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_the_formula_is_that_of_wcag() -> None:
    assert 21 == contrast("#fff", "#000")
    assert 4.54 == round(contrast("#767676", "#ffffff"), 2)


@pytest.mark.parametrize("theme", BLOCKS)
def test_text_can_be_read(theme: str) -> None:
    found = colours(theme)
    weak = {pair: round(contrast(found[pair[0]], found[pair[1]]), 2) for pair in TEXTS}
    assert {} == {pair: ratio for pair, ratio in weak.items() if ratio < 4.5}


@pytest.mark.parametrize("theme", BLOCKS)
def test_edges_and_the_focus_can_be_seen(theme: str) -> None:
    found = colours(theme)
    # White on black is the theme whose ring is white around amber; the amber is a second ring and not the only one.
    pairs = [pair for pair in EDGES if pair != ("focus", "ink") or theme in ("light", "black")]
    weak = {pair: round(contrast(found[pair[0]], found[pair[1]]), 2) for pair in pairs}
    assert {} == {pair: ratio for pair, ratio in weak.items() if ratio < 3}
