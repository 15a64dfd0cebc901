"""Which passwords are good enough: long before strange, and not one that many people or one look at the card would give.

Guesses are counted by zxcvbn from its lists of leaked passwords, from a list of our own of Russian words and names, and from
what the card says; each time also as the same keys give it in the other keyboard layout.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from zxcvbn.matching import RANKED_DICTIONARIES, build_ranked_dict, omnimatch
from zxcvbn.scoring import most_guessable_match_sequence

from broker.directory.field_refused import FieldRefused
from broker.directory.invitation_words import in_latin, temporary_form
from broker.directory.password_hash import LONGEST, normal
from broker.directory.person import Person
from broker.foundation.normal_forms import name_form, snils_digits

SHORTEST = 8
# Fewer guesses than these are tried out within days even by somebody whom every limit slows down.
_FEW, _MANY = 10**6, 10**10
# The counting takes time with the square of the length; behind seventy-two signs nobody guesses any more.
_LOOKED_AT = 72
_LATIN_KEYS = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_RUSSIAN_KEYS = "йцукенгшщзхъфывапролджэячсмитьбюё"
_TO_RUSSIAN = str.maketrans(_LATIN_KEYS, _RUSSIAN_KEYS)
_TO_LATIN = str.maketrans(_RUSSIAN_KEYS, _LATIN_KEYS)


def require_good(person: Person, unverified_password: str, temporary: str | None) -> None:
    """Refuse a password that is too short, known to many, or the temporary one.

    Raises:
        FieldRefused: password.empty, password.short (n signs are missing), password.long (n is the most), password.same,
            password.common.
    """
    password = normal(unverified_password[: LONGEST + 1])
    if not password:
        raise FieldRefused("password", "password.empty")
    if len(password) < SHORTEST:
        raise FieldRefused("password", "password.short", SHORTEST - len(password))
    if len(unverified_password) > LONGEST:
        raise FieldRefused("password", "password.long", LONGEST)
    if temporary is not None and temporary_form(password) == temporary_form(temporary):
        raise FieldRefused("password", "password.same")
    if _guesses(password, tuple(_told_by_card(person))) < _FEW:
        raise FieldRefused("password", "password.common")


def strength(password: str) -> str:
    """A word for a page: weak, fair or good. Weak ones are refused."""
    password = normal(password[: LONGEST + 1])
    if len(password) < SHORTEST:
        return "weak"
    guesses = _guesses(password, ())
    return "weak" if guesses < _FEW else "fair" if guesses < _MANY else "good"


def _guesses(password: str, told: tuple[str, ...]) -> int:
    # zxcvbn() itself would leave the words of one person in a dictionary that all threads share.
    ranked = {**RANKED_DICTIONARIES, "russian": _russian(), "card": build_ranked_dict(told)}
    typed = password[:_LOOKED_AT].lower()
    ways = {typed, typed.translate(_TO_RUSSIAN), typed.translate(_TO_LATIN), typed.replace("ё", "е")}
    return min(int(most_guessable_match_sequence(way, omnimatch(way, ranked))["guesses"]) for way in ways)


def _told_by_card(person: Person) -> Iterator[str]:
    """What somebody would try who knows the person: names in both alphabets, the login, the birth date, SNILS and contacts."""
    for name in (person.surname, person.name, person.patronymic):
        form = name_form(name)
        yield from (form, in_latin(form))
    if person.login:
        yield from (person.login.lower(), person.login.lower().partition(".")[0])
    if person.birth_date is not None:
        yield from (person.birth_date.strftime(form) for form in ("%d%m%Y", "%d.%m.%Y", "%d%m%y", "%Y%m%d", "%Y-%m-%d", "%Y"))
    yield from filter(None, (snils_digits(person.snils), (person.email or "").partition("@")[0].lower()))


@cache
def _russian() -> dict[str, int]:
    """Words that many Russian passwords are made of, the most frequent first, in both alphabets."""
    words = (Path(__file__).parent / "known_passwords.txt").read_text("utf-8").split()
    return build_ranked_dict(dict.fromkeys(form for word in words for form in (name_form(word), in_latin(word))))
