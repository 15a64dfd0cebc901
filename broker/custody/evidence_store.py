"""Evidence as it is kept: which place has fetched which announced key, which service asks for tokens from where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from broker.clients.client import Client
from broker.custody.evidence import Evidence, Fetches, Follower, judge
from broker.custody.settings import CustodySettings
from broker.custody.sightings import Asked, Fetch, Noted
from broker.custody.tables import KeyCheckRow, KeyFetchRow, KeyFollowerRow
from broker.storage.columns import UtcInstant
from broker.storage.database import Database
from keys.signing.key import KeyInfo, KeyUse

_FETCH: Any = KeyFetchRow.__table__
_FOLLOWER: Any = KeyFollowerRow.__table__
_CHECK: Any = KeyCheckRow.__table__
_KEPT_FOR = timedelta(days=400)
_BEFORE: Any = bindparam("before_", type_=UtcInstant)
_FETCHES = select(_FETCH.c.place, _FETCH.c.first_at).where(_FETCH.c.kid == bindparam("kid_"))
_FOLLOWERS = select(_FOLLOWER).where(_FOLLOWER.c.last_at >= bindparam("since_", type_=UtcInstant))
_OLD_FOLLOWERS = delete(_FOLLOWER).where(_FOLLOWER.c.last_at < _BEFORE)
_OLD_KIDS = select(_FETCH.c.kid).group_by(_FETCH.c.kid).having(func.max(_FETCH.c.first_at) < _BEFORE)
_OLD_FETCHES = delete(_FETCH).where(_FETCH.c.kid.in_(_OLD_KIDS))
# What a token of ours may be signed with when a client has said nothing (OpenID Connect Discovery 3, JARM 3, RFC 9701 6).
_USUAL = "RS256"


class EvidenceBook:
    """Everything that is known about who follows which key. `mark` makes the fingerprint of a place."""

    def __init__(
        self,
        database: Database,
        find_client: Callable[[str], Client | None],
        mark: Callable[[str], str],
        now: Callable[[], datetime],
        settings: CustodySettings,
    ):
        self._database = database
        self._find_client = find_client
        self._mark = mark
        self._now = now
        self._settings = settings
        make = sqlite.insert if database.is_sqlite else postgresql.insert
        self._add_fetch = make(_FETCH).on_conflict_do_nothing()
        asked = make(_FOLLOWER)
        self._add_follower = asked.on_conflict_do_update(
            index_elements=["client_id", "place"], set_={"last_at": asked.excluded.last_at}
        )
        checked = make(_CHECK)
        self._add_check = checked.on_conflict_do_update(
            index_elements=["client_id"], set_={"passed": checked.excluded.passed, "at": checked.excluded.at}
        )

    def write(self, noted: Sequence[Noted]) -> None:
        """Everything that was noted, in one unit of work; again is harmless."""
        fetches = [one for one in noted if isinstance(one, Fetch)]
        asked = [one for one in noted if isinstance(one, Asked)]
        with self._database.work() as connection:
            if fetches:
                rows = [{"kid": one.kid, "place": self._mark(one.place), "first_at": one.at} for one in fetches]
                connection.execute(self._add_fetch, rows)
            for one in asked:
                place = self._mark(one.place) if one.place else ""
                connection.execute(self._add_follower, {"client_id": one.client_id, "place": place, "last_at": one.at})

    def checked(self, client_id: str, passed: bool) -> None:
        """What the readiness check said of a new key."""
        with self._database.work() as connection:
            connection.execute(self._add_check, {"client_id": client_id, "passed": passed, "at": self._now()})

    def failed_checks(self) -> Mapping[str, datetime]:
        """Services that did not follow a new key at their last readiness check, and when that was."""
        rows = self._database.session.execute(select(_CHECK).where(_CHECK.c.passed.is_(False)))
        return {row.client_id: row.at for row in rows}

    def evidence_of(self, key: KeyInfo) -> Evidence:
        """Which active services have the key. The journal's keys are fetched by nobody who could be seen."""
        if key.use is not KeyUse.TOKENS:
            return Evidence()
        fetched = self._database.session.execute(_FETCHES, {"kid_": key.kid})
        by_place = {row.place: row.first_at for row in fetched}
        passed = self._database.session.execute(select(_CHECK).where(_CHECK.c.passed.is_(True)))
        checked = {row.client_id: row.at for row in passed}
        return judge(key, self._followers(key), Fetches(by_place), checked, self._settings.never_fetches)

    def tidy(self) -> int:
        """Forget what no rotation can be asked about any more; how many rows went."""
        before = {"before_": self._now() - _KEPT_FOR}
        with self._database.work() as connection:
            return sum(connection.execute(statement, before).rowcount for statement in (_OLD_FETCHES, _OLD_FOLLOWERS))

    def _followers(self, key: KeyInfo) -> tuple[Follower, ...]:
        places: dict[str, dict[str, datetime]] = defaultdict(dict)
        since = self._now() - self._settings.active_within
        for row in self._database.session.execute(_FOLLOWERS, {"since_": since}):
            places[row.client_id][row.place] = row.last_at
        return tuple(
            Follower(client_id, max(seen.values()), frozenset(seen) - {""})
            for client_id, seen in sorted(places.items())
            if (client := self._find_client(client_id)) is not None and client.is_enabled and _follows(client, key)
        )


def _follows(client: Client, key: KeyInfo) -> bool:
    """Whether something that the service verifies is signed by keys of this family."""
    used = {client.id_token_signed_response_alg, client.userinfo_signed_response_alg}
    used |= {client.authorization_signed_response_alg or _USUAL, client.introspection_signed_response_alg or _USUAL}
    return not used.isdisjoint(key.algorithms)
