"""What becomes of a posted form: one answer, however often it is posted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Response, request

from broker.account.answers import Told, cause_page, see_other
from broker.account.room import AccountRoom
from broker.directory.field_refused import FieldRefused
from broker.screens.field_errors import FieldError
from broker.screens.forms import FORM_FIELD
from broker.screens.view import View


@dataclass(frozen=True, slots=True)
class Done:
    """It was done; the browser goes on to `url`."""

    url: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """Some fields have to be put right; nothing was done."""

    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class Stopped:
    """A cause page, whose button leads to `url`. `opens_at` is when trying makes sense again."""

    cause: int
    url: str | None = None
    opens_at: datetime | None = None
    case_number: str = ""


Outcome = Done | Wrong | Stopped


def post_once(room: AccountRoom, owner: str, purpose: str, do: Callable[[], Outcome]) -> Outcome:
    """Do it for the first post of this form; the second one of a double click gets the first one's outcome.

    `owner` is the identifier the form was given to. A FieldRefused that `do` raises is an outcome too.

    Raises:
        FormStale: cause 1009.
        FormBusy: cause 1004.
    """
    use = room.form_keys.require(owner, purpose, request.form.get(FORM_FIELD))

    def answer() -> str:
        try:
            return _written(do())
        except FieldRefused as refused:
            return _written(wrong(refused.field, refused.message, refused.n))

    return _read(room.form_keys.answer_once(use, answer))


def wrong(field: str, message: str, n: int | None = None) -> Wrong:
    """One field to put right."""
    return Wrong((FieldError(field, message, n),))


def answer_of(
    room: AccountRoom, view: View, outcome: Outcome, form_page: Callable[[tuple[FieldError, ...]], Response]
) -> Response:
    """The response: a redirect, the form again with its errors, or a cause page."""
    if isinstance(outcome, Done):
        return see_other(outcome.url)
    if isinstance(outcome, Wrong):
        return form_page(outcome.errors)
    return cause_page(room, outcome.cause, view, outcome.url, Told(outcome.opens_at, outcome.case_number))


def _written(outcome: Outcome) -> str:
    if isinstance(outcome, Done):
        return json.dumps({"done": outcome.url})
    if isinstance(outcome, Wrong):
        return json.dumps({"wrong": [[error.field, error.message, error.n] for error in outcome.errors]})
    opens_at = outcome.opens_at.isoformat() if outcome.opens_at else ""
    return json.dumps({"stopped": [outcome.cause, outcome.url, opens_at, outcome.case_number]})


def _read(text: str) -> Outcome:
    kept = json.loads(text)
    if "done" in kept:
        return Done(kept["done"])
    if "wrong" in kept:
        return Wrong(tuple(FieldError(field, message, n) for field, message, n in kept["wrong"]))
    cause, url, opens_at, number = kept["stopped"]
    return Stopped(cause, url, datetime.fromisoformat(opens_at) if opens_at else None, number)
