"""What has to be known, beside the attempt itself, to decide its next step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from broker.clients.client import Client
from broker.connectors.identity import Level
from broker.consent.items import items_of
from broker.directory.person import Person
from broker.linking.standing import DIARY, Stand
from broker.login.asked import Asked
from broker.login.attempt import Attempt
from broker.login.children import names_strange_child
from broker.login.fits import level_is_enough, session_fits, session_may_be_chosen
from broker.login.neighbours import Neighbours
from broker.sessions.session import Session

# Three requests to an upstream at their longest; after that the process that was asking is gone.
RETURNING_FOR = timedelta(seconds=60)
LOGIN_REQUIRED = "login_required"
BAD_DETAILS = "invalid_authorization_details"
UNMET_LEVEL = "unmet_authentication_requirements"


@dataclass(frozen=True, slots=True)
class Facts:
    """`knows_person`: the person of the attempt is proven, by this attempt or by the session alive in this browser.
    `session_fits`: that session may serve the request without a question. `cause` stops the attempt with a page, `error` with an
    answer to the relying party. `missing_items` are what the person has not yet allowed the client to learn. `offers_linking`:
    somebody signed in by diary password alone and has not been asked yet whether to connect Gosuslugi."""

    knows_person: bool
    session_fits: bool
    is_returning: bool
    cause: int | None = None
    error: str = ""
    missing_items: tuple[str, ...] = ()
    offers_linking: bool = False
    session: Session | None = None
    client: Client | None = None
    person: Person | None = None
    stand: Stand | None = None


def gather(rooms: Neighbours, attempt: Attempt, session: Session | None) -> Facts:
    """Look around. `session` is the live one of this browser. Changes nothing."""
    now = rooms.outside.now()
    client = rooms.clients.find(attempt.client_id) if attempt.asked else None
    plain = Facts(
        knows_person=False,
        session_fits=False,
        is_returning=attempt.returned_at is not None and now - attempt.returned_at < RETURNING_FOR,
        session=session,
        client=client,
    )
    if attempt.is_over or attempt.refusal is not None:
        return plain
    if attempt.asked is not None and (client is None or not client.is_enabled):
        return _with(plain, cause=7001 if client is None else 7003)
    if _knows_person(attempt, session, now):
        return _about_person(rooms, attempt, plain)
    return _with(plain, session_fits=_fits(rooms, attempt, session))


def _knows_person(attempt: Attempt, session: Session | None, now: datetime) -> bool:
    if attempt.person_id is None:
        return False
    if attempt.identity is not None or attempt.by_password:
        return True
    is_same = session is not None and session.id == attempt.session_id and session.person_id == attempt.person_id
    return is_same and session is not None and (attempt.asked is None or session_may_be_chosen(attempt.asked, session, now))


def _fits(rooms: Neighbours, attempt: Attempt, session: Session | None) -> bool:
    if session is None or attempt.asked is None or attempt.refuses_session:
        return False
    if not session_fits(attempt.asked, session, rooms.outside.now()):
        return False
    # Somebody who may not use this session any more must reach the button, not a wall.
    return rooms.standing.of(session.person_id, session.connector, session.level, session.authenticated_at).is_allowed


def _about_person(rooms: Neighbours, attempt: Attempt, plain: Facts) -> Facts:
    person_id = attempt.person_id or ""
    connector, level, at = way_in(attempt, plain.session)
    stand = rooms.standing.of(person_id, connector, level, at)
    offers = attempt.by_password and not attempt.has_answered_offer and rooms.links.of_person(person_id) is None
    known = _with(plain, knows_person=True, stand=stand, person=stand.person, offers_linking=offers)
    if stand.person is None or not stand.is_allowed:
        return _with(known, cause=stand.cause or 8001)
    if attempt.asked is None or plain.client is None:
        return known
    if attempt.asked.expected_person_id not in (None, person_id):
        return _with(known, error=LOGIN_REQUIRED)
    if names_strange_child(rooms, plain.client, attempt.asked, person_id):
        return _with(known, error=BAD_DETAILS)
    if not level_is_enough(attempt.asked, connector, level):
        return _with(known, error=UNMET_LEVEL)
    if not role_is_served(plain.client, stand.person, rooms.policies.of_region(attempt.region).local_day(rooms.outside.now())):
        return _with(known, cause=7009)
    return _with(known, missing_items=missing_items(rooms, plain.client, attempt.asked, (person_id, attempt.has_consented)))


def way_in(attempt: Attempt, session: Session | None) -> tuple[str, str, datetime | None]:
    """How the person of the attempt came in: connector, level, and when they showed who they are."""
    if attempt.identity is not None:
        return attempt.identity.connector, attempt.identity.level.value, attempt.authenticated_at
    if attempt.by_password:
        return DIARY, Level.NOT_CONFIRMED.value, attempt.authenticated_at
    return (session.connector, session.level, session.authenticated_at) if session else ("", "", None)


def role_is_served(client: Client, person: Person, day: date) -> bool:
    """Whether the client is for somebody with one of the person's roles of this local day; a client without roles is for all."""
    return not client.roles or any(role.value in client.roles for role in person.roles_on(day))


def missing_items(rooms: Neighbours, client: Client, asked: Asked, whom: tuple[str, bool]) -> tuple[str, ...]:
    """What the person still has to allow. `whom`: the person, and whether they have just answered in this attempt, since
    prompt=consent must ask once, not for ever."""
    person_id, has_answered = whom
    ask_again = "consent" in asked.prompt and not has_answered
    return rooms.consents.missing(client, person_id, items_of(asked.scopes, asked.claims, asked.wishes), ask_again)


def _with(facts: Facts, **changes: Any) -> Facts:
    return replace(facts, **changes)
