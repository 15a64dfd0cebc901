"""One region's people as its diary brings them: the checks of the school's own forms, one card a unit of work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from broker.audit.event import Actor
from broker.directory.card import Card, login_form
from broker.directory.card_changes import CardChanges, Change
from broker.directory.credentials import Credentials, Hashed
from broker.directory.directory import Directory
from broker.directory.document import PersonEntry, Place
from broker.directory.own_parts_store import OwnPartsStore
from broker.directory.person import Person, Role
from broker.directory.provisioned_checks import Unsound, Wish, card_of, holds, places_of, wish_of
from broker.directory.provisioned_store import LoginTaken, RegionPerson, RegionStore
from broker.directory.school_person import CardGuarded, NotHere
from broker.foundation.normal_forms import snils_digits
from broker.foundation.outside import Outside
from broker.storage.database import Database


@dataclass(frozen=True, slots=True)
class ProvisionRooms:
    """What changing a card needs. `day_of` is the local day of a region."""

    database: Database
    directory: Directory
    credentials: Credentials
    changes: CardChanges
    outside: Outside
    day_of: Callable[[str], date]


class RegionPeople:
    """The people of one region. Every method that changes something runs inside the caller's `work()`."""

    def __init__(self, rooms: ProvisionRooms, region: str, actor: Actor):
        self._rooms = rooms
        self._actor = actor
        self._today = rooms.day_of(region)
        self.store = RegionStore(rooms.database, rooms.directory, region, self._today)
        self._own_parts = OwnPartsStore(rooms.database, rooms.directory.cards)

    @property
    def today(self) -> date:
        """The local day of the region."""
        return self._today

    def find(self, person_id: str) -> RegionPerson | None:
        """Somebody of the region, or None."""
        found = self.store.find_many((person_id,)) if 0 < len(person_id) <= 36 else ()
        return found[0] if found else None

    def hold(self, person_id: str) -> RegionPerson:
        """Somebody of the region whom nobody else changes until the unit of work ends.

        Raises:
            NotHere: of another region, or nobody.
        """
        self.store.lock((person_id,))
        found = self.find(person_id)
        if found is None:
            raise NotHere
        return found

    def add(self, wish: Wish) -> RegionPerson:
        """A new card.

        Raises:
            Unsound: with every problem.
            CardTaken: the login or the SNILS is another card's.
        """
        person_id = self._rooms.outside.uuid()
        return self._write(person_id, None, wish)

    def change(self, before: RegionPerson, wish: Wish) -> RegionPerson:
        """The card as wished; unchanged, version included, when the wish is what it is already.

        Raises:
            Unsound: with every problem.
            CardTaken: the login or the SNILS is another card's.
            CardGuarded: the card belongs to somebody who may do more than a diary.
        """
        if before.is_guarded:
            raise CardGuarded
        return self._write(before.id, before, wish)

    def take_out(self, before: RegionPerson) -> None:
        """They are of no school of the region from today on, and sign in only if another region has them. Nothing is erased.

        The login is free again: RFC 7644 3.6 lets a new resource have the name of a deleted one.

        Raises:
            CardGuarded: the card belongs to somebody who may do more than a diary.
        """
        if before.is_guarded:
            raise CardGuarded
        full = self._full(before.id)
        places = tuple(_ended(place, self._today) for place in places_of(before.person))
        kept = tuple(place for place in places_of(full) if place not in places_of(before.person))
        card = card_of(full)
        gone = PersonEntry(
            id=before.id,
            card=card if before.is_elsewhere else replace(card, login=None),
            is_blocked=full.is_blocked or not before.is_elsewhere,
            is_activated=full.activated_at is not None,
            places=(*kept, *places),
            children=(*before.children, *self.store.children_elsewhere(before.id)),
            staff_roles=(),
            link=None,
        )
        self.store.write(gone, self._now(), is_snils_new=False)
        self._note("left", before.id, ("school",), before.person)

    def _write(self, person_id: str, before: RegionPerson | None, wish: Wish) -> RegionPerson:
        full = self._full(person_id) if before else None
        sound = wish_of(wish, before.person if before else None, self._today)
        self._require_known(sound, before)
        changed = _changed(before, sound)
        if sound.password is not None:
            self._require_password(person_id, sound.card, sound.password)
        if changed:
            self._require_own_snils(person_id, before, sound.card)
            entry = self._entry(person_id, full, before, sound)
            (entry,) = self._own_parts.kept((entry,))
            try:
                self.store.write(entry, self._now(), is_snils_new="snils" in changed and before is not None)
            except LoginTaken:
                raise CardTaken("login") from None
        after = self.store.just_written(person_id)
        if sound.password is not None:
            new = self._rooms.credentials.prepare_hashed(after.person, sound.password)
            self._rooms.credentials.set_password(after.person, new, self._actor)
        if changed:
            self._note("corrected" if before else "imported", person_id, changed, after.person)
        return after

    def _entry(self, person_id: str, full: Person | None, before: RegionPerson | None, sound: Wish) -> PersonEntry:
        mine = places_of(before.person) if before else ()
        others = tuple(place for place in places_of(full) if place not in mine) if full else ()
        children_elsewhere = self.store.children_elsewhere(person_id) if full else ()
        return PersonEntry(
            id=person_id,
            card=sound.card,
            is_blocked=sound.is_blocked,
            is_activated=sound.is_activated,
            places=(*others, *sound.places),
            children=(*sound.children, *children_elsewhere),
            staff_roles=(),
            link=None,
        )

    def _require_known(self, sound: Wish, before: RegionPerson | None) -> None:
        schools = {school.id for school in self.store.schools()}
        problems = [("memberships", "names a school that is not of the region")] if _strange(sound, schools) else []
        wanted = set(sound.children) - set(before.children if before else ())
        known = {one.id: one.person for one in self.store.find_many(sorted(wanted))}
        if wanted - known.keys() or (before and before.id in wanted):
            problems.append(("children", "names somebody who is not of the region, or the person themselves"))
        elif wanted and not self._is_family(sound, known.values()):
            problems.append(("children", "must be pupils, and a pupil is nobody's parent"))
        if problems:
            raise Unsound(tuple(problems))

    def _is_family(self, parent: Wish, children: Iterable[Person]) -> bool:
        """As the school's own forms say it (S3)."""
        is_pupil = any(place.role is Role.PUPIL and holds(place, self._today) for place in parent.places)
        pupils = (any(one.role is Role.PUPIL and holds(one, self._today) for one in places_of(child)) for child in children)
        return not is_pupil and all(pupils)

    def _require_own_snils(self, person_id: str, before: RegionPerson | None, card: Card) -> None:
        digits = snils_digits(card.snils)
        had = snils_digits(before.person.snils) if before else None
        if digits is not None and digits != had and self.store.has_snils(digits, person_id):
            raise CardTaken("snils")

    def _require_password(self, person_id: str, card: Card, password: Hashed) -> None:
        """Refused before anything is written. Raises FieldRefused."""
        person = Person(
            person_id, card.surname, card.name, card.patronymic, card.birth_date, card.sex, card.snils, card.email, card.phone,
            card.login, False, None, (), (),
        )  # fmt: skip
        self._rooms.credentials.require_good(person, password.password)

    def _full(self, person_id: str) -> Person:
        found = self._rooms.directory.find_person(person_id)
        if found is None:
            raise NotHere
        return found

    def _note(self, action: str, person_id: str, fields: tuple[str, ...], person: Person) -> None:
        """A line in the journal of every school it concerns, and with it in the audit log."""
        for school_id in dict.fromkeys(place.school.id for place in person.memberships):
            self._rooms.changes.note(Change(school_id, action, person_id, fields), self._actor)

    def _now(self) -> datetime:
        return self._rooms.outside.now()


class CardTaken(Exception):
    """Another card has this login or SNILS; `field` says which."""

    def __init__(self, field: str):
        super().__init__(field)
        self.field = field


def _strange(sound: Wish, schools: set[str]) -> bool:
    return any(place.school_id not in schools for place in sound.places)


def _ended(place: Place, today: date) -> Place:
    return replace(place, left_on=today) if holds(place, today) else place


def _changed(before: RegionPerson | None, sound: Wish) -> tuple[str, ...]:
    if before is None:
        return ("card",)
    person = before.person
    had, wanted = card_of(person), sound.card
    names = ("surname", "name", "patronymic", "birth_date", "sex", "snils", "email", "phone")
    changed = [name for name in names if getattr(had, name) != getattr(wanted, name)]
    if login_form(had.login) != login_form(wanted.login):
        changed.append("login")
    if person.is_blocked != sound.is_blocked:
        changed.append("state")
    if sound.is_activated and person.activated_at is None:
        changed.append("activated")
    if places_of(person) != sound.places:
        changed.append("memberships")
    if set(before.children) != set(sound.children):
        changed.append("children")
    return tuple(changed)
