"""The front of the room for the provider: is this browser ready, begin a login, collect its result."""

from __future__ import annotations

from dataclasses import dataclass

from broker.audit.catalogue import LoginStarted
from broker.audit.event import Actor
from broker.directory.person import Person
from broker.login.asked import Asked
from broker.login.attempts import Gone, NoCookie, OtherBrowser
from broker.login.children import names_strange_child
from broker.login.facts import LOGIN_REQUIRED, missing_items, role_is_served
from broker.login.fits import session_fits
from broker.login.neighbours import Neighbours
from broker.login.region import first_region
from broker.login.visit import address_of
from broker.sessions.session import Session

_LONGEST_COOKIE = 64


@dataclass(frozen=True, slots=True)
class Ready:
    """The live session serves the request as it is."""

    session: Session
    person: Person


@dataclass(frozen=True, slots=True)
class Needs:
    """The person must come to a page of ours. `reason`: login, consent or refused; `cause` is a catalogue code for the last."""

    reason: str
    cause: int = 0


@dataclass(frozen=True, slots=True)
class Started:
    """Where to send the browser, and the value of the cookie "browser" to set, None if it has one already."""

    path: str
    browser_cookie: str | None


@dataclass(frozen=True, slots=True)
class Finished:
    """How a login ended. Either `error` is an OAuth error code, or session and person are there and `granted` are the scopes."""

    asked: Asked
    error: str = ""
    session: Session | None = None
    person: Person | None = None
    granted: tuple[str, ...] = ()


class LoginDesk:
    """What the provider may ask of a login."""

    def __init__(self, rooms: Neighbours):
        self._rooms = rooms

    def standing(self, asked: Asked, session: Session | None) -> Ready | Needs:
        """Whether a live session of this browser answers the request without a page. Changes nothing."""
        rooms = self._rooms
        if session is None or not session_fits(asked, session, rooms.outside.now()):
            return Needs("login")
        client = rooms.clients.find(asked.client_id)
        if client is None or not client.is_enabled:
            return Needs("refused", 7003)
        # Before anything about the person shows in the kind of answer: a service that was allowed nothing learns nothing.
        if missing_items(rooms, client, asked, (session.person_id, False)):
            return Needs("consent")
        if names_strange_child(rooms, client, asked, session.person_id):
            return Needs("refused", 7004)
        stand = rooms.standing.of(session.person_id, session.connector, session.level, session.authenticated_at)
        if stand.person is None or not stand.is_allowed:
            return Needs("refused", stand.cause)
        day = rooms.policies.of_region(session.region).local_day(rooms.outside.now())
        if not role_is_served(client, stand.person, day):
            return Needs("refused", 7009)
        return Ready(session, stand.person)

    def start(self, asked: Asked, resume_url: str, browser_cookie: str | None) -> Started:
        """Begin an attempt. The browser comes back to `resume_url` with the parameter `attempt` added."""
        rooms = self._rooms
        client = rooms.clients.find(asked.client_id)
        region = first_region(rooms, (asked.region, client.default_region if client else "", ""), "")
        known = browser_cookie if browser_cookie and len(browser_cookie) <= _LONGEST_COOKIE else None
        secret = known or rooms.outside.token()
        attempt = rooms.attempts.begin(asked, resume_url, secret, region)
        with rooms.database.work():
            rooms.journal.append(LoginStarted(asked.client_id, region), Actor("client", asked.client_id))
        return Started(address_of(attempt), None if known else secret)

    def collect(self, attempt_id: str, browser_cookie: str | None) -> Finished | None:
        """The result of a login, once. None when there is none for this browser: unknown, unfinished, late or used."""
        rooms = self._rooms
        try:
            found = rooms.attempts.find(attempt_id, browser_cookie)
        except (NoCookie, OtherBrowser):
            return None
        if isinstance(found, Gone) or found.asked is None or not found.is_over:
            return None
        taken = rooms.attempts.take(found)
        if taken is None or taken.asked is None or not taken.is_over:
            return None
        if taken.error:
            return Finished(taken.asked, error=taken.error)
        return self._finished(taken.asked, taken.session_id or "")

    def _finished(self, asked: Asked, session_id: str) -> Finished:
        session = self._rooms.sessions.find(session_id)
        if session is None:
            # Signed out between the last page and here.
            return Finished(asked, error=LOGIN_REQUIRED)
        stand = self._rooms.standing.of(session.person_id, session.connector, session.level, session.authenticated_at)
        if stand.person is None or not stand.is_allowed:
            return Finished(asked, error="access_denied")
        return Finished(asked, session=session, person=stand.person, granted=asked.scopes)
