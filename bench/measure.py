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


def measure(name: str, act: Callable[[User], None], users: Sequence[User], roots: Sequence[int], plan: Plan) -> Figure:
    """Every user does the operation again and again; the first failure ends the measurement."""
    _loop(act, users, plan.warm_up)
    costs, rates, waits = [], [], []
    for _ in range(plan.runs):
        cpu, clock = cpu_seconds(roots), time.monotonic()
        took = _loop(act, users, plan.seconds)
        cpu, clock = cpu_seconds(roots) - cpu, time.monotonic() - clock
        costs.append(1000 * cpu / len(took))
        rates.append(len(took) / clock)
        waits.extend(took)
    percents = statistics.quantiles(waits, n=100)
    return Figure(
        operation=name,
        cpu_ms=statistics.median(costs),
        cpu_ms_runs=tuple(costs),
        per_second=statistics.median(rates),
        p50_ms=1000 * percents[49],
        p99_ms=1000 * percents[98],
    )


def _loop(act: Callable[[User], None], users: Sequence[User], seconds: float) -> list[float]:
    took: list[float] = []
    failures: list[BaseException] = []
    ends = time.monotonic() + seconds

    def live(user: User) -> None:
        while not failures and (start := time.monotonic()) < ends:
            try:
                act(user)
            except Exception as failure:
                failures.append(failure)
                return
            took.append(time.monotonic() - start)

    threads = [threading.Thread(target=live, args=(user,), daemon=True) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 60)
    if failures:
        raise failures[0]
    return took
