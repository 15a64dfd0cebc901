"""The morning after: a rule begins, somebody is of age, a school year ends.

Whoever may not be here any more is signed out, and the services hear of it. Without this they would only be refused at their next
step here, and the services would hear nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from broker.audit.event import SYSTEM
from broker.linking.standing import Standing
from broker.policy.policies import Policies
from broker.sessions.live_store import LiveSessions
from broker.signout.sign_out import SignOut
from broker.storage.shelf import Shelf

CAUSE = "policy"
_STEP = 50
_HOUR = timedelta(hours=1)


class NewDay:
    """In every hour the sessions of those regions where a day has just begun. One worker of all has the hour."""

    def __init__(self, live: LiveSessions, standing: Standing, sign_out: SignOut, policies: Policies, shelf: Shelf):
        self._live = live
        self._standing = standing
        self._sign_out = sign_out
        self._policies = policies
        self._shelf = shelf
        self._hour: datetime | None = None
        self._regions: tuple[str, ...] = ()
        self._after = ""

    def step(self) -> bool:
        """Look at a few sessions, if this worker has the hour; whether there is more."""
        self._begin(self._live.now().replace(minute=0, second=0, microsecond=0))
        if not self._regions:
            return False
        found = self._live.step(self._regions, self._after, _STEP)
        for one in found:
            stand = self._standing.of(one.person_id, one.connector, one.level, one.authenticated_at)
            if not stand.is_allowed:
                self._sign_out.end_session(one.id, CAUSE, SYSTEM)
        if len(found) < _STEP:
            self._regions = ()
            return False
        self._after = found[-1].id
        return True

    def _begin(self, hour: datetime) -> None:
        if hour == self._hour:
            return
        self._hour, self._regions, self._after = hour, (), ""
        if self._shelf.claim("new_day", hour.isoformat(), 2 * _HOUR):
            self._regions = tuple(region for region in self._live.regions() if self._has_begun(region, hour))

    def _has_begun(self, region: str, hour: datetime) -> bool:
        policy = self._policies.of_region(region)
        return policy.local_day(hour) != policy.local_day(hour - _HOUR)
