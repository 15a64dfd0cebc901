"""FINISH: the session is opened and the browser goes back to where it was sent from. ANSWER: only the going back."""

from __future__ import annotations

from flask import Response

from broker.audit.catalogue import LoginFinished, LoginRefused
from broker.audit.event import Actor
from broker.login.afterwards import is_new_device, settle, tell_of_device
from broker.login.attempt import Attempt
from broker.login.causes_shown import page_of, refusal_of
from broker.login.facts import way_in
from broker.login.neighbours import Neighbours
from broker.login.visit import Visit, back_to_dispatcher, see_other
from broker.sessions.known import COOKIE as KNOWN
from broker.sessions.known import KEPT_FOR
from broker.sessions.opening import Opening
from broker.sessions.session import Session

# The journal speaks in causes; these have no page, the relying party is told instead.
_BY_PASSWORD = ("pwd",)  # RFC 8176
_CAUSE_OF_ERROR = {"login_required": 7006, "unmet_authentication_requirements": 7008}


def finish(rooms: Neighbours, visit: Visit) -> Response:
    """Open a session, or let the one that is alive serve this relying party too. Exactly one request does it."""
    attempt = visit.attempt
    if not rooms.attempts.may_finish(attempt):
        return wait(rooms, visit)
    if not rooms.attempts.is_still(attempt):
        # A request that was slow to come here: its twin has finished long ago.
        return back_to_dispatcher(attempt)
    if attempt.identity is None and not attempt.by_password:
        session, cookie = _joined(rooms, visit), None
    else:
        session, cookie = _opened(rooms, visit)
    done = attempt.finished(session.id, rooms.outside.now())
    rooms.attempts.save(done)
    response = _sent_back(rooms, done)
    if cookie is not None:
        response.set_cookie(rooms.cookies.name_of("session"), cookie, **rooms.cookies.flags())
        _remember_device(rooms, visit, response)
    return response


def answer(rooms: Neighbours, visit: Visit) -> Response:
    """Bring the browser back with what there is: a finished login, or an error for the relying party."""
    attempt = visit.attempt
    if not attempt.is_over:
        cause = _CAUSE_OF_ERROR.get(visit.facts.error, 7004)
        with rooms.database.work():
            event = LoginRefused(attempt.client_id, cause, attempt.region, attempt.person_id)
            rooms.journal.append(event, Actor("person", attempt.person_id or ""))
        attempt = attempt.answered(visit.facts.error)
        rooms.attempts.save(attempt)
    return _sent_back(rooms, attempt)


def wait(rooms: Neighbours, visit: Visit) -> Response:
    """WAIT: another request of this browser is at work on the attempt; the page leads back to the dispatcher."""
    return page_of(rooms, visit.attempt, refusal_of(rooms, 1004), visit.view)


def _opened(rooms: Neighbours, visit: Visit) -> tuple[Session, str]:
    attempt, person = visit.attempt, visit.facts.person
    if person is None or person.id != attempt.person_id:
        raise RuntimeError("a session cannot be opened for nobody")
    opening = _opening(visit, person.id)
    with rooms.database.work():
        before = rooms.sessions.current(visit.brought.session)
        if before is not None and before.person_id != person.id:
            # Somebody else sits at this computer now: what hung on the first one's session ends with it.
            rooms.end_session(before.id, "replaced", Actor("person", person.id))
        if is_new_device(rooms, person.id, opening.device):
            tell_of_device(rooms, person.id, opening.device, (visit.view.language, attempt.region))
        # Before the session's row: whoever changes a person's rows locks the person first, and PostgreSQL would see a deadlock.
        settle(rooms, attempt, person)
        session, cookie = rooms.sessions.open(opening)
        if attempt.client_id:
            rooms.sessions.note_client(session.id, attempt.client_id)
        event = LoginFinished(person.id, session.id, attempt.client_id, attempt.region, opening.level)
        rooms.journal.append(event, Actor("person", person.id))
    rooms.health.spoke()
    return session, cookie


def _remember_device(rooms: Neighbours, visit: Visit, response: Response) -> None:
    """Whoever tries this person's login elsewhere from now on cannot close it here."""
    login = visit.facts.person.login if visit.facts.person is not None else None
    if login:
        value = rooms.known.with_login(visit.brought.known, login)
        response.set_cookie(rooms.cookies.name_of(KNOWN), value, max_age=KEPT_FOR, **rooms.cookies.flags())


def _opening(visit: Visit, person_id: str) -> Opening:
    attempt, identity = visit.attempt, visit.attempt.identity
    connector, level, at = way_in(attempt, None)
    return Opening(
        person_id=person_id,
        connector=connector,
        level=level,
        methods=identity.methods if identity is not None else _BY_PASSWORD,
        region=attempt.region,
        authenticated_at=at,
        unverified_cookie=visit.brought.session,
        device=visit.brought.device,
    )


def _joined(rooms: Neighbours, visit: Visit) -> Session:
    session = visit.facts.session
    if session is None or session.person_id != visit.attempt.person_id:
        raise RuntimeError("a session cannot be joined that is not there")
    if visit.attempt.client_id:
        rooms.sessions.note_client(session.id, visit.attempt.client_id)
    return session


def _sent_back(rooms: Neighbours, attempt: Attempt) -> Response:
    if attempt.asked is None:
        return see_other(attempt.resume_url)
    joint = "&" if "?" in attempt.resume_url else "?"
    return see_other(f"{attempt.resume_url}{joint}attempt={attempt.id}")
