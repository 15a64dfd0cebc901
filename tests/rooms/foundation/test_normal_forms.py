"""One form for each thing people write in many ways."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from broker.foundation.normal_forms import (
    age_on,
    email_form,
    latin_letters,
    name_form,
    patronymic_form,
    phone_form,
    russian_date,
    snils_digits,
    snils_sum_is_right,
)

cyrillic = some.text(alphabet="абвгдеёжзийклмнопрстуфхцчшщъыьэюяАЕЁЯ -", max_size=30)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ёлкина", "ЕЛКИНА"),
        ("Семёнов", "семенов"),
        ("Анна  Мария", "Анна Мария"),
        ("\u00a0Анна\u202fМария\t", "анна мария"),
        ("Петрова-Водкина", "петрова \u2013 водкина"),
        ("Петрова-Водкина", "Петрова\u2011Водкина"),
        ("Ёлкина", "Е\u0308лкина"),
        ("Йод", "И\u0306од"),
        ("Ива\u00adнов", "Иванов"),
        ("Ива\u200bнов", "Иванов"),
        ("\ufeffИванов", "Иванов"),
    ],
)
def test_names_that_are_the_same(one: str, other: str) -> None:
    assert name_form(one) == name_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Иванов", "Ивановa"), ("Сомов", "Cомов"), ("Анна Мария", "Аннамария"), ("Анна-Мария", "Анна Мария"), ("Ий", "Ии")],
)
def test_names_that_differ(one: str, other: str) -> None:
    assert name_form(one) != name_form(other)


@pytest.mark.parametrize("nothing", [None, "", "  ", "\u200b", "\u00a0"])
def test_no_name(nothing: str | None) -> None:
    assert "" == name_form(nothing) == patronymic_form(nothing)


@given(cyrillic)
def test_a_name_form_is_its_own_form(text: str) -> None:
    form = name_form(text)

    assert form == name_form(form) == name_form(text.upper()) == name_form(f"  {text} ")
    assert "ё" not in form
    assert "  " not in form


@given(some.text(max_size=40))
def test_any_text_has_a_stable_name_form(text: str) -> None:
    assert name_form(name_form(text)) == name_form(text)


@pytest.mark.parametrize("text", ["нет", "Нет", "НЕТ", "-", " \u2014 ", "отсутствует", None, ""])
def test_no_patronymic_in_many_words(text: str | None) -> None:
    assert "" == patronymic_form(text)


def test_a_patronymic() -> None:
    assert "петрович" == patronymic_form("Пётрович")


@pytest.mark.parametrize(("text", "found"), [("Cомов", "C"), ("Иванoв", "o"), ("Somov", ""), ("Сомов", ""), (None, ""), ("", "")])
def test_latin_letters_in_cyrillic_names(text: str | None, found: str) -> None:
    assert found == latin_letters(text)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("112-233-445 95", "11223344595"),
        ("11223344595", "11223344595"),
        (" 112 233 445 95 ", "11223344595"),
        ("112-233-44595", "11223344595"),
        ("112-233-445", None),
        ("112-233-445 955", None),
        ("112--233-445 95", None),
        ("112-233-445 9X", None),
        ("١١٢-233-445 95", None),
        ("112\n233\n445\n95", None),
        ("", None),
        (None, None),
    ],
)
def test_snils_digits(text: str | None, digits: str | None) -> None:
    assert digits == snils_digits(text)


@pytest.mark.parametrize(
    ("digits", "is_right"),
    [
        ("11223344595", True),
        ("11223344596", False),
        # The sum is 100 or 101: the check number is 00.
        ("08765430300", True),
        ("08765430200", True),
        # Numbers up to 001-001-998 were given out before there was a check sum.
        ("00100199899", True),
        ("00100199999", False),
    ],
)
def test_snils_check_sum(digits: str, is_right: bool) -> None:
    assert is_right is snils_sum_is_right(digits)


@given(number=some.integers(1_001_999, 999_999_999))
def test_one_check_number_fits_a_snils(number: int) -> None:
    fitting = [check for check in range(100) if snils_sum_is_right(f"{number:09}{check:02}")]

    assert 1 == len(fitting)


@given(number=some.integers(2_000_000, 999_999_999), place=some.integers(0, 8), other=some.integers(1, 9))
def test_a_mistyped_digit_of_a_snils_is_noticed(number: int, place: int, other: int) -> None:
    check = next(check for check in range(100) if snils_sum_is_right(f"{number:09}{check:02}"))
    digits = f"{number:09}"
    wrong = digits[:place] + str((int(digits[place]) + other) % 10) + digits[place + 1 :]

    # A sum of 100 and of 101 both give 00, and old numbers have none: the known holes of the check.
    hole = check == 0 or int(wrong) <= 1_001_998
    assert hole or not snils_sum_is_right(f"{wrong}{check:02}")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("+7 (902) 123-45-67", "+79021234567"),
        ("8 902 123 45 67", "+79021234567"),
        ("79021234567", "+79021234567"),
        ("9021234567", None),
        ("+1 902 123 45 67", None),
        ("", None),
        (None, None),
    ],
)
def test_phones(text: str | None, form: str | None) -> None:
    assert form == phone_form(text)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (" Anna@Example.RU ", "anna@example.ru"),
        ("a.b+c@mail.example.ru", "a.b+c@mail.example.ru"),
        ("anna", None),
        ("@example.ru", None),
        ("anna@localhost", None),
        ("an na@example.ru", None),
        ("a@example.ru\nBcc: b@example.ru", None),
        ("", None),
        (None, None),
    ],
)
def test_emails(text: str | None, form: str | None) -> None:
    assert form == email_form(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("05.09.2013", date(2013, 9, 5)),
        ("29.02.2012", date(2012, 2, 29)),
        ("29.02.2013", None),
        ("5.9.2013", None),
        ("2013-09-05", None),
        ("05.09.2013 ", None),
        ("٠٥.٠٩.٢٠١٣", None),
        ("00.00.0000", None),
        ("", None),
        (None, None),
    ],
)
def test_russian_dates(text: str | None, day: date | None) -> None:
    assert day == russian_date(text)


@pytest.mark.parametrize(
    ("birth", "on", "age"),
    [
        (date(2012, 9, 1), date(2026, 8, 31), 13),
        (date(2012, 9, 1), date(2026, 9, 1), 14),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
        (date(2012, 2, 29), date(2028, 2, 29), 16),
        (date(2026, 9, 1), date(2026, 9, 1), 0),
    ],
)
def test_ages(birth: date, on: date, age: int) -> None:
    assert age == age_on(birth, on)
