"""Who is asking: the person of a live session, still allowed; for what matters, signed in a moment ago."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Response, request

from broker.account.answers import SIGN_IN_URL, cause_page, see_other
from broker.account.room import AccountRoom
from broker.audit.event import Actor
from broker.directory.person import Person
from broker.linking.facts import person_facts, regions_of
from broker.policy.entry import Entry, entry_of
from broker.policy.rules import LocalPassword
from broker.screens.view import Language, View, view_of
from broker.sessions.endings import TOLD_AS
from broker.sessions.session import Session

# Somebody who found an unlocked computer has the session, but not the person's phone or Gosuslugi password.
FRESH_FOR = timedelta(minutes=10)
UNLINKED_URL = "/me/unlinked"
_UNLINKED = "untied_person"


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a page is written: the language they read, the time zone of their region."""

    language: Language
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person on their own pages."""

    session: Session
    person: Person
    view: View
    reader: Reader

    @property
    def actor(self) -> Actor:
        """Who changes what, for the journal."""
        return Actor("person", self.person.id)


Doing = Callable[[Visitor], Response]


def with_visitor(room: AccountRoom, doing: Doing) -> Response:
    """Do it for the person of the live session. Anybody else is led to the sign-in, or told once why they are out."""
    found = find_visitor(room)
    return doing(found) if found is not None else way_in(room)


def with_fresh(room: AccountRoom, back: str, doing: Doing) -> Response:
    """As `with_visitor`, for what matters: a sign-in older than ten minutes is made anew. `back` is a name of a return place
    (`/login?next=`), the page that was asked for."""

    def fresh(visitor: Visitor) -> Response:
        return doing(visitor) if is_fresh(room, visitor) else see_other(fresh_url(back, visitor.session.region))

    return with_visitor(room, fresh)


def fresh_url(back: str, region: str = "") -> str:
    """Where a new sign-in begins that ends at the place called `back`; `region` saves the person choosing it again."""
    return f"{SIGN_IN_URL}?next={back}&fresh=1" + (f"&region={region}" if region else "")


def is_fresh(room: AccountRoom, visitor: Visitor) -> bool:
    """Whether the person has signed in within the last ten minutes."""
    return room.outside.now() - visitor.session.authenticated_at <= FRESH_FOR


def find_visitor(room: AccountRoom) -> Visitor | None:
    """The person of the live session, if they are still allowed: whoever was untied from a card must not go on reading it."""
    session = room.sessions.current(_cookie(room))
    if session is None:
        return None
    stand = room.standing.of(session.person_id, session.connector, session.level, session.authenticated_at)
    if stand.person is None or not stand.is_allowed:
        return None
    view = view_of(request)
    zone = room.belongings.policies.of_region(session.region).zone_info
    return Visitor(session, stand.person, view, Reader(view.language, zone))


def way_in(room: AccountRoom) -> Response:
    """To the sign-in. A browser whose session was ended from elsewhere is told so, once: the cookie goes with the page."""
    ended = room.sessions.ended_cause(_cookie(room))
    if ended == _UNLINKED:
        return see_other(UNLINKED_URL)
    code = TOLD_AS.get(ended)
    if code is None:
        return see_other(SIGN_IN_URL)
    answer = cause_page(room, code, view_of(request), SIGN_IN_URL)
    answer.delete_cookie(room.cookies.name_of("session"), **room.cookies.flags())
    return answer


def entries_of(room: AccountRoom, person: Person) -> tuple[Entry, ...]:
    """What the rules of the person's regions mean for them today; never empty."""
    policies, now = room.belongings.policies, room.outside.now()
    own = regions_of(person, policies.default.local_day(now)) or ("",)
    found = []
    for region in own:
        policy = policies.of_region(region)
        # Children decide about another thing than contacts and passwords.
        facts = person_facts(person, policy.local_day(now), 0, region)
        found.append(entry_of(policy, facts, now))
    return tuple(found)


def password_lets_in(room: AccountRoom, person: Person) -> bool:
    """Whether the diary password alone opens the door in one of the person's regions today."""
    return any(entry.local_password is LocalPassword.ALLOWED for entry in entries_of(room, person))


def _cookie(room: AccountRoom) -> str | None:
    return request.cookies.get(room.cookies.name_of("session"))
