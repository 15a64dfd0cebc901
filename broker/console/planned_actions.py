"""The switch "planned work": while it lasts nobody begins to sign in; people read of it from a week before (screens.md A6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from broker.audit.catalogue_house import WorkPlanned, WorkWithdrawn
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.console.refused import Refused
from broker.foundation.outside import Outside
from broker.messages.planned_store import PlannedWork, PlannedWorks
from broker.storage.database import Database

# Nobody can begin to sign in meanwhile, staff neither: a slip of the pen must end by itself.
LONGEST: Final = timedelta(days=3)
FURTHEST: Final = timedelta(days=366)
_TYPED: Final = "%d.%m.%Y %H:%M"


@dataclass(frozen=True, slots=True)
class PlannedDesk:
    """What the page, the JSON API and the command line share. `zone` is that of the house, for times typed without one."""

    database: Database
    journal: Journal
    outside: Outside
    works: PlannedWorks
    zone: str

    def all(self) -> Mapping[str, Any]:
        """What is going on or will, the nearest first."""
        return {"planned": [_shown(one) for one in self.works.ahead(self.outside.now())]}

    def plan(self, unverified_starts: str, unverified_ends: str, actor: Actor) -> Mapping[str, Any]:
        """From one time to another, as `01.12.2026 02:00` in the zone of the house or as RFC 3339; an empty first one is now.

        Raises:
            Refused: a time cannot be read, or the two make no span that may be planned; `field` is `starts_at` or `ends_at`.
        """
        now = self.outside.now()
        starts_at = self._instant("starts_at", unverified_starts) if unverified_starts.strip() else now
        ends_at = self._instant("ends_at", unverified_ends)
        if starts_at < now - timedelta(minutes=1) or starts_at > now + FURTHEST:
            raise Refused("Planned work begins now or within a year.", "starts_at")
        if not starts_at < ends_at <= starts_at + LONGEST:
            raise Refused("Planned work ends after it begins, and within three days.", "ends_at")
        with self.database.work():
            made = self.works.plan(max(starts_at, now), ends_at)
            told = (made.starts_at.isoformat(timespec="seconds"), made.ends_at.isoformat(timespec="seconds"))
            self.journal.append(WorkPlanned(made.id, *told), actor)
        return _shown(made)

    def withdraw(self, planned_id: str, actor: Actor) -> Mapping[str, Any]:
        """Take it back, also when it has begun: people can sign in within ten seconds.

        Raises:
            Refused: it is over, taken back already, or was never there. What the settings say is changed there.
        """
        with self.database.work():
            if not self.works.withdraw(planned_id):
                raise Refused("There is no such planned work ahead.")
            self.journal.append(WorkWithdrawn(planned_id), actor)
        return {"withdrawn": planned_id}

    def _instant(self, field: str, unverified: str) -> datetime:
        text = unverified.strip()[:40]
        try:
            return datetime.strptime(text, _TYPED).replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        try:
            found = datetime.fromisoformat(text)
            if found.tzinfo is not None:
                return found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise Refused("A time is written such as 01.12.2026 02:00 or 2026-12-01T02:00+03:00.", field)


def _shown(one: PlannedWork) -> dict[str, Any]:
    return {"id": one.id, "starts_at": one.starts_at.isoformat(), "ends_at": one.ends_at.isoformat()}
