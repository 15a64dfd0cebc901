"""`python -m bench.neutral`: can a clock tell a known login, phone or e-mail from an unknown one?

Run by hand on a quiet machine, not in CI: two samples of answers are compared by the Mann-Whitney U test. A small p says that
the two kinds differ in time; how much, the medians say. Over a network a difference must be far bigger to be heard.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.town import Town, town

# Every try must reach the check itself, so no limit may stop it first.
NO_LIMITS = {
    "BROKER_LIMITS__PASSWORD_TRIES": "1000000",
    "BROKER_LIMITS__PASSWORD_TRIES_IN_ALL": "1000000",
    "BROKER_LIMITS__CODES_PER_NAME": "1000000",
    "BROKER_LIMITS__TRIES_PER_BROWSER": "1000000",
    "BROKER_LIMITS__TRIES_PER_ADDRESS": "1000000",
}
SUSPICIOUS = 0.01


@dataclass(frozen=True, slots=True)
class Question:
    """A form that must not tell: where it is, its fields, and a value of `field` that is known and one that is not."""

    name: str
    start: str
    field: str
    known: str
    unknown: str
    other_fields: tuple[tuple[str, str], ...] = ()


QUESTIONS = (
    Question("invitation, login", "/first", "login", "krylova.diary", "krylovb.diary", (("password", "wrong-one-22"),)),
    Question("diary password, login", "/first", "login", "orlova.diary", "orlovb.diary", (("password", "wrong-one-22"),)),
    Question("code by login", "/recover/start", "name", "orlova.diary", "orlovb.diary"),
    Question("code by e-mail", "/recover/start", "name", "orlova@example.org", "orlovb@example.org"),
    Question("code by a shared e-mail", "/recover/start", "name", "belova@example.org", "belovb@example.org"),
    Question("code by phone", "/recover/start", "name", "+79000000001", "+79000000002"),
    Question("forgotten login by e-mail", "/recover/login", "name", "orlova@example.org", "orlovb@example.org"),
)


def mann_whitney(one: Sequence[float], other: Sequence[float]) -> float:
    """The two-sided p of the U test, by its normal approximation with ties; good for more than twenty values each."""
    ranks = _ranks([*one, *other])
    n, m = len(one), len(other)
    u = sum(ranks[:n]) - n * (n + 1) / 2
    ties = sum(times**3 - times for times in Counter([*one, *other]).values())
    spread = math.sqrt(n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1))))
    return 1.0 if spread == 0 else math.erfc(abs(u - n * m / 2) / spread / math.sqrt(2))


def _ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value, equal ones sharing the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = (start + 1 + end) / 2
        start = end
    return ranks


def asked(built: Town, question: Question, tries: int) -> tuple[list[float], list[float]]:
    """Seconds of the answers for the known and the unknown value, in an order that dice decide."""
    found: dict[str, list[float]] = {question.known: [], question.unknown: []}
    order = [question.known, question.unknown] * tries
    random.shuffle(order)
    for value in order:
        with Browser() as browser:
            form = browser.open(f"{built.issuer}{question.start}").form(question.field)
            typed = {question.field: value, **dict(question.other_fields)}
            found[value].append(_seconds(lambda: browser.submit(form, follow=False, **typed)))  # noqa: B023 -- called at once
    return found[question.known], found[question.unknown]


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> int:
    """Print a line for each form; 1 when one of them can be told apart."""
    parser = argparse.ArgumentParser(prog="python -m bench.neutral", description="Are known names told by a clock?")
    parser.add_argument("--tries", type=int, default=200, help="answers of each kind (default 200)")
    tries = parser.parse_args().tries
    told = False
    with tempfile.TemporaryDirectory() as folder, town(Path(folder), Clock(), NO_LIMITS) as built:
        print(f"{'form':28}{'known ms':>10}{'unknown ms':>12}{'p':>8}")
        for question in QUESTIONS:
            asked(built, question, 5)
            known, unknown = asked(built, question, tries)
            p = mann_whitney(known, unknown)
            told |= p < SUSPICIOUS
            medians = (1000 * statistics.median(known), 1000 * statistics.median(unknown))
            print(f"{question.name:28}{medians[0]:10.2f}{medians[1]:12.2f}{p:8.3f}{'  <- differs' if p < SUSPICIOUS else ''}")
    return int(told)


if __name__ == "__main__":
    raise SystemExit(main())
