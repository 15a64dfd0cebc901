"""Answers that several pages of the room give: going on to another page, and pages of a cause."""

from __future__ import annotations

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


def cause_page(
    room: AccountRoom, code: int, view: View, primary_url: str | None = None, opens_at: datetime | None = None
) -> Response:
    """The page of a cause. There is no case: nobody was kept from signing in. `opens_at` is when trying makes sense again."""
    now = room.outside.now()
    wait = max((opens_at or now) - now, timedelta(0))
    variables: dict[str, Value] = {
        "host": urlsplit(room.issuer).netloc,
        "time": opens_at or now,
        "wait": wait,
        "k": room.changing.tries.password_tries,
    }
    page = CausePage(cause(code), now, room.screens.settings.zone, variables, primary_url=primary_url)
    return room.screens.render(page, view)
