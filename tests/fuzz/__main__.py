"""`python -m tests.fuzz --tries 1000000 --seed 1`: every door, a total at the end. `--guided DOOR`: one door, led by coverage."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random
from types import FunctionType, ModuleType
from typing import Any

from tests.fuzz.door import Door
from tests.fuzz.doors import DOORS
from tests.fuzz.house_doors import house_doors
from tests.fuzz.mutations import bent

# Each endpoint is one of so many tries of a reader: behind it are a database and a session.
_HOUSE_SHARE = 30
# Readers whose branches lead a guided walk.
_LED_THROUGH = ("broker.foundation.", "broker.provider.request.", "broker.provider.caller.", "broker.consent.", "json.")


def walk(doors: Mapping[str, Door], tries: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Knock so many times; how often at which door, and every failure with the bytes that make it again."""
    random, done, failures = Random(seed), Counter[str](), []
    names = list(doors)
    shares = [doors[name].share for name in names]
    for name in random.choices(names, shares, k=tries):
        data = bent(random, doors[name].seeds)
        done[name] += 1
        try:
            doors[name].tried(data)
        except Exception:
            failures.append(f"{name}: {data!r}\n{traceback.format_exc(limit=-4)}")
    return done, failures


def _instrumented(atheris: Any, module: ModuleType) -> None:
    """Only the functions of the readers: everything that is loaded would take minutes."""
    for name, found in list(vars(module).items()):
        if isinstance(found, FunctionType) and found.__module__ == module.__name__:
            setattr(module, name, atheris.instrument_func(found))


def _guided(name: str, tries: int) -> None:
    # Slow to load, and only for this.
    import atheris

    door = DOORS[name]
    for room in [module for path, module in sys.modules.items() if path.startswith(_LED_THROUGH)]:
        _instrumented(atheris, room)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(door.seeds):
            (Path(corpus) / str(number)).write_bytes(seed)
        atheris.Setup([sys.argv[0], corpus, f"-runs={tries}"], door.tried)
        atheris.Fuzz()


def main() -> int:
    """The number of failures, at most 100, is the status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--tries", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--guided", choices=sorted(DOORS), metavar="DOOR")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if asked.guided:
        _guided(asked.guided, asked.tries)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        inner = asked.tries // _HOUSE_SHARE
        done, failures = walk(DOORS, asked.tries - inner, asked.seed)
        at_house, more = walk(house_doors(Path(folder)), inner, asked.seed)
    failures += more
    for name, count in sorted((done + at_house).items()):
        print(f"{count:>9} {name}")
    took = time.monotonic() - began
    print(f"{(done + at_house).total():>9} tries in {took:.0f} s, seed {asked.seed}, {len(failures)} failures")
    for failure in failures[:20]:
        print(failure)
    return min(len(failures), 100)


if __name__ == "__main__":
    sys.exit(main())
