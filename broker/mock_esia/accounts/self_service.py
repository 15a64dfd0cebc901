"""What a person may do with their own account: register, raise the level, make an account for a child."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from broker.mock_esia.accounts.account_fields import changed, read_changes, read_login
from broker.mock_esia.accounts.people import EVERYBODYS_PASSWORD, Level, People, Person, WrongField

_OWN = ("surname", "name", "patronymic", "birth_date", "sex", "email", "phone")
_OF_CHILD = ("surname", "name", "patronymic", "birth_date", "sex", "snils")
_MOST_CHILDREN = 20
_CHILDHOOD_ENDS = 14


@dataclass(frozen=True, slots=True)
class ChildForm:
    """What a parent typed about a child, and the day on which."""

    unverified: Mapping[str, str]
    today: date


def next_level(person: Person) -> Level | None:
    """What the account can become: by SNILS and passport first, then by a visit. A child's account becomes nothing."""
    return {Level.SIMPLIFIED: Level.STANDARD, Level.STANDARD: Level.CONFIRMED}.get(person.level)


def registered_by_form(people: People, unverified: Mapping[str, str], today: date) -> Person:
    """A simplified account. Raises ValueError (WrongField for one field)."""
    login = read_login(unverified.get("login"))
    fields = _read(_OWN, unverified, today)
    return people.add(
        lambda oid: Person(login=login, password=EVERYBODYS_PASSWORD, oid=oid, level=Level.SIMPLIFIED, **fields)
    )


def raised(people: People, login: str, unverified: Mapping[str, str], today: date) -> None:
    """One level up: `snils` for a standard account, nothing for a confirmed one, which a clerk confirms.

    `to` is the level of the button, so that a second click does not raise twice. Raises ValueError for a SNILS that is wrong,
    missing or somebody else's, and for an account that cannot be raised.
    """

    def up(person: Person) -> Person:
        following = next_level(person)
        if following is None or unverified.get("to") != following.value:
            raise WrongField("level", "cannot be raised to this")
        given = read_changes({"snils": unverified.get("snils", "")}, today) if following is Level.STANDARD else {}
        if following is Level.STANDARD and not given["snils"] and person.citizenship == "RUS":
            raise WrongField("snils", "is needed")
        return changed(person, {**given, "level": following})

    people.change(login, up)


def with_child(people: People, login: str, form: ChildForm) -> None:
    """An account for a child under 14, tied to the parent. Raises ValueError (WrongField for one field)."""
    parent = people.by_login[login]
    if not parent.confirmed or len(parent.kids) >= _MOST_CHILDREN:
        raise WrongField("child", "needs a parent with a confirmed account, and at most 20 children")
    child_login = read_login(form.unverified.get("login"))
    fields = _read(_OF_CHILD, form.unverified, form.today)
    born: date = fields["birth_date"]
    had_birthday = (form.today.month, form.today.day) >= (born.month, born.day)
    if form.today.year - born.year - (0 if had_birthday else 1) >= _CHILDHOOD_ENDS:
        raise WrongField("birth_date", "is of somebody of 14 or older")
    child = people.add(
        lambda oid: Person(
            login=child_login, password=EVERYBODYS_PASSWORD, oid=oid, level=Level.CHILD, made_by_parent=True, **fields
        )
    )
    people.change(login, lambda now: replace(now, kids=(*now.kids, child.login)))


def _read(names: tuple[str, ...], unverified: Mapping[str, str], today: date) -> dict[str, Any]:
    """The named fields of a form; one that must be there and is not is refused as an empty text. Raises WrongField."""
    return read_changes({name: unverified.get(name, "") for name in names}, today)
