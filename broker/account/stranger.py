"""Pages for somebody who is not signed in: a browser gets a secret of its own, and its forms are answered once."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request

from broker.account.answers import cause_page
from broker.account.posted import Outcome, answer_of, post_once
from broker.account.room import AccountRoom
from broker.foundation.encoding import digest
from broker.screens.field_errors import FieldError
from broker.screens.view import View, view_of

_LONGEST_COOKIE = 64
_COOKIES_OFF = 1001
_RECOVER = "/recover"

Doing = Callable[[str, View], Response]


def looking(room: AccountRoom, doing: Doing) -> Response:
    """A page for this browser, which gets a secret of its own if it has none, as a sign-in would give it."""
    name = room.cookies.name_of("browser")
    brought = request.cookies.get(name)
    known = brought if brought and len(brought) <= _LONGEST_COOKIE else None
    secret = known or room.outside.token()
    answer = doing(secret, view_of(request))
    if known is None:
        answer.set_cookie(name, secret, **room.cookies.flags())
    return answer


def posting(
    room: AccountRoom,
    purpose: str,
    do: Callable[[AccountRoom, str, View], Outcome],
    form_page: Callable[[AccountRoom, str, View, tuple[FieldError, ...]], Response],
) -> Response:
    """A posted form of this browser, once. A browser without our cookie cannot have been shown the form."""
    secret, view = request.cookies.get(room.cookies.name_of("browser")), view_of(request)
    if not secret or len(secret) > _LONGEST_COOKIE:
        return cause_page(room, _COOKIES_OFF, view, _RECOVER)
    outcome = post_once(room, digest(secret), purpose, lambda: do(room, secret, view))
    return answer_of(room, view, outcome, lambda errors: form_page(room, secret, view, errors))
