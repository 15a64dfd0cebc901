"""What the documents point at exists, because a manual that leads nowhere is worse than none."""

from __future__ import annotations

import re
from pathlib import Path

from tests.architecture.sources import ROOT

_LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")
_PATH = re.compile(r"`((?:broker|keys|config|examples|tests|docs|bench|requirements)/[\w./-]+?)/?`")


def _documents() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "examples").rglob("*.md"))]


def test_links_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in _documents()
        for target in _LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert [] == broken


def test_named_files_exist() -> None:
    missing = [
        f"{page.relative_to(ROOT)}: {name}"
        for page in _documents()
        for name in _PATH.findall(page.read_text(encoding="utf-8"))
        if not (ROOT / name).exists() and not list(ROOT.glob(name + "*"))
    ]

    assert [] == missing


def test_every_decision_is_listed() -> None:
    listed = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    forgotten = [page.name for page in (ROOT / "docs/decisions").glob("0*.md") if f"({page.name})" not in listed]

    assert [] == forgotten


def test_every_dependency_earns_its_place() -> None:
    """What setup.cfg asks for is explained in docs/dependencies.md."""
    setup = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    asked = setup.partition("install_requires =")[2].partition("[options.packages.find]")[0]
    names = re.findall(r"^ {4}([A-Za-z][\w-]*)", asked, re.MULTILINE)
    explained = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8").lower()

    assert len(names) > 20
    assert [] == [name for name in names if name.lower() not in explained]
