"""S4: invitations, singly and for a class; the sheets are shown once, in answer to the press that made the passwords."""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from datetime import date, timedelta
from typing import Final

import segno
from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from broker.console.school.card_routes import case_of
from broker.console.school.lines import class_of, local_day
from broker.console.school.visit import Visit, here
from broker.directory.invitations import Invitation, Issued
from broker.directory.person import Role
from broker.directory.school_edits import CardRefused, Wrong
from broker.directory.school_person import CardGuarded, SchoolPerson
from broker.foundation.encoding import canonical_json
from broker.screens.field_errors import FieldError
from broker.screens.forms import FormStale
from broker.screens.school_invite_pages import InviteLine, InvitesPage, Sheet, SheetsPage

INVITES: Final = "/school/invites"
PRINT: Final = "/school/invites/print"
_QR: Final = "/school/invites/qr.svg"
_STATES: Final = ("", "none", "new", "printed", "opened", "used", "expired", "cancelled")
# A second press of the same button within this time gets the same sheets; afterwards nobody does.
_SHEETS_LIVE: Final = timedelta(seconds=60)
_SHEETS: Final = "school.sheets"
_MOST: Final = 60
# A session used by whoever had the old paper must not outlive the new one.
_STOLEN: Final = frozenset({4004, 6004, 6005})


def invite_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the console's blueprint."""

    @blueprint.get(INVITES)
    def invites() -> AnyResponse:
        visit = here()
        return visit.show(_page(visit))

    @blueprint.post(INVITES)
    def cancel() -> AnyResponse:
        return _cancel(here())

    @blueprint.post(PRINT)
    def print_sheets() -> AnyResponse:
        return _print(here())

    @blueprint.get(_QR)
    def qr() -> AnyResponse:
        headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return Response(_svg(here().room.first_url), content_type="image/svg+xml", headers=headers)


def _page(visit: Visit, errors: tuple[FieldError, ...] = ()) -> InvitesPage:
    today = visit.cards.today
    everybody = [one for one in visit.cards.people() if one.is_here_on(today) and not one.is_guarded]
    issued = visit.room.invitations.of_people(tuple(one.id for one in everybody))
    lines = [_line(visit, one, issued.get(one.id)) for one in everybody]
    classes = tuple(dict.fromkeys(line.class_name for line in lines if line.class_name))
    class_name, state = request.values.get("class", ""), request.values.get("state", "")
    class_name = class_name if class_name in classes else ""
    state = state if state in _STATES else ""
    shown = [line for line in lines if class_name in ("", line.class_name) and _fits(line, state)]
    if not class_name and not state:
        # Without a filter: whoever still has something to do with paper.
        shown = [line for line in shown if line.state or not line.is_activated]
    form, print_form = visit.form(INVITES), visit.form(PRINT)
    return InvitesPage(visit.frame("invites"), tuple(shown), classes, class_name, state, form, print_form, errors)


def _fits(line: InviteLine, state: str) -> bool:
    return not state or (not line.state and not line.is_activated if state == "none" else line.state == state)


def _line(visit: Visit, found: SchoolPerson, invitation: Invitation | None) -> InviteLine:
    return InviteLine(
        person_id=found.id,
        name=found.full_name,
        class_name=class_of(visit, found),
        state=invitation.state_at(visit.room.outside.now()) if invitation else "",
        until_on=local_day(visit, invitation.expires_at) if invitation else None,
        is_activated=found.person.activated_at is not None,
    )


def _cancel(visit: Visit) -> AnyResponse:
    person_id = request.form.get("cancel", "")

    def do() -> str:
        found = visit.cards.get(person_id)
        invitation = visit.room.invitations.of_person(found.id)
        with visit.room.database.work():
            if invitation and visit.room.invitations.cancel(invitation.id, visit.actor):
                visit.cards.desk(visit.actor).note("invitation_cancelled", found.id)
        return f"{INVITES}?done=cancelled"

    return visit.once(do)


def _print(visit: Visit) -> AnyResponse:
    """Fresh passwords for those chosen: `person` several times, or a whole `print_class`."""
    assert visit.use is not None, "the entrance takes the key of every POST"
    key, number = f"{visit.session.id}:{visit.use.key_id}", case_of(visit)
    made: list[Sheet] = []

    def make() -> str:
        made.extend(_issue(visit, number, key))
        return INVITES

    try:
        visit.room.form_keys.answer_once(visit.use, make)
    except CardRefused as refused:
        return visit.show(_page(visit, tuple(FieldError(one.field, one.message) for one in refused.problems)), 422)
    except FormStale:
        # The first press failed and has changed nothing: this one tries again.
        make()
    back_url = f"/school/cases/{number}" if number else INVITES
    return _sheets_page(visit, tuple(made) or _kept_sheets(visit, key), back_url)


def _issue(visit: Visit, number: str, key: str) -> list[Sheet]:
    people = _chosen(visit)
    issued = [_invite(visit, one, number) for one in people]
    sheets = [_sheet(visit, one, found) for one, found in zip(people, issued, strict=True)]
    kept = [asdict(sheet) | {"until_on": sheet.until_on.isoformat()} for sheet in sheets]
    visit.room.shelf.put(_SHEETS, key, visit.room.sealer.seal(canonical_json(kept), f"{_SHEETS}:{key}"), _SHEETS_LIVE)
    for found in issued:
        visit.room.invitations.mark_printed(found.invitation.id, visit.actor)
    if number and visit.room.cases.get(visit.cards, number, visit.actor).case.person_id in {one.id for one in people}:
        visit.room.cases.done(visit.cards, number, visit.actor)
    return sheets


def _chosen(visit: Visit) -> list[SchoolPerson]:
    """Those ticked, or the pupils of a class who have never been in.

    Raises:
        NotHere, CardGuarded: one of those ticked is not of this school, or not the school's to invite.
        CardRefused: nobody is ticked, or everybody of the class has been in.
    """
    class_name = request.form.get("print_class", "")
    if class_name:
        return _class(visit, class_name)
    wanted = [visit.cards.get(person_id) for person_id in dict.fromkeys(request.form.getlist("person")[:_MOST])]
    if any(one.is_guarded for one in wanted):
        raise CardGuarded
    if not wanted:
        raise CardRefused(Wrong("person", "card.person_none"))
    return wanted


def _class(visit: Visit, class_name: str) -> list[SchoolPerson]:
    """The pupils of a class who have never been in. Raises CardRefused when there are none."""
    found = [
        one
        for one in visit.cards.people()
        if one.has_role(Role.PUPIL, visit.cards.today)
        and class_of(visit, one) == class_name
        and one.person.activated_at is None
        and not one.is_guarded
    ]
    if not found:
        raise CardRefused(Wrong("person", "card.class_done"))
    return found[:_MOST]


def _invite(visit: Visit, found: SchoolPerson, number: str) -> Issued:
    case = visit.room.cases.get(visit.cards, number, visit.actor).case if number else None
    ends_sessions = case is not None and case.real_cause in _STOLEN and case.person_id == found.id
    return visit.room.access.invite(visit.cards, found.id, number, visit.actor, ends_sessions=ends_sessions)


def _sheet(visit: Visit, found: SchoolPerson, issued: Issued) -> Sheet:
    until = local_day(visit, issued.invitation.expires_at)
    return Sheet(found.full_name, class_of(visit, found), issued.login, issued.password, until)


def _kept_sheets(visit: Visit, key: str) -> tuple[Sheet, ...]:
    """For the second of two presses: the sheets of the first, for a minute."""
    kept = visit.room.shelf.get(_SHEETS, key)
    said = json.loads(visit.room.sealer.unseal(kept, f"{_SHEETS}:{key}")) if kept else []
    return tuple(Sheet(**one | {"until_on": date.fromisoformat(one["until_on"])}) for one in said)


def _sheets_page(visit: Visit, sheets: tuple[Sheet, ...], back_url: str) -> Response:
    gone = not sheets
    page = SheetsPage(visit.frame("invites"), sheets, visit.room.first_url, _QR, back_url, is_gone=gone)
    return visit.show(page, 410 if gone else 200)


def _svg(address: str) -> bytes:
    """The address alone: a password in a picture would be photographed with it."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", xmldecl=False, scale=4, border=2, title="QR")
    return out.getvalue()
