"""Whole lists of people in and out, for those who keep the directory of a region."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from broker.audit.event import Actor
from broker.console.refused import Refused
from broker.directory.days import today_of
from broker.directory.roster import TITLES, RosterMoved, RowProblem, Scope
from broker.directory.roster_export import lines_of
from broker.directory.roster_files import FileUnreadable, rows_of, write_list
from broker.directory.roster_import import Rosters
from broker.directory.roster_plan import Plan
from broker.directory.school_cards import SchoolCards, Schools
from broker.directory.school_person import NotHere
from broker.foundation.outside import Outside
from broker.screens.texts import Texts

LIST_FILES: Final = (".csv", ".xlsx")
_SHOWN: Final = 20

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class RosterActions:
    """Lists of one school or, without one, of the whole directory: then every line names its school."""

    rosters: Rosters
    schools: Schools
    outside: Outside
    texts: Texts

    def import_list(
        self, file: Path, school_id: str | None, actor: Actor, progress: Progress, *, is_dry_run: bool
    ) -> Mapping[str, Any]:
        """Bring cards up to a list: all of it or nothing.

        Raises:
            Refused: with the lines and columns that are wrong; nothing was written.
        """
        plan = self._plan(file, school_id, progress)
        if plan.problems:
            raise Refused(self._said(plan.problems))
        if not is_dry_run:
            try:
                self.rosters.apply(plan, actor, lambda done: progress("written", done))
            except RosterMoved:
                raise Refused("Nothing was imported: somebody changed the same cards meanwhile. Run it again.") from None
        counts = {"added": plan.count_added, "changed": plan.count_changed, "unchanged": plan.count_same}
        return {**counts, "kin": len(plan.kin), "is_dry_run": is_dry_run}

    def export_list(self, file: Path, schools: tuple[str, ...], actor: Actor) -> Mapping[str, Any]:
        """Write the people of these schools to a file, one line for every place. Raises Refused."""
        opened = [self._cards(school_id) for school_id in schools]
        count = sum(len(cards.ids()) for cards in opened)
        try:
            write_list(_lines(opened), file)
        except OSError as error:
            raise Refused(f"The file cannot be written ({error.strerror}).") from None
        for cards in opened:
            cards.desk(actor).note_alone("exported")
        return {"schools": len(opened), "people": count, "file": str(file)}

    def _plan(self, file: Path, school_id: str | None, progress: Progress) -> Plan:
        cards = self._cards(school_id) if school_id is not None else None
        scope = Scope(school_id, cards.today if cards else today_of(self.outside.now()))
        own = cards.short_names() if cards else {}
        try:
            with file.open("rb") as content:
                return self.rosters.plan(rows_of(content), scope, own, lambda done: progress("read", done))
        except OSError as error:
            raise Refused(f"The file cannot be read ({error.strerror}).") from None
        except FileUnreadable as unreadable:
            raise Refused(self.texts.get("en", f"school.roster.unreadable.{unreadable.message}")) from None

    def _cards(self, school_id: str) -> SchoolCards:
        try:
            return self.schools.cards(school_id)
        except NotHere:
            raise Refused("There is no such school.") from None

    def _said(self, problems: list[RowProblem]) -> str:
        ordered = sorted(problems, key=lambda one: one.line)
        found = [
            f"line {one.line}, {TITLES.get(one.field, one.field)}: {self.texts.get('en', f'school.roster.problem.{one.message}')}"
            for one in ordered[:_SHOWN]
        ]
        more = f"; and {len(ordered) - _SHOWN} more" if len(ordered) > _SHOWN else ""
        return "Nothing was imported: " + "; ".join(found) + more


def _lines(opened: list[SchoolCards]) -> Iterator[tuple[str, ...]]:
    for cards in opened:
        yield from lines_of((one.person for one in cards.people()), cards.children(), with_school=True)
