"""Writes the tables as one page: `python -m tests.conformance.render > docs/conformance.md`."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tests.conformance.table import Requirement

_NO_TABLES = ("__init__", "table", "render", "test_tables")
MODULES = tuple(sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in _NO_TABLES))
HEAD = """# What is demanded, and the test that shows it

Every row is a demand of a standard in our words and a test that fails when it is not met. The tables are
[tests/conformance](../tests/conformance); this page is made of them by
`python -m tests.conformance.render > docs/conformance.md`, and a test fails when it is older than they are.
"""


def rendered() -> str:
    """The whole page."""
    modules = [import_module(f"tests.conformance.{name}") for name in MODULES]
    count = sum(len(module.REQUIREMENTS) for module in modules)
    return "\n".join([HEAD, f"{count} demands in {len(modules)} tables.", *(_table(module) for module in modules)]) + "\n"


def _table(module: ModuleType) -> str:
    lines = ["", f"## {_title(module)}", "", "| demanded by | what | test |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(_row(row) for row in module.REQUIREMENTS)])


def _title(module: ModuleType) -> str:
    return (module.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ").rstrip(".")


def _row(row: Requirement) -> str:
    place = row.test.__module__.replace(".", "/") + ".py"
    return f"| {row.section} | {_cell(row.sentence)} | [{row.test.__name__}](../{place}) |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(rendered())
