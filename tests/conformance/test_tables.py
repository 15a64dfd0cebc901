"""Every row of every table names a test that is really collected."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from tests.conformance.render import MODULES, rendered
from tests.conformance.table import Requirement

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"


@pytest.mark.parametrize("module", MODULES)
def test_every_requirement_names_a_test_that_runs(module: str) -> None:
    rows: tuple[Requirement, ...] = import_module(f"tests.conformance.{module}").REQUIREMENTS

    assert rows
    assert len(rows) == len({(row.section, row.sentence) for row in rows})
    for row in rows:
        # A test runs when it is found under its own name in a file that is collected.
        home = import_module(row.test.__module__)
        assert row.test.__module__.rpartition(".")[2].startswith("test_"), row
        assert row.test.__name__.startswith("test_") and row.test is getattr(home, row.test.__name__), row


def test_the_page_is_as_new_as_the_tables() -> None:
    # When this fails: python -m tests.conformance.render > docs/conformance.md
    assert rendered() == PAGE.read_text(encoding="utf-8")
