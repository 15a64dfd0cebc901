"""Taking an upstream identity from a person: the link goes, and with it everything that rests on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from broker.audit.event import Actor
from broker.linking.links import Links
from broker.linking.standing import DIARY
from broker.sessions.store import Sessions
from broker.signout.sign_out import Ended, SignOut
from broker.storage.database import Database
from broker.tokens.store import Grants


class UntieCause(Enum):
    """On whose wish; the word stands in the journal."""

    PERSON = "person"
    SCHOOL = "school"
    SECURITY = "security"


@dataclass(frozen=True, slots=True)
class Untied:
    """What ended with the link: live sessions, and how many grants whose session had run out before."""

    sessions: tuple[Ended, ...]
    late_grants: int


class Untying:
    """The one way in which a link ends."""

    def __init__(self, database: Database, links: Links, rests: tuple[Sessions, Grants], sign_out: SignOut):
        self._database = database
        self._links = links
        self._sessions, self._grants = rests
        self._sign_out = sign_out

    def untie(self, person_id: str, cause: UntieCause, actor: Actor) -> Untied | None:
        """Remove a person's link and end their sessions and grants that rest on it, in one unit of work.

        None if there was no link; then nothing is ended. What began with the diary password rests on no link and stays. A sign-in
        being finished with the link meanwhile opens a session that `Standing` refuses: its sign-in is older than any link.
        """
        word = f"untied_{cause.value}"
        with self._database.work():
            if not self._links.untie(person_id, cause.value, actor):
                return None
            resting = [found for found in self._sessions.of_person(person_id) if found.connector != DIARY]
            ended = tuple(self._sign_out.end_session(found.id, word, actor) for found in resting)
            # Offline grants outlive a session that ran out (OpenID Connect Core 11), but not the link they were given on.
            late = [found for found in self._grants.of_person(person_id) if found.authorization.connector != DIARY]
            return Untied(ended, sum(self._sign_out.end_late(found, word, actor) for found in late))
