"""The measuring itself: CPU and memory of a process tree, and a closed loop of virtual users."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.operations import User

_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True, slots=True)
class Figure:
    """One operation at one provider: medians over the runs; CPU counts the server and its stores, not the generator."""

    operation: str
    cpu_ms: float
    cpu_ms_runs: tuple[float, ...]
    per_second: float
    p50_ms: float
    p99_ms: float


def tree_of(roots: Iterable[int]) -> list[int]:
    """These processes and everything they started."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = list(roots)
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def cpu_seconds(roots: Iterable[int]) -> float:
    """User and system time of the tree so far."""
    total = 0
    for pid in tree_of(roots):
        if fields := _stat(pid):
            total += int(fields[11]) + int(fields[12])
    return total / _TICK


def peak_mebibytes(roots: Iterable[int]) -> float:
    """Sum of the largest resident sizes so far; pages shared after a fork are counted in each process."""
    total = 0
    for pid in tree_of(roots):
        try:
            lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
        except FileNotFoundError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return total / 1024


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; [] when the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


@dataclass(frozen=True, slots=True)
class Plan:
    """How long: `seconds` a run after `warm_up` seconds, `runs` times."""

    seconds: float
    warm_up: float
    runs: int


@dataclass(frozen=True, slots=True)
class Deed:
    """What the users of one provider do; `roots` are the processes whose CPU counts."""

    act: Callable[[User], None]
    users: Sequence[User]
    roots: Sequence[int]


def measure(name: str, deeds: Sequence[Deed], plan: Plan) -> list[Figure]:
    """Every user does the operation again and again; the first failure ends the measurement.

    The providers take turns, run by run: the machine's speed drifts within minutes, and what stands side by side is to share it.
    """
    for deed in deeds:
        _loop(deed, plan.warm_up)
    runs: list[list[_Run]] = [[] for _ in deeds]
    for _ in range(plan.runs):
        for deed, done in zip(deeds, runs, strict=True):
            done.append(_run(deed, plan.seconds))
    return [_figure(name, done) for done in runs]


@dataclass(frozen=True, slots=True)
class _Run:
    cpu_ms: float
    per_second: float
    took: Sequence[float]


def _run(deed: Deed, seconds: float) -> _Run:
    cpu, clock = cpu_seconds(deed.roots), time.monotonic()
    took = _loop(deed, seconds)
    cpu, clock = cpu_seconds(deed.roots) - cpu, time.monotonic() - clock
    return _Run(1000 * cpu / len(took), len(took) / clock, took)


def _figure(name: str, runs: Sequence[_Run]) -> Figure:
    percents = statistics.quantiles([wait for run in runs for wait in run.took], n=100)
    return Figure(
        operation=name,
        cpu_ms=statistics.median(run.cpu_ms for run in runs),
        cpu_ms_runs=tuple(run.cpu_ms for run in runs),
        per_second=statistics.median(run.per_second for run in runs),
        p50_ms=1000 * percents[49],
        p99_ms=1000 * percents[98],
    )


def _loop(deed: Deed, seconds: float) -> list[float]:
    took: list[float] = []
    failures: list[BaseException] = []
    ends = time.monotonic() + seconds

    def live(user: User) -> None:
        while not failures and (start := time.monotonic()) < ends:
            try:
                deed.act(user)
            except Exception as failure:
                failures.append(failure)
                return
            took.append(time.monotonic() - start)

    threads = [threading.Thread(target=live, args=(user,), daemon=True) for user in deed.users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 60)
    if failures:
        raise failures[0]
    return took
