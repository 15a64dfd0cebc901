"""defaults.toml, the dataclasses of the rooms and the manual say the same."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from config.load import DEFAULTS, DEVELOPMENT_FILE, variable_of
from config.manual import entries, manual
from config.settings import kinds_of, required_of, sections
from config.values import from_toml

ROOT = Path(__file__).parents[3]
TEXT = DEFAULTS.read_text(encoding="utf-8")
TABLES = tomllib.loads(TEXT)


def test_every_section_is_in_the_file_and_nothing_else():
    assert list(sections()) == list(TABLES)


@pytest.mark.parametrize("section", sections())
def test_every_setting_is_in_the_file_with_the_default_of_its_room(section):
    declared = sections()[section]
    written = TABLES[section]

    assert {field.name for field in fields(declared)} == set(written)
    for field in fields(declared):
        if field.name not in required_of(declared):
            assert field.default == from_toml(kinds_of(declared)[field.name], written[field.name]), f"{section}.{field.name}"


def test_every_section_and_setting_has_a_comment_that_is_a_sentence():
    bare = [f"{entry.section}.{entry.setting}" for entry in entries(TEXT) if not entry.comment.endswith(".")]

    assert [] == bare


def test_the_manual_is_up_to_date():
    """If this fails: python -m config.manual > docs/settings.md"""
    assert manual(TEXT) == (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def test_the_manual_lists_each_setting_with_its_variable():
    text = manual(TEXT)
    for section, table in TABLES.items():
        for name in table:
            assert f"| `{section}.{name}`<br>`{variable_of(section, name)}` |" in text


def test_every_section_has_its_own_room_and_no_variable_means_two_settings():
    variables = [variable_of(section, name) for section, table in TABLES.items() for name in table]

    assert len(set(variables)) == len(variables)
    assert len(set(sections().values())) == len(sections())


def test_development_changes_only_what_exists():
    for section, table in tomllib.loads(DEVELOPMENT_FILE.read_text(encoding="utf-8")).items():
        assert set(table) <= set(TABLES[section])
