"""Which worker runs what: a file is one worker's, so that what its tests share is built once; what takes longest comes first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest
from xdist.scheduler import LoadGroupScheduling

# As measured (docs/testing.md): a worker that begins one of these last leaves the others without work.
LONGEST: Final = (
    "tests/browser/",
    "tests/relying_parties/",
    "tests/journeys/",
    "tests/rooms/screens/",
)


class Shifts(LoadGroupScheduling):
    """The groups of `xdist_group` marks; whatever has none goes by its file."""

    def _split_scope(self, nodeid: str) -> str:
        group: str = super()._split_scope(nodeid)
        return nodeid.partition("::")[0] if group == nodeid else group


def longest_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The same tests; within a folder the order stays."""
    return sorted(items, key=_rank)


def _rank(item: pytest.Item) -> int:
    found = [place for place, path in enumerate(LONGEST) if item.nodeid.startswith(path)]
    return found[0] if found else len(LONGEST)
