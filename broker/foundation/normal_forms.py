"""One form for each thing people write in many ways: names, SNILS, phones, e-mail, dates.

Two values are equal only if their normal forms are; a Latin look-alike letter is *not* equal to the Cyrillic one.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_SPACES = re.compile(r"[\s\u00a0\u2007\u202f]+")
_HYPHENS = re.compile(r"\s*[-\u2010-\u2015\u2212]\s*")
_NOT_DIGIT = re.compile(r"\D")
_SNILS = re.compile(r"\d{3}[- ]?\d{3}[- ]?\d{3}[- ]?\d{2}", re.ASCII)
_LATIN = re.compile(r"[A-Za-z]")
_NO_PATRONYMIC = frozenset({"нет", "-", "отсутствует"})
# Below this number the Pension Fund issued SNILS without a check sum.
_FIRST_CHECKED = 1_001_998


def name_form(text: str | None) -> str:
    """A name without case, ё/е, doubled spaces, kinds of hyphen and invisible signs; "" when there is none."""
    if text is None:
        return ""
    folded = unicodedata.normalize("NFC", text)
    folded = "".join(sign for sign in folded if unicodedata.category(sign) != "Cf")
    folded = _HYPHENS.sub("-", _SPACES.sub(" ", folded).strip()).casefold().replace("ё", "е")
    return folded.strip()


def patronymic_form(text: str | None) -> str:
    """As `name_form`; an absent patronymic and the word «нет» are the same."""
    form = name_form(text)
    return "" if form in _NO_PATRONYMIC else form


def latin_letters(text: str | None) -> str:
    """The Latin letters in a name that should be Cyrillic; "" when the name is clean or wholly Latin."""
    found = "".join(_LATIN.findall(text or ""))
    cyrillic = any("Ѐ" <= sign <= "ӿ" for sign in text or "")
    return found if cyrillic else ""


def snils_digits(text: str | None) -> str | None:
    """The 11 digits of a SNILS however it is written; None when it is absent or not 11 digits."""
    if text is None:
        return None
    candidate = text.strip()
    if not _SNILS.fullmatch(candidate):
        return None
    return _NOT_DIGIT.sub("", candidate)


def snils_sum_is_right(digits: str) -> bool:
    """Whether the two last digits are the check sum of the first nine (order of the Pension Fund)."""
    number, given = digits[:9], int(digits[9:])
    if int(number) <= _FIRST_CHECKED:
        return True
    total = sum(int(digit) * weight for digit, weight in zip(number, range(9, 0, -1), strict=True))
    expected = total if total < 100 else total % 101 % 100
    return expected == given


def phone_form(text: str | None) -> str | None:
    """A Russian mobile or home phone as +7XXXXXXXXXX; None when it is absent or not such a number."""
    digits = _NOT_DIGIT.sub("", text or "")
    if len(digits) != 11 or digits[0] not in "78":
        return None
    return "+7" + digits[1:]


def email_form(text: str | None) -> str | None:
    """An address in lower case; None when it is absent or has no @ with something on both sides."""
    address = (text or "").strip().lower()
    local, at, domain = address.rpartition("@")
    if not at or not local or "." not in domain or any(sign.isspace() for sign in address):
        return None
    return address


def russian_date(text: str | None) -> date | None:
    """A date written as 05.09.2013; None when it is absent or impossible."""
    match = re.fullmatch(r"(\d{2})\.(\d{2})\.(\d{4})", text or "", re.ASCII)
    if match is None:
        return None
    day, month, year = (int(part) for part in match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def age_on(birth_date: date, day: date) -> int:
    """Whole years on a local day. Somebody born on 29 February has the birthday on 1 March of other years."""
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (0 if had_birthday else 1)
