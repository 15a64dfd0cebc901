"""Who is signed in at the stand in this browser."""

from __future__ import annotations

import hmac
import secrets
import uuid
from dataclasses import replace

from flask import request
from werkzeug.wrappers import Response

from broker.mock_esia.oauth.grants import Session
from broker.mock_esia.stand import Stand

# Cookies do not know ports, so the name must differ from every neighbour's on 127.0.0.1.
COOKIE = "mock_esia_session"


def find_session(stand: Stand) -> Session | None:
    """The live session of the browser that asks, with the person as the account is now."""
    session = stand.memory.sessions.find(request.cookies.get(COOKIE, ""))
    return session and replace(session, person=stand.people.current(session.person))


def find_person_session(stand: Stand, unverified_login: str, unverified_password: str) -> Session | None:
    """A new session for a right login and password; not yet known to the browser."""
    person = stand.people.by_login.get(unverified_login.strip().lower())
    expected = person.password if person else ""
    right = hmac.compare_digest(expected.encode(), unverified_password.encode())
    if person is None or not right:
        return None
    return Session(person, str(uuid.uuid4()), stand.now())


def begin(stand: Stand, session: Session, answer: Response) -> Response:
    """Give the session to the browser under a fresh name, dropping the one it had."""
    stand.memory.sessions.take(request.cookies.get(COOKIE, ""))
    key = secrets.token_urlsafe(32)
    stand.memory.sessions.put(key, session)
    secure = stand.settings.base_url.startswith("https:")
    answer.set_cookie(COOKIE, key, httponly=True, samesite="Lax", secure=secure, path="/")
    return answer


def end(stand: Stand, answer: Response) -> Response:
    """Forget the session here and in the browser."""
    stand.memory.sessions.take(request.cookies.get(COOKIE, ""))
    answer.delete_cookie(COOKIE, path="/")
    return answer
