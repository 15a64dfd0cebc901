"""What goes on paper."""

from __future__ import annotations

import secrets
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.directory.invitation_words import number_below, suggested_login, temporary_form, temporary_password


def test_a_temporary_password_can_be_read_aloud() -> None:
    made = [temporary_password(secrets.token_bytes) for _ in range(300)]

    assert 300 == len(set(made))
    assert set("23456789abcdefghjkmnpqrstuvwxyz") == set("".join(made)) - {"-"}
    assert {12} == {len(one) for one in made}


@given(st.sampled_from(["-", " ", "", "—", "\u00a0"]), st.booleans())
def test_it_may_be_copied_carelessly(between: str, is_loud: bool) -> None:
    copied = "k7mp-2xq-d9h".replace("-", between)

    assert "k7mp2xqd9h" == temporary_form(copied.upper() if is_loud else copied)


def test_every_number_is_as_likely() -> None:
    # 2^32 is not a multiple of 31: the last incomplete run is drawn again, and here it is drawn first.
    drawn = [(2**32 - 1).to_bytes(4, "big"), (2**32 - 4).to_bytes(4, "big"), (40).to_bytes(4, "big")]

    assert 9 == number_below(31, lambda size: drawn.pop(0))
    assert [] == drawn


def test_all_numbers_come() -> None:
    found = Counter(number_below(31, secrets.token_bytes) for _ in range(6200))

    assert set(range(31)) == set(found)
    assert 100 < min(found.values()) and max(found.values()) < 320


@pytest.mark.parametrize(
    ("surname", "letters"),
    [("Щукина", "shchukina"), ("Объедков", "obedkov"), ("Ёлкина-Ель", "elkinael"), ("O'Neil", "oneil"), ("李", "diary")],
)
def test_a_login_nobody_has_to_spell(surname: str, letters: str) -> None:
    login = suggested_login(surname, lambda size: bytes(size))

    assert f"{letters}.1000" == login


@given(st.text(max_size=200))
def test_any_surname_makes_a_login(surname: str) -> None:
    login = suggested_login(surname, secrets.token_bytes)

    assert 6 <= len(login) <= 25
    assert login.isascii()
