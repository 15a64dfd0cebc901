"""Which passwords a person may choose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.directory.field_refused import FieldRefused
from broker.directory.passwords import require_good, strength
from tests.rooms.directory.samples import card

COMMON = (
    "йцукен123", "ЙЦУКЕН12", "пароль12", "gfhjkm12", "parol2024", "солнышко", "наташа2009", "qwertyuiop",
    "1q2w3e4r", "11111111", "12345678", "password1", "dnevnik1", "школа12345", "аааааааа", "абвгдежз", "P@ssw0rd1",
)  # fmt: skip
FROM_THE_CARD = (
    "Рябинина", "рябинина1", "ryabinina1985", "Алёна1985", "алена2010", "сергеевна", "login.p-1", "17031985", "1985-03-17",
    "hz,bybyf", "20111430566",
)  # fmt: skip
GOOD = ("кот на окне спит", "капибара7", "яблоко-лес-7", "Zx9!kd-qq", "demo-diary", "два слова и 5", "ё" * 3 + "жук-на-крыше")


def refusal(password: str, temporary: str | None = None) -> tuple[str, int | None] | None:
    try:
        require_good(card(), password, temporary)
    except FieldRefused as refused:
        assert "password" == refused.field
        return refused.message, refused.n
    return None


@pytest.mark.parametrize("password", COMMON)
def test_what_many_have_is_refused(password: str) -> None:
    assert ("password.common", None) == refusal(password)
    assert "weak" == strength(password)


@pytest.mark.parametrize("password", FROM_THE_CARD)
def test_what_the_card_says_is_refused(password: str) -> None:
    assert ("password.common", None) == refusal(password)


@pytest.mark.parametrize("password", GOOD)
def test_length_is_enough_without_strange_signs(password: str) -> None:
    assert refusal(password) is None
    assert strength(password) in ("fair", "good")


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("", ("password.empty", None)),
        ("а", ("password.short", 7)),
        ("капибар", ("password.short", 1)),
        # Two code points, one letter (NFC): й as и with a breve.
        ("капиба\u0438\u0306", ("password.short", 1)),
        ("кот на окне " * 22, ("password.long", 256)),
        ("k7mp-2xq-d9h", ("password.same", None)),
        ("K7MP 2XQ D9H", ("password.same", None)),
        ("k7mp2xqd9h", ("password.same", None)),
    ],
)
def test_each_fault_has_its_own_words(password: str, expected: tuple[str, int | None]) -> None:
    assert expected == refusal(password, "k7mp-2xq-d9h")


def test_what_one_card_says_is_no_word_for_another() -> None:
    require_good(card(surname="Власова", login="vlasova.diary", email=None), "рябинина12", None)

    assert ("password.common", None) == refusal("рябинина12")


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(password: str) -> None:
    found = refusal(password)

    assert strength(password) in ("weak", "fair", "good")
    assert found is None or found[0] in ("password.empty", "password.short", "password.long", "password.common")


def test_half_a_sign_is_no_trouble() -> None:
    assert refusal("капибара\ud8007") is None
