"""What one member of staff changes on the cards of one school. Each deed is one unit of work with its line in the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import date, datetime

from broker.audit.event import Actor
from broker.directory.card import Card
from broker.directory.card_changes import CardChanges, Change
from broker.directory.person import Person, Role, School, SchoolContact
from broker.directory.school_changes_store import LoginTaken, SchoolChangesStore
from broker.directory.school_edits import GIVEN_BY_SCHOOL, CardRefused, Correction, Typed, Wrong, class_of, read_typed
from broker.directory.school_person import CardGuarded, CardMoved, NotHere, SchoolPerson, holds
from broker.directory.school_store import SchoolStore
from broker.foundation.encoding import canonical_json
from broker.foundation.normal_forms import snils_digits
from broker.storage.database import Database

_CARD_FIELDS = ("surname", "name", "patronymic", "birth_date", "sex", "snils", "login")


class SnilsTaken(Exception):
    """Another card has this SNILS. `is_own` says that it is of this school; whose it is is not told."""

    def __init__(self, is_own: bool):
        super().__init__("another card has this SNILS")
        self.is_own = is_own


class SchoolDesk:
    """Every method raises NotHere for a card that is not of this school."""

    def __init__(
        self,
        database: Database,
        stores: tuple[SchoolStore, SchoolChangesStore],
        where: tuple[School, date],
        written_by: tuple[CardChanges, Actor],
        now: Callable[[], datetime],
    ):
        self._database = database
        self._store, self._rows = stores
        self._school, self._today = where
        self._changes, self._actor = written_by
        self._now = now

    def correct(self, person_id: str, typed: Typed, version: str, reason: str = "") -> tuple[str, ...]:
        """Save a card as it was typed; the names of the fields that changed.

        Raises:
            CardRefused: something typed cannot be taken.
            SnilsTaken: another card has the SNILS.
            CardMoved: `version` is not that of the card any more; nothing was lost, nothing written.
            CardGuarded: the card is not the school's to correct.
        """
        try:
            with self._held(person_id) as found:
                if found.version != version:
                    raise CardMoved
                wanted = read_typed(typed, found.person, self._today)
                changed = self._changed(found.person, wanted)
                if changed:
                    self._require_own_snils(found.person, wanted.card)
                    self._write_places(found, wanted)
                    self._rows.write_card(person_id, wanted.card, self._now())
                    if "snils" in changed:
                        self._rows.own_snils(person_id)
                    self._note("corrected", person_id, changed, reason)
        except LoginTaken:
            raise CardRefused(Wrong("login", "login.taken")) from None
        return changed

    def take_in(self, person_id: str, role: Role, class_name: str, reason: str = "") -> None:
        """Give a card without any school a place here (cause 3109).

        Raises:
            CardRefused: a role the school cannot give, or no class for a pupil.
            NotHere: the card has a school by now, or there is none.
        """
        with self._database.work():
            self._rows.lock(person_id)
            found = self._store.homeless(person_id)
            if found is None:
                raise NotHere
            self._require_own_to_change(found)
            self._add_place(person_id, role, class_name)
            self._touch(found)
            self._note("attached", person_id, ("school",), reason)

    def leave(self, person_id: str, reason: str = "") -> None:
        """They are not of this school from today on."""
        self._move(person_id, "left", self._rows.leave, reason)

    def restore(self, person_id: str, reason: str = "") -> None:
        """They are of this school again (cause 3111)."""
        self._move(person_id, "restored", self._rows.restore, reason)

    def set_blocked(self, person_id: str, is_blocked: bool, reason: str) -> bool:
        """Close or open somebody's diary; False when it was so already. Sessions end elsewhere."""
        with self._held(person_id) as found:
            if not self._rows.set_blocked(person_id, is_blocked):
                return False
            self._touch(found)
            self._note("blocked" if is_blocked else "unblocked", person_id, (), reason)
        return True

    def add_kin(self, parent_id: str, child_id: str, reason: str = "") -> bool:
        """Record whose parent somebody is; both are of this school. False when it was recorded already.

        Raises:
            CardRefused: a pupil is nobody's parent here, and only a pupil has parents here.
        """
        return self._kin("kin_added", (parent_id, child_id), self._rows.add_kin, reason)

    def remove_kin(self, parent_id: str, child_id: str, reason: str = "") -> bool:
        """Take it back; False when there was nothing recorded."""
        return self._kin("kin_removed", (parent_id, child_id), self._rows.remove_kin, reason)

    def set_contact(self, contact: SchoolContact | None) -> None:
        """Whom people call when they cannot sign in; None: the region's support."""
        with self._database.work():
            self._rows.set_contact(canonical_json(asdict(contact)).decode("utf-8") if contact else None)
            self._note("contacts", None)

    def note(self, change: str, person_id: str | None, reason: str = "", other_id: str = "") -> None:
        """Write down what another room has done for the school, in the caller's unit of work."""
        self._changes.note(Change(self._school.id, change, person_id, (), reason, other_id), self._actor)

    def note_alone(self, action: str) -> None:
        """Write down a deed that changes no card."""
        with self._database.work():
            self._note(action, None)

    @contextmanager
    def _held(self, person_id: str) -> Iterator[SchoolPerson]:
        """A card of this school that nobody else changes meanwhile."""
        with self._database.work():
            self._rows.lock(person_id)
            found = self._store.find(person_id)
            if found is None:
                raise NotHere
            self._require_own_to_change(found)
            yield found

    def _require_own_to_change(self, found: SchoolPerson) -> None:
        if found.is_guarded:
            raise CardGuarded

    def _require_own_snils(self, person: Person, card: Card) -> None:
        digits = snils_digits(card.snils)
        if digits is None or digits == snils_digits(person.snils):
            return
        others = [is_own for other, is_own in self._store.with_snils(digits) if other != person.id]
        if others:
            raise SnilsTaken(is_own=all(others))

    def _changed(self, person: Person, wanted: Correction) -> tuple[str, ...]:
        changed = [field for field in _CARD_FIELDS if getattr(person, field) != getattr(wanted.card, field)]
        current = [place for place in person.memberships if holds(place, self._today)]
        if {place.role for place in current} & set(GIVEN_BY_SCHOOL) != wanted.roles:
            changed.append("roles")
        pupils = {place.class_name for place in current if place.role is Role.PUPIL}
        if Role.PUPIL in wanted.roles and pupils != {wanted.class_name}:
            changed.append("class_name")
        return tuple(changed)

    def _write_places(self, found: SchoolPerson, wanted: Correction) -> None:
        held = {place.role for place in found.person.memberships if holds(place, self._today)} & set(GIVEN_BY_SCHOOL)
        for role in GIVEN_BY_SCHOOL:
            class_name = wanted.class_name if role is Role.PUPIL else None
            if role in held and role not in wanted.roles:
                self._rows.end_place(found.id, role)
            elif role in wanted.roles and role not in held:
                self._rows.add_place(found.id, role, class_name)
            elif role in held and role is Role.PUPIL:
                self._rows.set_class(found.id, class_name)

    def _add_place(self, person_id: str, role: Role, class_name: str) -> None:
        if role not in GIVEN_BY_SCHOOL:
            raise CardRefused(Wrong("roles", "card.role_none"))
        try:
            found = class_of(class_name, is_needed=role is Role.PUPIL)
        except ValueError as bad:
            raise CardRefused(Wrong("class_name", str(bad))) from None
        self._rows.add_place(person_id, role, found if role is Role.PUPIL else None)

    def _move(self, person_id: str, action: str, do: Callable[[str], bool], reason: str) -> None:
        with self._held(person_id) as found:
            if found.is_here_on(self._today) == (action == "left") and do(person_id):
                self._touch(found)
                self._note(action, person_id, ("school",), reason)

    def _kin(self, action: str, pair: tuple[str, str], do: Callable[[str, str], bool], reason: str) -> bool:
        parent_id, child_id = pair
        with self._database.work():
            for person_id in sorted(pair):
                self._rows.lock(person_id)
            parent, child = self._store.find(parent_id), self._store.find(child_id)
            if parent is None or child is None or parent.id == child.id:
                raise NotHere
            is_family = child.has_role(Role.PUPIL, self._today) and not parent.has_role(Role.PUPIL, self._today)
            if action == "kin_added" and not is_family:
                raise CardRefused(Wrong("kin", "card.kin_role"))
            if not do(parent_id, child_id):
                return False
            self._touch(parent)
            self._touch(child)
            self._changes.note(Change(self._school.id, action, parent_id, ("children",), reason, child_id), self._actor)
        return True

    def _touch(self, found: SchoolPerson) -> None:
        """A new version of a card whose places or ties changed, so that an open form of it notices."""
        kept = Card(**{field.name: getattr(found.person, field.name) for field in fields(Card)})
        self._rows.write_card(found.id, kept, self._now())

    def _note(self, action: str, person_id: str | None, fields: tuple[str, ...] = (), reason: str = "") -> None:
        self._changes.note(Change(self._school.id, action, person_id, fields, reason), self._actor)
