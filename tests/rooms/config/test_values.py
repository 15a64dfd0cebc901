"""Values: what each type accepts, from a file and from the environment."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.values import WrongValue, duration, from_text, from_toml

TEXTS = tuple[str, ...]


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (str, "x", "x"),
        (str, "", ""),
        (bool, True, True),
        (int, 0, 0),
        (date, date(2026, 11, 20), date(2026, 11, 20)),
        (timedelta, "15 s", timedelta(seconds=15)),
        (TEXTS, ["a", "b"], ("a", "b")),
        (TEXTS, [], ()),
    ],
)
def test_from_a_file(kind, written, value):
    assert value == from_toml(kind, written)


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (str, 1),
        (bool, 1),
        (bool, "true"),
        (int, True),
        (int, 1.0),
        (int, "1"),
        (date, "2026-11-20"),
        (date, datetime(2026, 11, 20)),  # noqa: DTZ001
        (timedelta, 15),
        (TEXTS, "a"),
        (TEXTS, [1]),
    ],
)
def test_a_wrong_type_in_a_file_is_refused(kind, written):
    with pytest.raises(WrongValue, match="must be"):
        from_toml(kind, written)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (str, " x ", " x "),
        (bool, "true", True),
        (bool, "false", False),
        (int, "16", 16),
        (int, "-1", -1),
        (date, "2026-11-20", date(2026, 11, 20)),
        (timedelta, "14 d", timedelta(days=14)),
        (TEXTS, "a, b,", ("a", "b")),
        (TEXTS, "", ()),
    ],
)
def test_from_the_environment(kind, text, value):
    assert value == from_text(kind, text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [(bool, "True"), (bool, "1"), (bool, ""), (int, "1.5"), (int, " 1"), (int, "١"), (date, "20.11.2026"), (timedelta, "15")],
)
def test_a_text_that_cannot_be_read_is_refused_without_being_repeated(kind, text):
    with pytest.raises(WrongValue, match="must be") as refusal:
        from_text(kind, text)

    assert not text.strip() or text not in str(refusal.value).replace('"15 s"', "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("500 ms", timedelta(milliseconds=500)),
        ("10min", timedelta(minutes=10)),
        ("0 s", timedelta(0)),
        ("24 h", timedelta(days=1)),
    ],
)
def test_durations(text, value):
    assert value == duration(text)


@pytest.mark.parametrize("text", ["", "s", "10", "1.5 h", "-1 s", "10 m", "10  s", "10 s ", "1 h 30 min", "9999999999 d", "١ s"])
def test_durations_that_are_none(text):
    with pytest.raises(WrongValue):
        duration(text)


@given(st.integers(0, 10**6), st.sampled_from(["ms", "s", "min", "h", "d"]))
def test_a_duration_is_its_number_of_units(number, unit):
    assert number * duration(f"1 {unit}") == duration(f"{number} {unit}")


def test_a_room_cannot_declare_a_type_nobody_can_write():
    with pytest.raises(TypeError):
        from_toml(float, 1.0)
