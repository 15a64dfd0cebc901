"""Answers that several pages of the room give: going on to another page, and pages of a cause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Response

from broker.account.room import AccountRoom
from broker.screens.causes import cause
from broker.screens.pages import CausePage
from broker.screens.values import Value
from broker.screens.view import View

SIGN_IN_URL = "/login"


def see_other(url: str) -> Response:
    """A 303 that nobody may keep."""
    response = Response(status=303)
    response.headers["Location"] = url
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@dataclass(frozen=True, slots=True)
class Told:
    """What a cause page tells beside its words: when trying makes sense again, and the number that the school knows."""

    opens_at: datetime | None = None
    case_number: str = ""


_NOTHING = Told()


def cause_page(
    room: AccountRoom, code: int, view: View, primary_url: str | None = None, told: Told = _NOTHING
) -> Response:
    """The page of a cause."""
    now = room.outside.now()
    opens_at = told.opens_at or now
    wait = max(opens_at - now, timedelta(0))
    variables: dict[str, Value] = {
        "host": urlsplit(room.issuer).netloc,
        "time": opens_at,
        "wait": wait,
        "k": room.changing.tries.password_tries,
    }
    number, zone = told.case_number or None, room.screens.settings.zone
    page = CausePage(cause(code), now, zone, variables, case_number=number, primary_url=primary_url)
    return room.screens.render(page, view)
