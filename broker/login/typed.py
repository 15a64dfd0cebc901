"""What somebody typed into a form with a diary login and password, and what can be said about it without asking anybody."""

from __future__ import annotations

import re
from dataclasses import dataclass

from broker.foundation.normal_forms import phone_form, snils_digits
from broker.screens.field_errors import FieldError

LONGEST_LOGIN = 64
_LATIN = re.compile(r"[A-Za-z]")
_CYRILLIC = re.compile(r"[А-Яа-яЁё]")


@dataclass(frozen=True, slots=True)
class Typed:
    """Three fields of a form, unverified. None of them appears in repr()."""

    login: str
    password: str
    form_key: str | None

    def __repr__(self) -> str:
        return "Typed(...)"


def faults(typed: Typed) -> tuple[FieldError, ...]:
    """What is wrong with the answers themselves, before any try is counted. Empty when a try may be made."""
    return (*_of_login(typed.login.strip()), *_of_password(typed.password))


def wrong(typed: Typed, left: int) -> tuple[FieldError, ...]:
    """Login and password did not fit; neither is named. Words in Cyrillic alone look like the wrong keyboard layout."""
    errors = [FieldError("login", "login.wrong", left)]
    if _CYRILLIC.search(typed.password) and not _LATIN.search(typed.password):
        errors.append(FieldError("password", "password.layout"))
    return tuple(errors)


def _of_login(login: str) -> tuple[FieldError, ...]:
    if not login:
        return (FieldError("login", "login.empty"),)
    # People type what they sign in with at Gosuslugi; it must not be counted as a try, nor be looked for.
    if "@" in login or snils_digits(login) or phone_form(login):
        return (FieldError("login", "login.gosuslugi"),)
    return ()


def _of_password(password: str) -> tuple[FieldError, ...]:
    return () if password else (FieldError("password", "password.empty"),)
