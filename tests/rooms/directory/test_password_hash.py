"""The hash of a diary password."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.directory.password_hash import Cost, PasswordHash, is_hash
from tests.support.passwords import CHEAP

HASHES = PasswordHash(secrets.token_bytes, CHEAP)


@settings(max_examples=50)
@given(st.text(max_size=255), st.text(max_size=255))
def test_a_password_fits_itself_only(one: str, other: str) -> None:
    kept = HASHES.make("a" + one)

    assert HASHES.fits(kept, "a" + one)
    assert not HASHES.fits(kept, "b" + other)


@pytest.mark.parametrize(
    ("kept", "typed"),
    [(None, ""), (None, "\x00"), (None, "x" * 300), (HASHES.make(""), "x" * 257), ("no hash", "x"), ("", "\x00")],
    # A hash is another one every time, and every worker must give a test the same name.
    ids=["no password", "no password, NUL", "no password, long", "too long", "no hash", "empty hash"],
)
def test_nothing_fits_nothing(kept: str | None, typed: str) -> None:
    assert not HASHES.fits(kept, typed)


def test_one_letter_however_it_is_typed() -> None:
    assert HASHES.fits(HASHES.make("ёж и йод"), "\u0435\u0308ж и \u0438\u0306од")


def test_salts_differ_and_costs_are_told() -> None:
    one, other, dear = HASHES.make("x"), HASHES.make("x"), PasswordHash(secrets.token_bytes, Cost(16, 2, 1)).make("x")

    assert one != other
    assert [False, True] == [HASHES.is_outdated(one), HASHES.is_outdated(dear)]


@pytest.mark.parametrize(
    ("parameters", "taken"),
    [
        ("argon2id$v=19$m=19456,t=2,p=1", True),
        ("argon2id$v=19$m=65536,t=3,p=4", True),
        ("argon2id$v=19$m=7167,t=2,p=1", False),
        ("argon2id$v=19$m=262145,t=2,p=1", False),
        ("argon2id$v=19$m=19456,t=11,p=1", False),
        ("argon2id$v=19$m=19456,t=2,p=5", False),
        ("argon2i$v=19$m=19456,t=2,p=1", False),
        ("2b$12", False),
        ("argon2id", False),
    ],
)
def test_hashes_made_elsewhere_have_bounds(parameters: str, taken: bool) -> None:
    assert taken == is_hash(f"${parameters}$MTIzNDU2Nzg5MDEyMzQ1Ng$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI")


@given(st.text(max_size=60))
def test_any_text_is_a_hash_or_not(text: str) -> None:
    assert is_hash(text) in (True, False)
