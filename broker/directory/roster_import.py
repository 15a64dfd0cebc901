"""Bringing cards up to a school's list: looked at first, then written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeVar

from broker.audit.catalogue import PeopleImported
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.directory.card_changes import CardChanges, Change
from broker.directory.directory import Directory
from broker.directory.roster import Entry, RawRow, RosterRefused, RowProblem, Scope
from broker.directory.roster_plan import MOST_PROBLEMS, Plan, Planner
from broker.directory.roster_rows import read_row
from broker.directory.roster_store import Found, RosterStore, Wanted
from broker.directory.school_person import ShortName
from broker.foundation.normal_forms import snils_digits
from broker.foundation.outside import Outside
from broker.storage.database import Database

_PART: Final = 1000

T = TypeVar("T")
# Told how many lines are done; called often, so it must be cheap.
Progress = Callable[[int], None]


class Rosters:
    """Lists in: `plan` says what would happen, `apply` does exactly that."""

    def __init__(
        self, database: Database, directory: Directory, changes: CardChanges, journal: Journal, outside: Outside
    ):
        self._database = database
        self._directory = directory
        self._changes = changes
        self._journal = journal
        self._outside = outside
        self._store = RosterStore(database, directory.cards)

    def plan(self, rows: Iterable[RawRow], scope: Scope, own: Mapping[str, ShortName], progress: Progress) -> Plan:
        """What the list would do. `own` are the people a school may touch; empty for the whole directory.

        Raises:
            FileUnreadable: from the rows.
        """

        def may_touch(person_id: str) -> bool:
            return scope.is_whole or person_id in own

        def find(wanted: Wanted) -> Found:
            return self._store.find(wanted, may_touch)

        planner = Planner(scope, self._directory.cards, find, own, self._outside.uuid)
        known = frozenset(school.id for school in self._directory.schools()) if scope.is_whole else frozenset()
        done = 0
        for part in _parts(rows):
            read = [read_row(row, scope) for row in part]
            entries = [one for one in read if isinstance(one, Entry)]
            for one in read:
                if not isinstance(one, Entry):
                    planner.refuse(one)
            strange = [one for one in entries if scope.is_whole and one.school_id not in known]
            planner.refuse(RowProblem(one.line, "school", "school_unknown") for one in strange)
            planner.take([one for one in entries if one not in strange] if strange else entries)
            done += len(part)
            progress(done)
        return planner.finish(lambda names: self._kin(names, may_touch))

    def apply(self, plan: Plan, actor: Actor, progress: Progress) -> None:
        """Write the plan: all of it or nothing.

        Raises:
            RosterRefused: it has problems.
            RosterMoved: somebody changed the same cards since it was made.
        """
        if plan.problems:
            raise RosterRefused(tuple(plan.problems[:MOST_PROBLEMS]))
        now, done = self._outside.now(), 0
        with self._database.work():
            self._store.free_logins(plan.freed_logins)
            # Cards are locked in one order, so that two lists at once wait for each other instead of for ever.
            ordered = sorted(plan.writes, key=lambda one: one.id)
            for part in _parts(ordered):
                self._store.write(part, now)
                done += len(part)
                progress(done)
            self._store.write_kin(plan.kin)
            if plan.writes or plan.kin:
                self._note(plan, actor)

    def _note(self, plan: Plan, actor: Actor) -> None:
        for school_id in sorted(plan.schools):
            self._changes.note(Change(school_id, "imported"), actor)
        self._journal.append(PeopleImported(0, len(plan.writes)), actor)

    def _kin(self, names: Sequence[str], may_touch: Callable[[str], bool]) -> dict[str, str]:
        """People by code or SNILS, as far as the list may touch them."""
        prints = {name: self._directory.cards.of_snils(digits) for name in names if (digits := snils_digits(name))}
        wanted = Wanted(frozenset(names), frozenset(prints.values()), frozenset(), frozenset())
        found = self._store.find(wanted, may_touch)
        by_name = {name: name for name in names if name in found.cards}
        for name, print_ in prints.items():
            own = [one for one in found.by_snils.get(print_, ()) if one in found.cards]
            if len(own) == 1:
                by_name[name] = own[0]
        return by_name


def _parts(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while part := list(islice(rest, _PART)):
        yield part
