"""`make bench`: CPU of the server for each operation, ours beside npm oidc-provider, in one run on this machine.

The robust figure is CPU per operation: user and system time of the server's processes and its Redis, divided by what was
done. The generator's CPU does not count. With two processors or more, servers and generator are kept apart by `taskset`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.empty import PATH
from bench.measure import Deed, Figure, Plan, measure, peak_mebibytes
from bench.operations import AT_MOST, NO_DEARER, OPERATIONS, User
from bench.subjects import Ready, start_empty, start_ours, start_peer, start_redis
from examples.demo.house import PORTS, DemoHouse
from examples.demo.processes import Crew, DemoFailed
from tests.support.ports import free_ports


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """One provider's column of the table."""

    name: str
    figures: tuple[Figure, ...]
    peak_mebibytes: float


def main() -> int:
    """Measure, print the table; 1 after one sentence when a server does not start."""
    asked = _arguments()
    pin = _keep_apart()
    plan = Plan(asked.seconds, min(3.0, asked.seconds), asked.runs)
    try:
        results = _measured(_subjects(asked, pin), plan, asked.operation or list(OPERATIONS))
    except DemoFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    print(_table(results))
    if asked.json:
        asked.json.write_text(json.dumps([dataclasses.asdict(result) for result in results], indent=2), encoding="utf-8")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="CPU per operation, beside npm oidc-provider.")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of one run (default 8)")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--users", type=int, default=8, help="virtual users in the closed loop (default 8)")
    parser.add_argument("--only", choices=("empty", "ours", "redis", "peer"), help="one of the set-ups")
    parser.add_argument("--operation", action="append", choices=tuple(OPERATIONS), help="may be repeated; all of them otherwise")
    parser.add_argument("--database", help="also measure ours on this empty database (postgresql://...)")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    return parser.parse_args()


def _keep_apart() -> Sequence[str]:
    """Put this process on the last processor and return the words that put a server on the first."""
    mine = sorted(os.sched_getaffinity(0))
    if len(mine) < 2 or not shutil.which("taskset"):
        return ()
    os.sched_setaffinity(0, {mine[-1]})
    return ("taskset", "--cpu-list", str(mine[0]))


Start = Callable[[Crew, Path], Ready]
EMPTY, OURS, PEER = "empty Flask view", "ours", "npm oidc-provider"


def _subjects(asked: argparse.Namespace, pin: Sequence[str]) -> list[tuple[str, Start]]:
    def ours(crew: Crew, state: Path) -> Ready:
        return start_ours(DemoHouse(free_ports(PORTS), state), crew, pin, asked.users)

    def ours_with_stores(crew: Crew, state: Path) -> Ready:
        changes = {
            "BROKER_SHELF__BACKEND": "redis",
            "BROKER_SHELF__URL": f"redis://127.0.0.1:{start_redis(crew, pin, os.environ)}/0",
        }
        if asked.database:
            changes["BROKER_STORAGE__URL"] = asked.database
        return start_ours(DemoHouse(free_ports(PORTS), state, changes), crew, pin, asked.users)

    def peer(crew: Crew, _state: Path) -> Ready:
        return start_peer(crew, pin, os.environ, asked.users)

    def empty(crew: Crew, _state: Path) -> Ready:
        return start_empty(crew, pin, os.environ, asked.users)

    store = "PostgreSQL" if asked.database else "SQLite"
    everything = [(EMPTY, empty, "empty"), ("ours, SQLite", ours, "ours")]
    if shutil.which("redis-server"):
        everything.append((f"ours, {store} + Redis", ours_with_stores, "redis"))
    everything.append((PEER, peer, "peer"))
    return [(name, start) for name, start, kind in everything if asked.only in (None, kind)]


def _nothing(user: User) -> None:
    user.wire.ask("GET", PATH)


def _measured(subjects: Sequence[tuple[str, Start]], plan: Plan, operations: Sequence[str]) -> list[Result]:
    """All providers run at once, and each operation is measured at all of them in turns."""
    with ExitStack() as stack:
        ready = {name: _started(name, start, stack) for name, start in subjects}
        figures: dict[str, list[Figure]] = {name: [] for name in ready}
        for operation in operations:
            deeds = [_deed(name, operation, there) for name, there in ready.items()]
            for name, figure in zip(ready, measure(operation, deeds, plan), strict=True):
                figures[name].append(figure)
                print(f"    {operation}, {name}: {figure.cpu_ms:.2f} ms", flush=True)
        return [Result(name, tuple(figures[name]), peak_mebibytes(there.roots)) for name, there in ready.items()]


def _started(name: str, start: Start, stack: ExitStack) -> Ready:
    print(f"… {name}", flush=True)
    state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
    crew = Crew(state / "logs")
    stack.callback(crew.stop)
    return start(crew, state)


def _deed(name: str, operation: str, ready: Ready) -> Deed:
    if name == EMPTY:
        return Deed(_nothing, ready.users, ready.roots)
    for user in ready.users:
        # The tokens of the last operation may be minutes old.
        user.sign_in_again()
    return Deed(OPERATIONS[operation], ready.users, ready.roots)


def _table(results: Sequence[Result]) -> str:
    rows = ["", "CPU milliseconds an operation: median (least to most); in brackets operations a second, p50 / p99 in ms", ""]
    rows.append("| operation | " + " | ".join(result.name for result in results) + " |")
    rows.append("| --- |" + " --- |" * len(results))
    for operation in OPERATIONS:
        cells = [next((_cell(figure) for figure in result.figures if figure.operation == operation), "—") for result in results]
        if set(cells) != {"—"}:
            rows.append(f"| {operation} | " + " | ".join(cells) + " |")
    rows.append("| peak memory, MiB | " + " | ".join(f"{result.peak_mebibytes:.0f}" for result in results) + " |")
    return "\n".join([*rows, *_beside_others(results)])


def _beside_others(results: Sequence[Result]) -> list[str]:
    """What each operation of ours costs in empty views and in the peer's own, with the goals."""
    costs = {(result.name, figure.operation): figure.cpu_ms_runs for result in results for figure in result.figures}
    rows = ["", "| ours | operation | empty views | goal | of the peer's cost | goal |", "| --- | --- | --- | --- | --- | --- |"]
    for (name, operation), cost in costs.items():
        if name.startswith(OURS):
            floor, peer = costs.get((EMPTY, operation)), costs.get((PEER, operation))
            beside = (_ratio(cost, floor), AT_MOST.get(operation, ""), _ratio(cost, peer), "1" if operation in NO_DEARER else "")
            rows.append(f"| {name} | {operation} | " + " | ".join(map(str, beside)) + " |")
    return rows if len(rows) > 3 else []


def _ratio(costs: Sequence[float], of: Sequence[float] | None) -> str:
    """The median of what each run was beside its neighbour."""
    return f"{statistics.median(cost / other for cost, other in zip(costs, of, strict=True)):.1f}" if of else "—"


def _cell(figure: Figure) -> str:
    runs = f"{min(figure.cpu_ms_runs):.2f} to {max(figure.cpu_ms_runs):.2f}"
    return f"{figure.cpu_ms:.2f} ({runs}) [{figure.per_second:.0f}/s, {figure.p50_ms:.1f} / {figure.p99_ms:.1f}]"


if __name__ == "__main__":
    sys.exit(main())
