"""broker policy simulate"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TextIO

from broker.console import simulate_actions
from broker.console.cli.command import Answer, At, Command
from broker.console.refused import Refused
from broker.linking.simulation import Rules, Simulated, Simulation
from broker.policy.rules import RegionPolicy

_BAR = 30


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--on", type=date.fromisoformat, required=True, help="a local day of each region, YYYY-MM-DD")
    parser.add_argument("--from", type=date.fromisoformat, dest="from_on", help="the day to compare with; default today")
    parser.add_argument("--rules", type=Path, help="a region file to suppose on that day; default the files in use")
    parser.add_argument("--directory", type=Path, help="the region files in use; default those of the settings")
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table")
    parser.add_argument("--people", type=Path, help="write a line of CSV for every person for whom something changes")
    parser.add_argument("--progress", action="store_true", help="show a bar even if standard error is no terminal")


def _simulate(asked: Namespace, at: At) -> Answer:
    directory = asked.directory or Path(at.settings.regions_directory)
    question = simulate_actions.Question(asked.on, asked.from_on, directory, asked.rules)
    used, supposed = simulate_actions.policies_of(question)
    rooms, now = at.rooms(), at.outside.now()

    def today(policy: RegionPolicy) -> date:
        return policy.local_day(now)

    before, after = Rules(used, question.from_on, today), Rules(supposed, question.on, today)
    simulation = Simulation(rooms.database, rooms.directory, before, after)
    progress = _bar(simulation.count()) if asked.progress or sys.stderr.isatty() else _silent
    with _people_file(asked.people) as note:
        answer = dict(simulate_actions.report(simulation, question, progress, note))
    if problems := simulate_actions.early_changes(used, supposed, now):
        answer["not_allowed_yet"] = list(problems)
    asked.json = asked.json or asked.format == "json"
    return {"csv": simulate_actions.as_csv(answer)} if asked.format == "csv" and not asked.json else answer


def _silent(_done: int) -> None:
    """Nobody is looking."""


def _bar(total: int) -> Callable[[int], None]:
    def show(done: int) -> None:
        full = _BAR * done // max(total, done, 1)
        end = "\n" if done >= total else ""
        print(f"\r[{'#' * full}{'.' * (_BAR - full)}] {done} of {total}", end=end, file=sys.stderr, flush=True)

    return show


@contextmanager
def _people_file(path: Path | None) -> Iterator[Callable[[Simulated], None]]:
    if path is None:
        yield lambda _one: None
        return
    try:
        file: TextIO = path.open("w", encoding="utf-8")
    except OSError as error:
        raise Refused(f"--people: the file cannot be written ({error.strerror}).") from None
    with file:
        print(simulate_actions.person_headings(), file=file)
        yield lambda one: print(simulate_actions.person_line(one), file=file)


COMMANDS = (
    Command(("policy", "simulate"), "Who gains and loses access on another day or by other rules", _arguments, _simulate),
)
