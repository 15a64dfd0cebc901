"""/recover/school: what to bring, which school it is, and a number under which the school finds the request (E21)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flask import Blueprint, Response, request

from broker.account.posted import Done, Outcome, wrong
from broker.account.recovering import even_time, number_for_school, refused_name, refused_tries
from broker.account.room import AccountRoom
from broker.account.school_search import SchoolSearch
from broker.account.stranger import looking, posting
from broker.audit.catalogue_own import RecoveryAsked
from broker.audit.event import SYSTEM
from broker.foundation.encoding import digest
from broker.screens.field_errors import FieldError
from broker.screens.view import View

SCHOOL = "/recover/school"
_NO_CONTACTS = 6005
_NUMBER = "account.school_number"
_SHOWN_FOR = timedelta(hours=1)
_LONGEST_LOGIN = 64


def school_way_routes(blueprint: Blueprint, room: AccountRoom) -> None:
    """Add the addresses to the room's blueprint."""
    search = SchoolSearch(room.belongings.directory, room.outside.now)

    def page(room: AccountRoom, secret: str, view: View, errors: tuple[FieldError, ...]) -> Response:
        kept = room.shelf.get(_NUMBER, digest(secret))
        shown = replace(
            search.page(request.args.get("q", ""), view.language),
            action_url=SCHOOL,
            form_key=room.form_keys.issue(digest(secret), SCHOOL),
            case_number=kept.decode("ascii") if kept is not None else "",
            typed=request.form.get("login", "")[:_LONGEST_LOGIN].strip(),
            errors=errors,
        )
        return room.screens.render(shown, view, status=400 if errors else 200)

    @blueprint.get(SCHOOL)
    def school() -> Response:
        return looking(room, lambda secret, view: page(room, secret, view, ()))

    @blueprint.post(SCHOOL)
    def ask_school() -> Response:
        with even_time(room):
            return posting(room, SCHOOL, _asked, page)


def _asked(room: AccountRoom, secret: str, _view: View) -> Outcome:
    """A case of this login, for logins that nobody has, too: the number says nothing about that."""
    login = request.form.get("login", "")[:_LONGEST_LOGIN].strip()
    if not login:
        return wrong("login", "login.empty")
    refused = refused_tries(room, secret, request.remote_addr or "") or refused_name(room, "school", login)
    if refused is not None:
        return refused
    number = number_for_school(room, _NO_CONTACTS, login)
    with room.database.work():
        room.changing.journal.append(RecoveryAsked(wish="school"), SYSTEM)
    room.shelf.put(_NUMBER, digest(secret), number.encode("ascii"), _SHOWN_FOR)
    return Done(SCHOOL)
