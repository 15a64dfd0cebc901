"""One person's story, for whoever helps: what happened on a day, what the rules say of it, how things stand now.

Nobody is looked for by name or SNILS: only by the number of a case, or by what a service knows the person by.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from broker.audit.catalogue_staff import SignInsEnded, StoryOpened
from broker.audit.entry import Entry
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.audit.search import Question
from broker.audit.search_store import Search
from broker.cases.case import Case
from broker.cases.cases import Cases
from broker.clients.client import Client
from broker.clients.store import ClientStore
from broker.clients.subjects import subject_of
from broker.console.grounds import require_grounds
from broker.console.people_actions import PauseDesk
from broker.console.policy_actions import AskedPerson, explain_person
from broker.console.refused import Refused
from broker.console.rights import StaffRole
from broker.directory.directory import Directory
from broker.directory.pauses import Pause, PauseReason
from broker.linking.everybody_store import EverybodyStore
from broker.linking.facts import regions_of
from broker.linking.links import Links
from broker.policy.policies import Policies
from broker.sessions.store import Sessions
from broker.storage.database import Database

_MOST: Final = 200
_NOT_FOUND: Final = "Nobody was found. A case opens for fourteen days; a service and its own subject belong together."


@dataclass(frozen=True, slots=True)
class Sought:
    """By `case` number, or by the `subject` that the service `client_id` knows somebody by."""

    case: str = ""
    client_id: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """`person_id` is "" in a case of which nobody knows yet whose it is, `case_number` "" without a case."""

    person_id: str
    case_number: str


@dataclass(frozen=True, slots=True)
class Story:
    """`day` is a local day of `zone`. `rules` is what `broker policy explain` says of that day, with the card of today."""

    found: Found
    day: date
    zone: str
    is_blocked: bool
    pause: Pause | None
    is_connected: bool
    sessions: int
    cases: tuple[Case, ...]
    rules: Mapping[str, Any] | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class StoryDesk:
    """What one person's page needs. `pairwise` makes the subject of a sector, `pause_desk` closes the way in."""

    database: Database
    directory: Directory
    everybody: EverybodyStore
    links: Links
    policies: Policies
    cases: Cases
    clients: ClientStore
    sessions: Sessions
    journal: Journal
    search: Search
    pause_desk: PauseDesk
    pairwise: Callable[[str, str], str]
    now: Callable[[], datetime]

    def open(self, sought: Sought, unverified_grounds: str, actor: Actor) -> Found:
        """Find somebody; the journal keeps who looked and why. Raises Refused: nobody there, or no reason given."""
        grounds = require_grounds(unverified_grounds)
        case = self.cases.find(sought.case) if sought.case else None
        person_id = (case.person_id or "") if case else self._person_of(sought)
        if case is None and not person_id:
            raise Refused(_NOT_FOUND)
        with self.database.work():
            self.journal.append(StoryOpened(case.id if case else "", grounds, person_id or None), actor)
        return Found(person_id, case.number if case else "")

    def tell(self, found: Found, day: date | None = None) -> Story:
        """What happened on a day; without one, on the day of the case, or today."""
        case = self.cases.find(found.case_number) if found.case_number else None
        person = self.directory.find_person(found.person_id) if found.person_id else None
        today = self.now().date()
        region = next(iter(regions_of(person, day or today)), "") if person else ""
        policy = self.policies.of_region(region or (case.region if case else ""))
        asked = day or policy.local_day(case.seen_at if case else self.now())
        own = self.cases.of_people((person.id,)) + self.cases.of_people((person.id,), closed=True) if person else ()
        cases = ((case,) if case and case not in own else ()) + own
        return Story(
            found=found,
            day=asked,
            zone=policy.zone,
            is_blocked=person is not None and person.is_blocked,
            pause=self.pause_desk.pauses.find(person.id) if person else None,
            is_connected=person is not None and self.links.of_person(person.id) is not None,
            sessions=len(self.sessions.of_person(person.id)) if person else 0,
            cases=cases,
            rules=self._rules(person.id, asked, region) if person else None,
            entries=self._entries(found.person_id, cases, asked, policy.zone_info),
        )

    def told(self, sought: Sought, grounds: str, day: date | None, actor: Actor) -> Mapping[str, Any]:
        """The same for programs and the command line, in one step."""
        return described(self.tell(self.open(sought, grounds, actor), day))

    def end_sign_ins(self, person_id: str, unverified_grounds: str, actor: Actor) -> Mapping[str, Any]:
        """End every session and grant of a person. Raises Refused: nobody there, or no reason given."""
        grounds = require_grounds(unverified_grounds)
        if self.directory.find_person(person_id) is None:
            raise Refused("There is no such person.")
        with self.database.work():
            ended = self.pause_desk.sign_out.end_others(person_id, "", "staff", actor)
            self.journal.append(SignInsEnded(person_id, len(ended), grounds), actor)
        return {"person": person_id, "sessions_ended": len(ended)}

    def block(self, person_id: str, unverified_reason: str, actor: Actor) -> Mapping[str, Any]:
        """Close the sign-in; no school opens it again. Raises Refused as PauseDesk.pause, for an unknown reason, and over the
        network for an officer: else one of two would shut the other out alone."""
        try:
            reason = PauseReason(unverified_reason)
        except ValueError:
            raise Refused(f"The reason must be one of: {', '.join(one.value for one in PauseReason)}.") from None
        person = self.directory.find_person(person_id)
        if actor.kind == "staff" and person is not None and StaffRole.SECURITY_OFFICER.value in person.staff_roles:
            raise Refused("An officer is removed first, and that takes two people.")
        return self.pause_desk.pause(person_id, reason, actor)

    def unblock(self, person_id: str, actor: Actor) -> Mapping[str, Any]:
        """Open it again, whoever has closed it. Raises Refused as PauseDesk.resume."""
        return self.pause_desk.resume(person_id, actor)

    def _person_of(self, sought: Sought) -> str:
        """Whom a service knows by a subject, "" for nobody. A subject leads one way only, so everybody's is made and compared."""
        client = self.clients.latest(sought.client_id) if sought.client_id and sought.subject else None
        if client is None:
            return ""
        wanted = sought.subject.encode("utf-8")
        return next((one for one in self.everybody.ids() if self._is_known_by(client, one, wanted)), "")

    def _is_known_by(self, client: Client, person_id: str, subject: bytes) -> bool:
        return hmac.compare_digest(subject_of(client, person_id, self.pairwise).encode("utf-8"), subject)

    def _rules(self, person_id: str, day: date, region: str) -> Mapping[str, Any] | None:
        return explain_person(self.policies, self.directory, self.links, AskedPerson(person_id, day, region, "confirmed"))

    def _entries(self, person_id: str, cases: tuple[Case, ...], day: date, zone: ZoneInfo) -> tuple[Entry, ...]:
        """What the journal tells of that local day: of the person, and of their cases."""
        since, until = (datetime.combine(one, time(), zone).astimezone(UTC) for one in (day, day + timedelta(days=1)))
        asked = [Question(since=since, until=until, object_id=case.id) for case in cases]
        if person_id:
            asked.append(Question(since=since, until=until, person_id=person_id))
        found = {entry.seq: entry for question in asked for entry in self.search.page(question, most=_MOST).entries}
        return tuple(found[seq] for seq in sorted(found))


def described(story: Story) -> Mapping[str, Any]:
    """A story as JSON: identifiers, codes and words only."""
    pause = story.pause
    return {
        "person_id": story.found.person_id or None,
        "day": story.day.isoformat(),
        "zone": story.zone,
        "is_blocked": story.is_blocked,
        "paused": {"at": pause.at.isoformat(), "reason": pause.reason.value} if pause else None,
        "is_connected": story.is_connected,
        "sessions": story.sessions,
        "cases": [
            {"number": one.number, "cause": one.cause, "real_cause": one.real_cause, "state": one.state.value}
            for one in story.cases
        ],
        "rules": dict(story.rules) if story.rules else None,
        "entries": [
            {"seq": one.seq, "at": one.at.isoformat(), "name": one.name, "fields": dict(one.fields)} for one in story.entries
        ],
    }
