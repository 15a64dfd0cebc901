"""What a list would do, line by line, before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from broker.directory.card import Card, Cardbox, Prints
from broker.directory.person import Role
from broker.directory.roster import Entry, RowProblem, Scope
from broker.directory.roster_match import Planned, Unclear, may_be, person_meant, require_free
from broker.directory.roster_store import CardWrite, Found, Known, PlaceHeld, Wanted
from broker.directory.school_person import ShortName, short_name
from broker.foundation.normal_forms import snils_digits

CARD_FIELDS: Final = ("surname", "name", "patronymic", "birth_date", "sex", "snils", "login")
MOST_PROBLEMS: Final = 200
MOST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line of the preview. `fields` are what changes; empty for somebody new."""

    line: int
    name: str
    fields: tuple[str, ...]

    def __repr__(self) -> str:
        return f"ShownLine(line={self.line})"


@dataclass(slots=True)
class _Person:
    line: int
    known: Known | None
    write: CardWrite
    changed: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """What a list would do. `problems` not empty: nothing of it is written."""

    scope: Scope
    problems: list[RowProblem] = field(default_factory=list)
    added: list[ShownLine] = field(default_factory=list)
    changed: list[ShownLine] = field(default_factory=list)
    count_added: int = 0
    count_changed: int = 0
    count_same: int = 0
    writes: list[CardWrite] = field(default_factory=list)
    freed_logins: list[str] = field(default_factory=list)
    kin: list[tuple[str, str]] = field(default_factory=list)
    schools: set[str] = field(default_factory=set)

    @property
    def lines(self) -> int:
        """People the list speaks of."""
        return self.count_added + self.count_changed + self.count_same


class Planner:
    """Takes lines part by part; `find` looks up what a part names, `own` are the people of the school by short name, `new_id`
    makes identifiers."""

    def __init__(
        self,
        scope: Scope,
        cards: Cardbox,
        find: Callable[[Wanted], Found],
        own: Mapping[str, ShortName],
        new_id: Callable[[], str],
    ):
        self._scope = scope
        self._short: dict[ShortName, list[str]] = {}
        for person_id, short in own.items():
            self._short.setdefault(short, []).append(person_id)
        self._cards = cards
        self._find = find
        self._new_id = new_id
        self._planned = Planned()
        self._people: dict[str, _Person] = {}
        self._children: list[tuple[int, str, tuple[str, ...]]] = []
        # Logins that other cards have now: (line, fingerprint, who has it).
        self._claims: list[tuple[int, str, str]] = []
        self._plan = Plan(scope)

    def refuse(self, problems: Iterable[RowProblem]) -> None:
        """Note problems; after two hundred nobody reads on."""
        for problem in problems:
            if len(self._plan.problems) < MOST_PROBLEMS:
                self._plan.problems.append(problem)

    def take(self, entries: Sequence[Entry]) -> None:
        """Plan some lines."""
        printed = [(entry, self._cards.prints(entry.card)) for entry in entries]
        found = self._find(self._wanted(printed))
        for entry, prints in printed:
            try:
                self._take(entry, prints, found)
            except Unclear as unclear:
                self.refuse([RowProblem(entry.line, unclear.field, unclear.message)])

    def finish(self, known_kin: Callable[[Sequence[str]], dict[str, str]]) -> Plan:
        """The whole plan. `known_kin` finds people by code or SNILS for children that are not in the list."""
        self._plan.kin = self._kin(known_kin)
        for line, print_, owner in self._claims:
            kept = self._people[owner].write.card.login if owner in self._people else None
            # Free only if its owner gives it up in this very list.
            if owner not in self._people or (kept is not None and self._cards.of_login(kept) == print_):
                self.refuse([RowProblem(line, "login", "login_taken")])
        for person in self._people.values():
            self._count(person)
        self._people.clear()
        return self._plan

    def _take(self, entry: Entry, prints: Prints, found: Found) -> None:
        person_id = person_meant(entry, prints, self._scope, found, self._planned) or self._by_short_name(entry, found)
        require_free(person_id, prints, found, self._planned)
        person = self._person(entry, person_id, found)
        card = _merged(entry, person.write.card)
        is_second = person.line != entry.line
        if is_second and _contradicts(entry, person.write.card):
            raise Unclear("surname", "differs")
        self._place(entry, person)
        if person.known is not None and self._is_guarded(person.known):
            self._require_unchanged(person, card)
        person.write.card = card
        self._planned.note(person.write.id, card, prints if card == entry.card else self._cards.prints(card))
        self._plan.schools.add(entry.school_id)
        owner = found.by_login.get(prints.login or "")
        if owner is not None and owner != person.write.id:
            self._claims.append((entry.line, prints.login or "", owner))
        if entry.children:
            self._children.append((entry.line, person.write.id, entry.children))

    def _is_guarded(self, known: Known) -> bool:
        """Who may do more than this school, the console of another school included."""
        return not self._scope.is_whole and (known.is_guarded or any(map(self._runs_another, known.places)))

    def _runs_another(self, place: PlaceHeld) -> bool:
        is_held = place.left_on is None or place.left_on > self._scope.today
        return is_held and place.role is Role.SCHOOL_ADMINISTRATOR and place.school_id != self._scope.school_id

    def _by_short_name(self, entry: Entry, found: Found) -> str | None:
        """A list without patronymics means the one card of that name and birth date, not a second person.

        With another patronymic it is a correction or somebody else: only a code or a SNILS can tell.
        """
        alike = [found.cards[one] for one in self._short_named(entry) if one in found.cards]
        alike = [one for one in alike if may_be(entry.card, one.card)]
        if alike and entry.card.patronymic is not None and all(one.card.patronymic for one in alike):
            raise Unclear("patronymic", "alike")
        if len(alike) > 1:
            raise Unclear("surname", "several")
        return alike[0].id if alike else None

    def _short_named(self, entry: Entry) -> list[str]:
        if entry.person_id or entry.card.birth_date is None:
            return []
        return self._short.get(short_name(entry.card.surname, entry.card.name, entry.card.birth_date), [])

    def _wanted(self, printed: Sequence[tuple[Entry, Prints]]) -> Wanted:
        codes = {entry.person_id for entry, _ in printed if entry.person_id}
        return Wanted(
            ids=frozenset(codes.union(*(self._short_named(entry) for entry, _ in printed))),
            snils=frozenset(prints.snils for _, prints in printed if prints.snils),
            names=frozenset(prints.name_birth for _, prints in printed if prints.name_birth),
            logins=frozenset(prints.login for _, prints in printed if prints.login),
        )

    def _person(self, entry: Entry, person_id: str | None, found: Found) -> _Person:
        if person_id is not None and person_id in self._people:
            return self._people[person_id]
        known = found.cards.get(person_id) if person_id is not None else None
        if known is not None:
            write = CardWrite(known.id, known.card, known.version)
        else:
            write = CardWrite(entry.person_id or self._new_id(), replace(entry.card, email=None, phone=None))
        self._people[write.id] = _Person(entry.line, known, write)
        return self._people[write.id]

    def _place(self, entry: Entry, person: _Person) -> None:
        held = [*person.write.places, *(person.known.places if person.known else ())]
        mine = [place for place in held if place.school_id == entry.school_id and place.role is entry.role]
        is_here = [place for place in mine if place.left_on is None or place.left_on > self._scope.today]
        if entry.role is Role.SCHOOL_ADMINISTRATOR and not self._scope.is_whole:
            # Who runs the console is decided above the school; a list of the school may only leave it as it is.
            if not is_here or entry.left_on is not None:
                raise Unclear("role", "role_admin")
            return
        place = next(iter(is_here or mine), None)
        wanted_class = entry.class_name if "class_name" in entry.given else (place.class_name if place else None)
        if entry.role is Role.PUPIL and wanted_class is None and entry.left_on is None:
            raise Unclear("class_name", "class_empty")
        if place is not None and (place.class_name, place.left_on) == (wanted_class, entry.left_on):
            return
        position = place.position if place else 1 + max((one.position for one in held), default=-1)
        fresh = PlaceHeld(position, entry.school_id, entry.role, wanted_class, entry.left_on)
        person.write.places = [one for one in person.write.places if one.position != position] + [fresh]
        person.changed.append("class_name" if place and place.left_on == entry.left_on else "school")

    def _require_unchanged(self, person: _Person, card: Card) -> None:
        if person.changed or card != person.write.card:
            raise Unclear("surname", "guarded")

    def _count(self, person: _Person) -> None:
        card, known, plan = person.write.card, person.known, self._plan
        name = " ".join(filter(None, (card.surname, card.name, card.patronymic)))
        if known is None:
            plan.count_added += 1
            plan.writes.append(person.write)
            if len(plan.added) < MOST_SHOWN:
                plan.added.append(ShownLine(person.line, name, ()))
            return
        fields = [one for one in CARD_FIELDS if getattr(card, one) != getattr(known.card, one)]
        fields += dict.fromkeys(person.changed)
        if not fields:
            plan.count_same += 1
            return
        plan.count_changed += 1
        person.write.is_snils_own = "snils" in fields
        plan.writes.append(person.write)
        if "login" in fields and known.card.login:
            plan.freed_logins.append(known.id)
        if len(plan.changed) < MOST_SHOWN:
            plan.changed.append(ShownLine(person.line, name, tuple(fields)))

    def _kin(self, known_kin: Callable[[Sequence[str]], dict[str, str]]) -> list[tuple[str, str]]:
        unknown = [child for _, _, children in self._children for child in children if self._own_child(child) is None]
        elsewhere = known_kin(tuple(dict.fromkeys(unknown))) if unknown else {}
        pairs = []
        for line, parent, children in self._children:
            for child in children:
                person_id = self._own_child(child) or elsewhere.get(child)
                if person_id is None or person_id == parent:
                    self.refuse([RowProblem(line, "children", "children_unknown")])
                elif self._is_pupil(parent):
                    self.refuse([RowProblem(line, "children", "kin_role")])
                else:
                    pairs.append((parent, person_id))
        return list(dict.fromkeys(pairs))

    def _is_pupil(self, person_id: str) -> bool:
        """Whether somebody of the list is a pupil today, as they will stand after it: a pupil is nobody's parent."""
        person = self._people[person_id]
        before = person.known.places if person.known else ()
        held = {place.position: place for place in (*before, *person.write.places)}
        today = self._scope.today
        return any(one.role is Role.PUPIL and (one.left_on is None or one.left_on > today) for one in held.values())

    def _own_child(self, text: str) -> str | None:
        if text in self._planned.cards:
            return text
        digits = snils_digits(text)
        return self._planned.by_snils.get(self._cards.of_snils(digits)) if digits else None


def _merged(entry: Entry, card: Card) -> Card:
    """The card with what the line gives; an empty cell leaves what is there."""
    given = {one: getattr(entry.card, one) for one in CARD_FIELDS if one in entry.given}
    if "snils" in given and snils_digits(given["snils"]) == snils_digits(card.snils):
        # The same number written in another way is no change.
        given["snils"] = card.snils
    merged = replace(card, **given)
    # One object for equal cards: a list may hold a hundred thousand of them.
    return card if merged == card else merged


def _contradicts(entry: Entry, card: Card) -> bool:
    """Whether a second line about one person says something else than the first."""
    return any(
        getattr(card, one) is not None and getattr(entry.card, one) != getattr(card, one)
        for one in CARD_FIELDS
        if one in entry.given
    )
