"""Whether a live session answers a request as it is, or what else the request asks for. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from broker.linking.standing import DIARY
from broker.login.asked import Asked
from broker.sessions.session import Session

_ASKS_FOR_PERSON = frozenset({"login", "select_account"})


def session_fits(asked: Asked, session: Session, now: datetime) -> bool:
    """Nobody asked to sign in again or to choose, and the session is fresh, good and of the right person
    (OpenID Connect Core 3.1.2.1: prompt, max_age, id_token_hint, acr)."""
    return not _ASKS_FOR_PERSON & asked.prompt and session_may_be_chosen(asked, session, now)


def session_may_be_chosen(asked: Asked, session: Session, now: datetime) -> bool:
    """As `session_fits`, when the person has just said "continue" on a page that asked whom to sign in."""
    return (
        "login" not in asked.prompt
        and is_fresh(asked, session.authenticated_at, now)
        and level_is_enough(asked, session.connector, session.level)
        and asked.expected_person_id in (None, session.person_id)
    )


def is_fresh(asked: Asked, authenticated_at: datetime, now: datetime) -> bool:
    """Whether the sign-in is not older than `max_age`; exactly as old still counts."""
    return asked.max_age is None or now - authenticated_at <= timedelta(seconds=asked.max_age)


def level_is_enough(asked: Asked, connector: str, level: str) -> bool:
    """Only an essential `acr` can exclude a level (OpenID Connect Core 5.5.1.1). The diary password is a level of its own: an
    account of Gosuslugi that nobody has confirmed is more than none."""
    return not asked.acr_essential or (DIARY if connector == DIARY else level) in asked.acr_values
