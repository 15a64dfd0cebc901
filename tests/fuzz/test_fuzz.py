"""A sample of what `python -m tests.fuzz --tries 1000000` does by hand."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.__main__ import walk
from tests.fuzz.doors import DOORS
from tests.fuzz.house_doors import house_doors


@pytest.fixture(autouse=True)
def _nothing_logged() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_every_reader_reads_or_refuses() -> None:
    done, failures = walk(DOORS, 8_000, 20260901)

    assert [] == failures[:3]
    assert set(DOORS) == set(done)


def test_every_endpoint_answers(tmp_path: Path) -> None:
    doors = house_doors(tmp_path)
    done, failures = walk(doors, 900, 20260901)

    assert [] == failures[:3]
    assert set(doors) == set(done)


# What a walk has found: a door, and the bytes that broke it.
FOUND = (
    ("DPoP, its key", b'{"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"el0Y","y":"ov\\ud800"}}'),
    ("DPoP, inside", b'{"jti": "\xed\xa0\x80", "htm": "POST", "htu": "https://vhod.example/token", "iat": 1788238800}'),
)  # fmt: skip


@pytest.mark.parametrize(("name", "data"), FOUND)
def test_what_was_found_is_mended(name: str, data: bytes) -> None:
    DOORS[name].tried(data)


@pytest.mark.parametrize("name", DOORS)
@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(name: str, data: bytes) -> None:
    DOORS[name].tried(data)


def test_a_failure_is_seen_with_its_bytes() -> None:
    """The walk itself: a door that breaks its promise is told of."""
    broken = type(next(iter(DOORS.values())))(lambda data: {}[data], (ValueError,), (b"a",))
    done, failures = walk({"broken": broken}, 3, 1)

    assert (3, 3) == (done["broken"], len(failures))
    assert "KeyError" in failures[0]
