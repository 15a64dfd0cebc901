"""Whether a live session answers a request as it is, or what else the request asks for. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from broker.connectors.identity import Level, is_gosuslugi
from broker.linking.standing import DIARY
from broker.login.asked import Asked
from broker.sessions.session import Session

_SUREST_FIRST = (Level.CONFIRMED.value, Level.CHILD.value, Level.NOT_CONFIRMED.value, DIARY)
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
        and ("none" in asked.prompt or level_is_as_wished(asked, session.connector, session.level))
        and asked.expected_person_id in (None, session.person_id)
    )


def is_fresh(asked: Asked, authenticated_at: datetime, now: datetime) -> bool:
    """Whether the sign-in is not older than `max_age`; exactly as old still counts. Zero is prompt=login (OpenID Connect Core
    3.1.2.1): no sign-in is fresh enough, not even one of this instant or by a clock that runs ahead of ours."""
    return asked.max_age is None or (asked.max_age > 0 and now - authenticated_at <= timedelta(seconds=asked.max_age))


def level_is_enough(asked: Asked, connector: str, level: str) -> bool:
    """Only an essential `acr` can exclude a level (OpenID Connect Core 5.5.1.1), and what the service demands of everybody. The
    diary password is a level of its own: an account of Gosuslugi that nobody has confirmed is more than none."""
    rung = _rung(connector, level)
    return _is_at_least(rung, asked.least_level) and (not asked.acr_essential or rung in asked.acr_values)


def level_is_as_wished(asked: Asked, connector: str, level: str) -> bool:
    """Whether a sign-in reached one of the levels that were wished for, or a surer one.

    A session that did not is not used: the person signs in anew and may do better (step-up, RFC 9470 4). What they reach then is
    told, whatever it is, and where no page may be shown it is told at once, for a wish must not become an error (OpenID Connect
    Core 5.5.1.1).
    """
    if not asked.acr_values:
        return True
    places = [_SUREST_FIRST.index(wished) for wished in asked.acr_values if wished in _SUREST_FIRST]
    rung = _rung(connector, level)
    return not places or (rung in _SUREST_FIRST and _SUREST_FIRST.index(rung) <= max(places))


def why_again(asked: Asked, session: Session | None, now: datetime) -> str:
    """Why whoever is (or is not) signed in sees the first page: "surer" when the service wants a confirmed account and nothing
    less, "again" when it wants a new sign-in, "" when there is nothing to say."""
    if _wants_confirmed(asked, session):
        return "surer"
    if session is not None and ("login" in asked.prompt or not is_fresh(asked, session.authenticated_at, now)):
        return "again"
    return ""


def _wants_confirmed(asked: Asked, session: Session | None) -> bool:
    surest = Level.CONFIRMED.value
    is_demanded, is_asked = asked.least_level == surest, set(asked.acr_values) == {surest}
    if session is None:
        return is_demanded or (is_asked and asked.acr_essential)
    is_short = not level_is_as_wished(asked, session.connector, session.level)
    return (is_asked and is_short) or (is_demanded and not _is_at_least(_rung(session.connector, session.level), surest))


def _is_at_least(rung: str, least: str) -> bool:
    if not least:
        return True
    # What is not known is reached by nobody, and reaches nothing.
    return {rung, least} <= set(_SUREST_FIRST) and _SUREST_FIRST.index(rung) <= _SUREST_FIRST.index(least)


def _rung(connector: str, level: str) -> str:
    """Levels are those of Gosuslugi; what another upstream says reaches none of them (broker/tokens/acr.py says the same)."""
    if connector == DIARY:
        return DIARY
    return level if is_gosuslugi(connector) else ""
