"""One try of a secret that opens a diary: counted before it is looked at, the same for logins that nobody has.

Diary passwords and the temporary ones of invitations share one count, so two forms are not twice as many guesses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from flask import Response

from broker.cases.case import Failure
from broker.directory.invitations import Opened
from broker.limits.guesses import Guesser, name_form
from broker.limits.limits import Limit, Tries
from broker.limits.places import place_of
from broker.login.attempt import Attempt
from broker.login.neighbours import Neighbours
from broker.login.region import policy_of
from broker.login.visit import Visit
from broker.screens.causes import cause
from broker.screens.pages import CausePage

WRONG, LOCKED, TOO_MANY = 4001, 4002, 1011
_MARK = "!"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tried:
    """A try that opened nothing. `cause`: 4001 wrong, with `left` further tries; 4002 this login is closed or 1011 too many tries
    from here, until `opens_at`. `case_number` is there when this very try has closed the login."""

    cause: int
    left: int = 0
    opens_at: datetime | None = None
    case_number: str = ""


def try_secret(rooms: Neighbours, visit: Visit, unverified_login: str, check: Callable[[], T | None]) -> T | Tried:
    """What `check` finds, if it may be asked; a secret that opens something gives this login its tries back.

    Call it outside a unit of work: a try counts whatever becomes of the request.
    """
    within, address = rooms.tries.tries_within, visit.brought.address
    here = (
        (Limit("secret.browser", rooms.tries.tries_per_browser, within), visit.attempt.browser),
        (Limit("secret.address", rooms.tries.tries_per_address, within), place_of(address)),
    )
    for limit, who in here:
        counted = rooms.limits.spend(limit, who)
        if not counted.is_allowed:
            return Tried(TOO_MANY, opens_at=counted.opens_at)
    guesser = Guesser(address, rooms.known.device_of(visit.brought.known, unverified_login))
    counted = rooms.guesses.spend(unverified_login, guesser)
    if not counted.is_allowed:
        return Tried(LOCKED, opens_at=counted.opens_at)
    found = check()
    if found is None:
        return _wrong(rooms, visit, unverified_login, counted)
    # A sheet that was used or is out of date opens nothing: whoever finds it must not get new tries of the password by it.
    if not isinstance(found, Opened) or found.state == "opened":
        rooms.guesses.forget(unverified_login, guesser)
    return found


def _wrong(rooms: Neighbours, visit: Visit, unverified_login: str, counted: Tries) -> Tried:
    if counted.left:
        return Tried(WRONG, left=counted.left)
    return Tried(LOCKED, opens_at=counted.opens_at, case_number=_case_of(rooms, visit, unverified_login))


def _case_of(rooms: Neighbours, visit: Visit, unverified_login: str) -> str:
    """The number under which the school finds whom to unlock; one a day, for logins that nobody has, too."""
    person = rooms.directory.find_by_login(name_form(unverified_login))
    failure = Failure(
        cause=LOCKED,
        real_cause=LOCKED,
        region=visit.attempt.region,
        client_id=visit.attempt.client_id,
        person_id=person.id if person else None,
    )
    return rooms.numbers.number_of(name_form(unverified_login), failure)


def as_answer(tried: Tried) -> str:
    """For `FormKeys.answer_once`: the second post of a double click gets the first one's page, and costs no second try."""
    opens_at = tried.opens_at.isoformat() if tried.opens_at else ""
    return f"{_MARK}{tried.cause} {tried.left} {opens_at} {tried.case_number}"


def from_answer(answer: str) -> Tried | None:
    """What `as_answer` wrote; None for an address."""
    if not answer.startswith(_MARK):
        return None
    code, left, opens_at, number = answer.removeprefix(_MARK).split(" ")
    return Tried(int(code), int(left), datetime.fromisoformat(opens_at) if opens_at else None, number)


def closed_page(rooms: Neighbours, attempt: Attempt, tried: Tried, visit: Visit) -> Response:
    """4002 or 1011, with the instant when trying makes sense again."""
    now = rooms.outside.now()
    opens_at = tried.opens_at or now
    page = CausePage(
        cause=cause(tried.cause),
        at=now,
        zone=policy_of(rooms, attempt.region).zone,
        variables={"wait": max(opens_at - now, now - now), "time": opens_at, "k": rooms.tries.password_tries},
        case_number=tried.case_number or None,
        primary_url=f"/login/{attempt.id}/recover" if tried.cause == LOCKED else f"/login/{attempt.id}",
    )
    return rooms.screens.render(page, visit.view)
