"""The invented people of the stand: one account each, and the register that changes while the stand runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

MOST_PEOPLE = 1000
EVERYBODYS_PASSWORD = "demo"  # noqa: S105 - written on the sign-in page
# Accounts made on a running stand are numbered from here; those of the file lie below.
_FIRST_MADE = 1_000_900_001


class WrongField(ValueError):
    """A field of an account cannot be taken; `field` is its name."""

    def __init__(self, field: str, words: str):
        super().__init__(f"{field} {words}")
        self.field = field


class Level(Enum):
    """What an account is. A relying party sees the difference of the first two only by a checked SNILS."""

    SIMPLIFIED = "simplified"
    STANDARD = "standard"
    CONFIRMED = "confirmed"
    CHILD = "child"

    @property
    def lvl(self) -> str:
        """The value of `urn:esia:sbj:lvl`."""
        return {"confirmed": "PR", "child": "KD"}.get(self.value, "P")


@dataclass(frozen=True, slots=True)
class Expectation:
    """What happens when this person signs in to the demo diary today; `code` is a cause of the broker's catalogue."""

    outcome: str
    code: str | None
    note_ru: str
    note_en: str
    row: str


@dataclass(frozen=True, slots=True)
class Job:
    """Somebody works in an organisation; `organisation` is its oid."""

    organisation: int
    position: str = ""
    is_chief: bool = False
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation. `kind` is ESIA's word: LEGAL, AGENCY or BUSINESS."""

    oid: int
    kind: str
    full_name: str
    short_name: str
    ogrn: str
    inn: str
    kpp: str | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """One account.

    `decision` is what the person presses on the consent page; `card` names their card in the demo diary; `expect` is None for
    people whom the demo does not play. `documents` are types beside the identity document.
    """

    login: str
    password: str
    oid: int
    level: Level
    surname: str
    name: str
    birth_date: date
    sex: str
    patronymic: str | None = None
    snils: str | None = None
    email: str | None = None
    phone: str | None = None
    kids: tuple[str, ...] = ()
    made_by_parent: bool = False
    decision: str = "allow"
    region: str = ""
    card: str | None = None
    expect: Expectation | None = None
    note: str = ""
    citizenship: str = "RUS"
    address: str | None = None
    vehicles: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    jobs: tuple[Job, ...] = ()
    is_self_employed: bool = False
    is_deleted: bool = False
    has_second_factor: bool = False

    @property
    def confirmed(self) -> bool:
        return self.level is Level.CONFIRMED


class People:
    """Everybody, by login and by oid. A change replaces an account whole, so whoever reads meanwhile sees one state of it."""

    def __init__(self, everybody: Iterable[Person], organisations: Iterable[Organisation] = ()):
        """Raises ValueError for a login or an oid that comes twice, and for a child or an employer who is not there."""
        found = tuple(everybody)
        self._lock = threading.Lock()
        self._at_start = {person.login: person for person in found}
        self._next_oid = max([_FIRST_MADE, *(person.oid + 1 for person in found)])
        self.organisations: Mapping[int, Organisation] = {one.oid: one for one in organisations}
        self.by_login: Mapping[str, Person] = dict(self._at_start)
        self.by_oid: Mapping[int, Person] = {person.oid: person for person in found}
        if not len(self.by_login) == len(self.by_oid) == len(found):
            raise ValueError("people.toml has a login or an oid twice")
        for person in found:
            if not set(person.kids) <= set(self.by_login):
                raise ValueError(f"people.toml: {person.login} has a child who is not there")
            if not {job.organisation for job in person.jobs} <= set(self.organisations):
                raise ValueError(f"people.toml: {person.login} works in an organisation that is not there")

    def kids_of(self, person: Person) -> tuple[Person, ...]:
        return tuple(self.by_login[login] for login in person.kids if login in self.by_login)

    def employers_of(self, person: Person) -> frozenset[int]:
        """The organisations where the person works."""
        return frozenset(job.organisation for job in self.current(person).jobs)

    def employees_of(self, organisation: int) -> tuple[Person, ...]:
        return tuple(one for one in self.by_login.values() if any(job.organisation == organisation for job in one.jobs))

    def current(self, person: Person) -> Person:
        """The account as it is now; as it was, when it is no more."""
        return self.by_oid.get(person.oid, person)

    def add(self, made: Callable[[int], Person]) -> Person:
        """A new account; `made` gets its oid. Raises ValueError for a login that is taken and for too many accounts."""
        with self._lock:
            person = made(self._next_oid)
            if person.login in self.by_login:
                raise WrongField("login", "is taken")
            if len(self.by_login) >= MOST_PEOPLE:
                raise ValueError(f"there are {MOST_PEOPLE} accounts already; restore the people or start the stand again")
            self._require_own_snils(person)
            self._next_oid += 1
            self._put(person)
            return person

    def change(self, login: str, changed: Callable[[Person], Person]) -> Person:
        """Replace an account by what `changed` makes of it. KeyError: no such login. ValueError: a SNILS of another."""
        with self._lock:
            person = changed(self.by_login[login])
            self._require_own_snils(person)
            self._put(person)
            return person

    def restore(self, login: str) -> Person | None:
        """The account as the file has it; one that was made later is forgotten. Raises KeyError for no such login."""
        with self._lock:
            person, before = self.by_login[login], self._at_start.get(login)
            if before:
                self._put(before)
                return before
            self.by_login = {key: one for key, one in self.by_login.items() if key != login}
            self.by_oid = {key: one for key, one in self.by_oid.items() if key != person.oid}
            for parent in [one for one in self.by_login.values() if login in one.kids]:
                self._put(replace(parent, kids=tuple(kid for kid in parent.kids if kid != login)))
            return None

    def was_at_start(self, login: str) -> bool:
        """Whether the file has this login."""
        return login in self._at_start

    def restore_all(self) -> None:
        """Everybody as at the start. Numbers of accounts are never given twice."""
        with self._lock:
            self.by_login = dict(self._at_start)
            self.by_oid = {person.oid: person for person in self._at_start.values()}

    def _put(self, person: Person) -> None:
        self.by_login = {**self.by_login, person.login: person}
        self.by_oid = {**self.by_oid, person.oid: person}

    def _require_own_snils(self, person: Person) -> None:
        others = (one for one in self.by_login.values() if one.login != person.login)
        if person.snils and any(one.snils == person.snils for one in others):
            raise WrongField("snils", "is of another account")
