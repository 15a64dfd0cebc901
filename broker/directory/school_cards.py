"""One school's cards: what its staff may see. A page gets `SchoolCards` and nothing wider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from broker.audit.event import Actor
from broker.directory.card_changes import CardChanges
from broker.directory.directory import Directory
from broker.directory.person import Role, School
from broker.directory.school_changes_store import SchoolChangesStore
from broker.directory.school_desk import SchoolDesk
from broker.directory.school_person import NotHere, Relative, SchoolPerson, ShortName, short_name
from broker.directory.school_store import SchoolStore
from broker.foundation.normal_forms import name_form
from broker.foundation.outside import Outside
from broker.storage.database import Database

_MOST_FOUND = 50


@dataclass(frozen=True, slots=True)
class Kin:
    """Parents and children of one person, as far as they are of the school."""

    parents: tuple[Relative, ...]
    children: tuple[Relative, ...]


class SchoolCards:
    """The people of one school, past ones included as long as no other school has them now."""

    def __init__(self, school: School, today: date, store: SchoolStore, desk_of: Callable[[Actor], SchoolDesk]):
        self.school = school
        self.today = today
        self._store = store
        self._desk_of = desk_of

    def people(self) -> tuple[SchoolPerson, ...]:
        """Everybody, by class, surname and name."""
        return tuple(sorted(self._store.people(), key=self._order))

    def find(self, person_id: str) -> SchoolPerson | None:
        """A person of this school, or None."""
        return self._store.find(person_id) if 0 < len(person_id) <= 36 else None

    def get(self, person_id: str) -> SchoolPerson:
        """A person of this school.

        Raises:
            NotHere: of another school, or nobody.
        """
        found = self.find(person_id)
        if found is None:
            raise NotHere
        return found

    def find_homeless(self, person_id: str) -> SchoolPerson | None:
        """Somebody without any school, whose identifier a case has brought here (cause 3109); else None."""
        return self._store.homeless(person_id)

    def ids(self) -> tuple[str, ...]:
        """Identifiers of everybody."""
        return self._store.ids()

    def short_names(self) -> dict[str, ShortName]:
        """Surname, name and birth date of everybody, for a list that leaves patronymics out."""
        return {one.id: short_name(one.person.surname, one.person.name, one.person.birth_date) for one in self._store.people()}

    def kin_of(self, person_id: str) -> Kin:
        """Parents and children of one person."""
        return Kin(self._store.parents_of(person_id), self._store.children_of(person_id))

    def children(self) -> dict[str, tuple[str, ...]]:
        """Children of everybody, by parent, as far as both are of the school."""
        found: dict[str, tuple[str, ...]] = {}
        for parent_id, child_id in self._store.pairs_of_kin():
            found[parent_id] = (*found.get(parent_id, ()), child_id)
        return found

    def search(self, unverified_text: str) -> tuple[SchoolPerson, ...]:
        """Whoever has, for every word typed, a name or a class that begins with it; at most fifty."""
        words = name_form(unverified_text[:200]).split()
        if not words:
            return ()
        found = [one for one in self.people() if all(any(form.startswith(word) for form in self._forms(one)) for word in words)]
        return tuple(found[:_MOST_FOUND])

    def administrators(self) -> int:
        """How many people may run this school's console today."""
        return sum(one.has_role(Role.SCHOOL_ADMINISTRATOR, self.today) for one in self._store.people())

    def desk(self, actor: Actor) -> SchoolDesk:
        """Where this member of staff changes this school's cards."""
        return self._desk_of(actor)

    def _order(self, one: SchoolPerson) -> tuple[int, str, str, str]:
        class_name = self._class_of(one)
        # 2А before 10А.
        number = int("".join(sign for sign in class_name if sign.isdigit())[:3] or 0)
        return (number or 999, class_name, name_form(one.full_name), one.id)

    def _forms(self, one: SchoolPerson) -> list[str]:
        return [*name_form(one.full_name).split(), name_form(self._class_of(one))]

    def _class_of(self, one: SchoolPerson) -> str:
        place = one.place_on(self.today)
        return (place.class_name or "") if place else ""


class Schools:
    """Opens the cards of one school at a time. `day_of` is the local day of a region."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        changes: CardChanges,
        outside: Outside,
        day_of: Callable[[str], date],
    ):
        self._database = database
        self._directory = directory
        self._outside = outside
        self._day_of = day_of
        self.changes = changes

    def cards(self, school_id: str) -> SchoolCards:
        """The cards of one school.

        Raises:
            NotHere: there is no such school.
        """
        school = self._directory.find_school(school_id)
        if school is None:
            raise NotHere
        today = self._day_of(school.region)
        store = SchoolStore(self._database, self._directory, school.id, today)
        rows = SchoolChangesStore(self._database, self._directory.cards, school.id, today)

        def desk_of(actor: Actor) -> SchoolDesk:
            return SchoolDesk(self._database, (store, rows), (school, today), (self.changes, actor), self._outside.now)

        return SchoolCards(school, today, store, desk_of)
