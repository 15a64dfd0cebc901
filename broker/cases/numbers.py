"""A number for whoever typed a name and has proven nothing: one a day and name, whether anybody has that name or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from broker.cases.case import Failure
from broker.cases.cases import Cases
from broker.storage.shelf import Shelf
from keys.secrets.fingerprints import Fingerprints

_NUMBER = "case.number"
_DAY = timedelta(hours=24)


class Numbers:
    """Opens cases of people who stand outside. The number must not tell whether the name is somebody's.

    So there is a case for names that nobody has, too, and for the rest of the day the same number is shown again even if its case
    was closed meanwhile, as it is when the owner of the name gets in. The next day brings another number to everybody.
    """

    def __init__(self, cases: Cases, shelf: Shelf, fingerprints: Fingerprints, now: Callable[[], datetime]):
        self._cases = cases
        self._shelf = shelf
        self._fingerprints = fingerprints
        self._now = now

    def number_of(self, unverified_name: str, failure: Failure) -> str:
        """The number of this name's case today. Call it outside a unit of work: it is kept on the shelf."""
        about = f"{failure.cause}\n{self._now().date().isoformat()}\n{unverified_name.strip().casefold()}"
        # As it is written now, and as it may have been before a rotation.
        asked, *before = self._fingerprints.every("case.asked", about)
        for key in (asked, *before):
            if (kept := self._shelf.get(_NUMBER, key)) is not None:
                return kept.decode("ascii")
        number = self._cases.open(replace(failure, asked=asked)).number
        self._shelf.put(_NUMBER, asked, number.encode("ascii"), _DAY)
        return number
