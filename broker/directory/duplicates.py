"""Two cards, one person: found within a school, made one, and made two again within thirty days."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final

from broker.audit.event import Actor
from broker.directory.across_schools import AcrossSchools
from broker.directory.apart_store import ApartStore
from broker.directory.card import Cardbox
from broker.directory.duplicates_store import Carried, DuplicatesStore, Merged
from broker.directory.person import Person
from broker.directory.school_cards import SchoolCards
from broker.directory.school_person import CardGuarded, NotHere, SchoolPerson, short_name
from broker.foundation.normal_forms import patronymic_form, snils_digits
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.secrets.sealing import Sealer

UNDONE_WITHIN: Final = timedelta(days=30)


class OtherSchoolInvolved(Exception):
    """One of the cards is another school's too: only the region's support may make them one."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two cards of the school that look like one person."""

    one: SchoolPerson
    other: SchoolPerson

    @property
    def can_merge(self) -> bool:
        """Whether the school may do it alone."""
        return not any(found.is_guarded or found.is_elsewhere for found in (self.one, self.other))


class Duplicates:
    """Pairs of one school. Every method takes the cards of the one school it may speak of."""

    def __init__(self, database: Database, cards: Cardbox, sealer: Sealer, outside: Outside):
        self._database = database
        self._outside = outside
        self._store = DuplicatesStore(database, cards, sealer)
        self._apart = ApartStore(database)

    def pairs(self, cards: SchoolCards) -> tuple[Pair, ...]:
        """Same SNILS, or same name and birth date, unless the school has said that they are two people."""
        people = cards.people()
        groups: dict[object, list[SchoolPerson]] = {}
        for one in people:
            for key in _keys(one.person):
                groups.setdefault(key, []).append(one)
        alike = {
            tuple(sorted((one.id, other.id))): Pair(one, other)
            for group in groups.values()
            for one, other in combinations(group, 2)
            if _may_be_one(one.person, other.person)
        }
        apart = self._apart.apart(one.id for one in people)
        return tuple(pair for key, pair in alike.items() if key not in apart)

    def merge(
        self, cards: SchoolCards | AcrossSchools, kept_id: str, merged_id: str, actor: Actor, carry: Callable[[], Carried]
    ) -> bool:
        """Make two cards one: places, kin and what the kept card lacks come over; the other cannot be found any more.

        What the kept card has, it keeps: fields, password, confirmed contacts. Where it has no password, the other's comes
        together with the login it belongs to: True then. `carry` brings over what belongs to other rooms, once it is sure that
        the two may be made one. Call inside `work()`. What the region's support has made one across schools, no school undoes.

        Raises:
            NotHere: one of them is not of this school, both are one card, or they do not look like one person: the link of one
                card opens the other from now on.
            CardGuarded, OtherSchoolInvolved: it is not the school's to do.
        """
        if kept_id == merged_id:
            raise NotHere
        self._store.lock((kept_id, merged_id))
        kept, merged = cards.get(kept_id), cards.get(merged_id)
        if kept.is_guarded or merged.is_guarded:
            raise CardGuarded
        is_region = isinstance(cards, AcrossSchools)
        if not is_region and (kept.is_elsewhere or merged.is_elsewhere):
            raise OtherSchoolInvolved
        if not self._look_alike(kept, merged):
            raise NotHere
        merge = (self._outside.uuid(), "" if isinstance(cards, AcrossSchools) else cards.school.id)
        has_password = self._store.merge(merge, (kept, merged), self._outside.now(), carry())
        if isinstance(cards, AcrossSchools):
            cards.note_merge(kept_id, merged_id, actor)
        else:
            cards.desk(actor).note("merged", kept_id, other_id=merged_id)
        return has_password

    def recent(self, cards: SchoolCards) -> tuple[Merged, ...]:
        """Merges of this school that can still be undone, newest first."""
        since = self._outside.now() - UNDONE_WITHIN
        return self._store.recent(cards.school.id, since)

    def undo(self, cards: SchoolCards, merge_id: str, actor: Actor) -> Merged:
        """Two cards again, as far as nobody has changed since what came over. Call inside `work()`.

        Raises:
            NotHere: no such merge of this school, too old, or undone already.
        CardMoved: the login of the merged card is somebody else's by now.
        """
        found = next((one for one in self.recent(cards) if one.id == merge_id), None)
        if found is None or not self._store.claim_undo(merge_id, self._outside.now()):
            raise NotHere
        self._store.lock((found.kept_id, found.merged_id))
        self._store.undo(cards.get(found.kept_id), found, self._outside.now())
        cards.desk(actor).note("parted", found.kept_id, other_id=found.merged_id)
        return found

    def keep_apart(self, cards: SchoolCards, one_id: str, other_id: str, actor: Actor) -> None:
        """They are two people; the pair is not shown again. Raises NotHere."""
        one, other = cards.get(one_id), cards.get(other_id)
        with self._database.work():
            self._apart.keep_apart(one.id, other.id, self._outside.now())
            cards.desk(actor).note("apart", one.id, other_id=other.id)

    def _look_alike(self, one: SchoolPerson, other: SchoolPerson) -> bool:
        """Whether `pairs` would show them."""
        share = set(_keys(one.person)) & set(_keys(other.person))
        is_apart = tuple(sorted((one.id, other.id))) in self._apart.apart((one.id,))
        return bool(share) and _may_be_one(one.person, other.person) and not is_apart

    @staticmethod
    def ends_at(merged: Merged) -> datetime:
        """Until when it can be undone."""
        return merged.at + UNDONE_WITHIN


def _keys(person: Person) -> Iterable[object]:
    digits = snils_digits(person.snils)
    if digits is not None:
        yield digits
    if person.birth_date is not None:
        yield short_name(person.surname, person.name, person.birth_date)


def _may_be_one(one: Person, other: Person) -> bool:
    """A missing patronymic may be the same one; a different one, with another SNILS or none, is somebody else."""
    same_snils = snils_digits(one.snils) is not None and snils_digits(one.snils) == snils_digits(other.snils)
    names = {patronymic_form(one.patronymic), patronymic_form(other.patronymic)} - {""}
    return same_snils or len(names) < 2
