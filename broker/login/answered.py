"""Posted forms of an attempt: each is answered once, and one that tests a secret goes through the same gate as every other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Response

from broker.login.causes_shown import page_of, refusal_of
from broker.login.neighbours import Neighbours
from broker.login.secrets_tried import WRONG, closed_page, from_answer
from broker.login.typed import LONGEST_LOGIN, Typed, faults, wrong
from broker.login.visit import Visit
from broker.screens.field_errors import FieldError
from broker.screens.forms import FormBusy, FormStale

_STALE, _BUSY = 1009, 1004


@dataclass(frozen=True, slots=True)
class SecretForm:
    """A form with a diary login and a password. `purpose` binds its key; `attempt_it` makes one try and gives an address, or what
    `secrets_tried.as_answer` writes; `again` draws the form with what was wrong and a status."""

    purpose: str
    attempt_it: Callable[[], str]
    again: Callable[[tuple[FieldError, ...], int], Response]


def answered_once(
    rooms: Neighbours, visit: Visit, sent: tuple[str, str | None], make_answer: Callable[[], str]
) -> str | Response:
    """The answer to a posted form, made by its first post only. `sent`: what the key is good for, and the key that came.

    A stale key gets the page 1009, a second post that cannot wait any longer 1004.
    """
    return _answered(rooms, visit, (*sent, ""), make_answer)


def _answered(
    rooms: Neighbours, visit: Visit, sent: tuple[str, str | None, str], make_answer: Callable[[], str]
) -> str | Response:
    purpose, unverified_key, login = sent
    try:
        use = rooms.form_keys.require(visit.attempt.browser, purpose, unverified_key)
        return rooms.form_keys.answer_once(use, make_answer)
    except FormStale:
        if login:
            # The page says that what was typed is kept. Only the login is: a password is never given back.
            rooms.attempts.save(replace(visit.attempt, typed_login=login))
        return page_of(rooms, visit.attempt, refusal_of(rooms, _STALE), visit.view)
    except FormBusy:
        return page_of(rooms, visit.attempt, refusal_of(rooms, _BUSY), visit.view)


def secret_answered(rooms: Neighbours, visit: Visit, typed: Typed, form: SecretForm) -> str | Response:
    """The address a right secret leads to; or the page of a wrong one, the same whether anybody has the login or not.

    Answers that cannot be right cost no try. One press is one try, however often it is sent.
    """
    errors = faults(typed)
    if errors:
        return form.again(errors, 400)
    login = typed.login.strip()[:LONGEST_LOGIN]
    answer = _answered(rooms, visit, (form.purpose, typed.form_key, login), form.attempt_it)
    if isinstance(answer, Response):
        return answer
    tried = from_answer(answer)
    if tried is None:
        return answer
    if tried.cause == WRONG:
        return form.again(wrong(typed, tried.left), 401)
    return closed_page(rooms, visit.attempt, tried, visit)
