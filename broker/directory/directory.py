"""The directory as other rooms see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from broker.audit.catalogue import PeopleImported
from broker.audit.catalogue_people import CardFilled
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.directory.access_entry import AccessEntry
from broker.directory.apart_store import ApartStore
from broker.directory.card import Card, Cardbox
from broker.directory.card_store import CardStore
from broker.directory.days import today_of
from broker.directory.document import Document, ImportLink, PersonEntry, read_document, unknown_names
from broker.directory.fields import Problem
from broker.directory.own_parts_store import OwnPartsStore
from broker.directory.person import Child, Person, School
from broker.directory.store import DirectoryStore
from broker.foundation.normal_forms import snils_digits, snils_sum_is_right
from broker.storage.database import Database
from keys.secrets.fingerprints import Fingerprints
from keys.secrets.sealing import Sealer


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a document held. `links` are for linking to tie, `access` (by person) for `AccessImport` to write; with `is_dry_run`
    nothing was written."""

    schools: int
    people: int
    links: tuple[ImportLink, ...]
    is_dry_run: bool
    access: tuple[tuple[str, AccessEntry], ...] = ()


class ImportRefused(Exception):
    """A document with problems; nothing of it was written."""

    def __init__(self, problems: tuple[Problem, ...]):
        super().__init__("; ".join(f"{found.path}: {found.problem}" for found in problems[:5]))
        self.problems = problems


class Directory:
    """People and schools. Personal data leaves it only inside `Person` and `Child`."""

    def __init__(self, database: Database, sealer: Sealer, fingerprints: Fingerprints, now: Callable[[], datetime]):
        self._database = database
        self._now = now
        self._cards = Cardbox(sealer, fingerprints)
        self._store = DirectoryStore(database, self._cards)
        self._card_store = CardStore(database, self._cards)
        self._own_parts = OwnPartsStore(database, self._cards)
        self._apart = ApartStore(database)

    @property
    def store(self) -> DirectoryStore:
        """The rows' reader, for a store of another room that asks for its own columns in the same question."""
        return self._store

    @property
    def today(self) -> date:
        """The day as of which documents are read."""
        return today_of(self._now())

    @property
    def cards(self) -> Cardbox:
        """How cards are sealed and found; for the other files of this room."""
        return self._cards

    def find_person(self, person_id: str) -> Person | None:
        """The whole card in one question, or None."""
        return self._store.find_person(person_id)

    def find_people(self, person_ids: Sequence[str]) -> dict[str, Person]:
        """A few cards in one question, by identifier; those that are not there are left out."""
        return {person.id: person for person in self._store.people_of(person_ids)}

    def find_by_login(self, unverified_login: str) -> Person | None:
        """The person with this diary login, in any case of letters, or None."""
        if not unverified_login or len(unverified_login) > 64:
            return None
        return next(iter(self._store.with_print("login_print", self._cards.of_login(unverified_login))), None)

    def with_snils(self, snils_digits: str) -> tuple[Person, ...]:
        """Everybody whose card has this SNILS of eleven digits, by identifier."""
        return self._store.with_print("snils_print", self._cards.of_snils(snils_digits))

    def with_name_and_birth_date(
        self, surname: str | None, name: str | None, patronymic: str | None, birth_date: date | None
    ) -> tuple[Person, ...]:
        """Everybody with this full name, after normal forms, and birth date; nobody when a part is missing."""
        found = self._cards.of_name_and_birth_date(surname, name, patronymic, birth_date)
        return () if found is None else self._store.with_print("name_birth_print", found)

    def kept_apart(self, person_ids: Sequence[str]) -> frozenset[tuple[str, str]]:
        """The pairs with one of these cards of which a school has said that they are two people; the smaller identifier first."""
        return self._apart.apart(person_ids)

    def children_of(self, person_id: str) -> tuple[Child, ...]:
        """The pupils whose parent the school says this person is, by identifier."""
        return self._store.children_of(person_id, today_of(self._now()))

    def children_count(self, person_id: str) -> int:
        """How many they are."""
        return self._store.children_count(person_id)

    def find_school(self, school_id: str) -> School | None:
        """A school, or None."""
        return self._store.find_school(school_id)

    def schools(self) -> tuple[School, ...]:
        """All schools, by region and identifier."""
        return self._store.schools()

    def fill_gaps(self, person_id: str, snils: str, journal: Journal, actor: Actor) -> tuple[str, ...]:
        """Write an upstream's SNILS on a card that has none; the names of the fields that were filled.

        What the school wrote is never overwritten. A wrong SNILS, or one that another card has, fills nothing.
        """
        digits = snils_digits(snils)
        if digits is None or not snils_sum_is_right(digits):
            return ()
        with self._database.work():
            # Looked at under the lock of the card, so an edit of the school at the same moment is seen or waits.
            filled: list[str] = []

            def fill(card: Card) -> Card | None:
                if card.snils is not None or self.with_snils(digits):
                    return None
                filled.append("snils")
                return replace(card, snils=f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}")

            now = self._now()
            self._card_store.rewrite(person_id, fill, now)
            if filled:
                self._card_store.note_filled(person_id, now)
                journal.append(CardFilled(person_id, tuple(filled)), actor)
        return tuple(filled)

    def import_document(
        self, document: Mapping[str, object] | Document, journal: Journal, actor: Actor, *, is_dry_run: bool = False
    ) -> ImportReport:
        """Bring the directory up to a document: all of it or nothing. Reading the same document again changes nothing.

        Whoever has to do something between reading and writing reads it before (`read_document` as of `today`).

        Raises:
            ImportRefused: with every problem, each with its place in the document.
        """
        now = self._now()
        read = document if isinstance(document, Document) else read_document(document, self.today)
        links = tuple(person.link for person in read.people if person.link is not None)
        with self._database.work():
            people = self._sound(read)
            if not is_dry_run:
                self._store.write_schools(read.schools)
                self._store.write_people(people, now)
                journal.append(PeopleImported(len(read.schools), len(people)), actor)
        return ImportReport(len(read.schools), len(people), links, is_dry_run, read.access)

    def _sound(self, read: Document) -> tuple[PersonEntry, ...]:
        """The people as they will be written: with what is their own and no document takes away.

        Raises:
            ImportRefused: with every problem.
        """
        schools, known = self._store.known(
            (place.school_id for person in read.people for place in person.places),
            (child for person in read.people for child in person.children),
        )
        problems: tuple[Problem, ...] = read.problems or unknown_names(read, schools, known)
        people = self._own_parts.kept(read.people) if not problems else read.people
        problems = problems or self._taken_logins(people)
        if problems:
            raise ImportRefused(problems)
        return people

    def _taken_logins(self, people: tuple[PersonEntry, ...]) -> tuple[Problem, ...]:
        inside = {person.id for person in people}
        prints = [self._cards.of_login(person.card.login) if person.card.login else "" for person in people]
        owners = self._store.login_owners(person.card.login for person in people if person.card.login)
        taken = {login for login, owner in owners.items() if owner not in inside}
        # Two people of the document may come to one login, when one of them has chosen it meanwhile.
        taken |= {login for login, times in Counter(prints).items() if login and times > 1}
        places = [number for number, login in enumerate(prints) if login in taken]
        return tuple(Problem(f"people[{number}].login", "belongs to somebody else") for number in places)
