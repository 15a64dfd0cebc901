"""Everything of the house that ends or is due to be changed, as one list; and when somebody has to be told. Pure."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

# Before its day, a thing is told of once at each of these.
WARN_DAYS: Final = (60, 30, 7)
# What can be in the calendar; also the labels of the meter, so that there are never more.
WHATS: Final = (
    "signing_key", "audit_key", "secret_key", "master_key", "esia_own", "esia_theirs", "client_secret", "client_certificate",
    "initial_token", "scim_token", "statement_issuer", "opening_key", "mtls_authority", "hsm_pin",
)  # fmt: skip
# What belongs to a service, which has to change it itself.
OF_SERVICES: Final = frozenset({"client_secret", "client_certificate"})
# What is over for so long has been dealt with or was never missed.
_SHOWN_FOR = timedelta(days=30)
_DAY = timedelta(days=1)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DueDate:
    """`what` is a word of WHATS; `name` is how staff call the thing, `mark` tells it from the one after it.

    At `at` it stops working (`ends`), or should be followed by another. `since` is when its life began, if that is known.
    """

    what: str
    name: str
    mark: str
    at: datetime
    since: datetime | None = None
    ends: bool = False

    def days_left(self, now: datetime) -> int:
        """Whole days until then; negative afterwards."""
        return (self.at - now) // _DAY


Source = Callable[[], Iterable[DueDate]]


@dataclass(frozen=True, slots=True)
class Dates:
    """The nearest first. `unread` are the sources that could not be asked: what they know is missing here."""

    all: tuple[DueDate, ...]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """`sources` by a word that says what each knows."""

    sources: Mapping[str, Source]
    now: Callable[[], datetime]

    def look(self) -> Dates:
        """What is due, and what became due not long ago. One source that fails hides none of the others."""
        now, found, unread = self.now(), list[DueDate](), list[str]()
        for name, source in self.sources.items():
            try:
                found += source()
            except ValueError:
                # A certificate or a key file that cannot be read; whoever looks is told.
                _log.error("a source of the calendar cannot be read", extra={"source": name})
                unread.append(name)
        return Dates(in_order(found, now), tuple(unread))


def in_order(dates: Iterable[DueDate], now: datetime) -> tuple[DueDate, ...]:
    """The nearest first, without what has long been over."""
    shown = (one for one in dates if one.at > now - _SHOWN_FOR)
    return tuple(sorted(shown, key=lambda one: (one.at, one.what, one.name, one.mark)))


def stage(date: DueDate, now: datetime) -> int | None:
    """Which of WARN_DAYS has come, the latest of them; None while it is far. A thing that never had so many days is not warned
    of at its birth."""
    left = date.at - now
    life = None if date.since is None else date.at - date.since
    come = [days for days in WARN_DAYS if left <= days * _DAY and (life is None or life > days * _DAY)]
    return min(come, default=None)


def nearest(dates: Sequence[DueDate], now: datetime) -> Mapping[str, float]:
    """Seconds until the nearest date of every kind; infinite where there is none, negative where it has passed."""
    found = dict.fromkeys(WHATS, float("inf"))
    for one in dates:
        found[one.what] = min(found[one.what], (one.at - now).total_seconds())
    return found
