"""The school's work on cases: whose they are, what differs, what was done about it."""

from __future__ import annotations

from dataclasses import dataclass

from broker.audit.event import Actor
from broker.cases.case import CHILDREN_DIFFER, Case, State
from broker.cases.cases import Cases, CaseTaken
from broker.console.school_fixes import DIFFERENT, NOTHING, Fix, fix_of
from broker.directory.hints import Hint, hints
from broker.directory.person import Role
from broker.directory.school_cards import SchoolCards
from broker.directory.school_edits import CardRefused, Wrong
from broker.directory.school_person import NotHere, SchoolPerson
from broker.limits.limits import Limit, Limits
from broker.linking.facts import normal_fields
from broker.messages.outbox import Notices
from broker.storage.database import Database

DUPLICATE = 3108
TAKEN = "case.taken"


@dataclass(frozen=True, slots=True)
class SchoolCase:
    """A case with its card. `person` is None while nobody knows whose it is; `is_homeless`: the card has no school."""

    case: Case
    person: SchoolPerson | None
    is_homeless: bool

    @property
    def fix(self) -> Fix:
        return fix_of(self.case, has_person=self.person is not None, is_homeless=self.is_homeless)

    @property
    def waits_for_us(self) -> bool:
        """Whether the next step is the school's."""
        return self.case.state is State.OPEN and self.fix != NOTHING

    @property
    def is_about_fields(self) -> bool:
        """Whether correcting the card can be the answer: it is open, and something did not match when it failed."""
        return self.case.state is State.OPEN and bool(self.differing) and self.case.real_cause != CHILDREN_DIFFER

    @property
    def differing(self) -> tuple[str, ...]:
        """Fields of which the card does not say what Gosuslugi said."""
        return tuple(field for field, word in self.case.compared if word in DIFFERENT)


@dataclass(frozen=True, slots=True)
class CaseDesk:
    """The actions. Every one takes the cards of the one school it may speak of. `numbers` is how many numbers a member of staff
    may try that lead to nothing."""

    database: Database
    cases: Cases
    notices: Notices
    limits: Limits
    numbers: Limit

    def waiting(self, cards: SchoolCards, *, closed: bool = False) -> tuple[SchoolCase, ...]:
        """The cases of the school's own people, newest first; with `closed` those that are over."""
        people = {one.id: one for one in cards.people()}
        found = self.cases.of_people(tuple(people), closed=closed)
        return tuple(SchoolCase(case, people.get(case.person_id or ""), False) for case in found)

    def get(self, cards: SchoolCards, unverified_number: str, actor: Actor) -> SchoolCase:
        """A case by its number: of an own person, of a card without a school, or of nobody known yet in the school's region.

        Whoever tries numbers until one fits finds, after a while, only the cases that are in the school's list anyway.

        Raises:
            NotHere: no such case, or not the school's, or too many numbers were tried; the answer is one for all.
        """
        case = self.cases.find(unverified_number)
        own = cards.find(case.person_id) if case is not None and case.person_id is not None else None
        if case is not None and own is not None:
            return SchoolCase(case, own, False)
        found = self._of_no_school(cards, case) if case is not None else None
        if found is None:
            self.limits.spend(self.numbers, actor.id)
            raise NotHere
        if not self.limits.look(self.numbers, actor.id).is_allowed:
            raise NotHere
        return found

    def check_again(self, cards: SchoolCards, number: str, actor: Actor) -> SchoolCase:
        """Compare the card as it is now. When everything matches, the person is told to try again."""
        found = self.get(cards, number, actor)
        if found.person is None or found.is_homeless or not found.is_about_fields:
            return found
        compared = self.cases.check_again(found.case, normal_fields(found.person.person))
        if compared and all(word not in DIFFERENT for _, word in compared):
            self._mark_fixed(cards, found, compared, actor)
            return self.get(cards, number, actor)
        return found

    def saved(self, cards: SchoolCards, number: str, person_id: str, changed: tuple[str, ...], actor: Actor) -> None:
        """A card was saved on the way of a case: compare it, or, where nothing was compared, believe that this was it."""
        found = self.get(cards, number, actor)
        if found.person is None or found.person.id != person_id:
            return
        if found.is_about_fields:
            self.check_again(cards, number, actor)
        elif changed and found.fix.deed == "card":
            self.done(cards, number, actor)

    def _of_no_school(self, cards: SchoolCards, case: Case) -> SchoolCase | None:
        if case.person_id is None:
            return SchoolCase(case, None, False) if case.region in ("", cards.school.region) else None
        homeless = cards.find_homeless(case.person_id)
        return None if homeless is None else SchoolCase(case, homeless, True)

    def now_compared(self, found: SchoolCase) -> tuple[tuple[str, str], ...]:
        """Field by field as the card stands at this moment: matches, differs, missing_here or missing_there."""
        if found.person is None or not found.case.compared or found.case.real_cause == CHILDREN_DIFFER:
            # Children are compared at a sign-in: what was said of them then is kept nowhere, not even as a hash.
            return found.case.compared
        return self.cases.check_again(found.case, normal_fields(found.person.person))

    def done(self, cards: SchoolCards, number: str, actor: Actor) -> None:
        """The school has done what the cause asks for (a place, an invitation, a tie): the person should try again."""
        found = self.get(cards, number, actor)
        if found.case.state is State.OPEN:
            self._mark_fixed(cards, found, found.case.compared, actor)

    def attach(self, cards: SchoolCards, number: str, person_id: str, actor: Actor) -> None:
        """Say whose case it is. The person must be of this school, and the case nobody's yet.

        Raises:
            NotHere: no such person here.
            CardRefused: no such case here any more, or somebody was faster, here or at another school; nothing was changed.
        """
        person = cards.get(person_id)
        try:
            found = self.get(cards, number, actor)
            if found.person is not None:
                raise CaseTaken
            with self.database.work():
                self.cases.attach(found.case.id, person.id, actor)
                cards.desk(actor).note("case_attached", person.id)
        except (CaseTaken, NotHere):
            # One answer, also for a number that nobody has: it says nothing of another school's cases.
            raise CardRefused(Wrong("person_id", TAKEN)) from None

    def _mark_fixed(self, cards: SchoolCards, found: SchoolCase, compared: tuple[tuple[str, str], ...], actor: Actor) -> None:
        with self.database.work():
            self.cases.mark_fixed(found.case.id, compared, actor)
            if found.person is None:
                return
            cards.desk(actor).note("case_checked", found.person.id)
            if found.case.real_cause != CHILDREN_DIFFER:
                # Of that one its person has never heard: they are in.
                self.notices.tell(found.person.id, "case_fixed")


def hints_of(cards: SchoolCards, found: SchoolPerson, *, invitation_state: str, has_parents: bool) -> tuple[Hint, ...]:
    """What the school can see on its own card (screens.md 2.7), the state of the invitation and the kin included."""
    own = [hint for hint in hints(found.person, cards.today) if hint.key not in ("no_school", "not_activated")]
    if found.person.activated_at is None:
        own.append(Hint("invitation_unused" if invitation_state else "invitation_none", "activated_at"))
    if found.has_role(Role.PUPIL, cards.today) and not has_parents:
        own.append(Hint("no_parent", "parents"))
    return tuple(own)


def hints_of_differences(differing: tuple[str, ...]) -> tuple[Hint, ...]:
    """Mistakes that only show beside what differs: both names, or the year of birth."""
    swapped = (Hint("names_swapped_possible", "surname"),) if {"surname", "name"} <= set(differing) else ()
    return swapped + ((Hint("year_off_possible", "birth_date"),) if "birth_date" in differing else ())
