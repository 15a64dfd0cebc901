"""Who is staff, seen and changed by officers."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.console.refused import Refused
from broker.console.rights import Action
from broker.console.security.needs import needs
from broker.console.security.visit import SecurityVisit, here
from broker.custody.two_people import BECOMES_OFFICER
from broker.directory.document import STAFF_ROLES
from broker.screens.field_errors import FieldError
from broker.screens.forms import Repeat
from broker.screens.security_pages import StaffLine, StaffLinkPage, StaffPage, StaffRequest

PAGE = "/admin/staff"


def staff_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the blueprint of security."""

    @blueprint.get(PAGE)
    @needs(Action.SEE_STAFF)
    def staff() -> AnyResponse:
        return _page(here())

    @blueprint.post(PAGE)
    @needs(Action.CHANGE_STAFF)
    def add_staff() -> AnyResponse:
        return _added(here())

    @blueprint.post(f"{PAGE}/requests/<request_id>/agree")
    @needs(Action.CONFIRM_REQUEST)
    def agree_staff(request_id: str) -> AnyResponse:
        return _agreed(here(), request_id)

    @blueprint.post(f"{PAGE}/<person_id>/remove")
    @needs(Action.CHANGE_STAFF)
    def remove_staff(person_id: str) -> AnyResponse:
        return _removed(here(), person_id)

    @blueprint.post(f"{PAGE}/<person_id>/link")
    @needs(Action.CHANGE_STAFF)
    def link_staff(person_id: str) -> AnyResponse:
        return _linked(here(), person_id)


def _page(visit: SecurityVisit, typed: str = "", errors: tuple[FieldError, ...] = ()) -> AnyResponse:
    changes = visit.may(Action.CHANGE_STAFF)
    lines = tuple(
        StaffLine(
            person_id=one["person_id"],
            roles=tuple(one["roles"]),
            passkeys=one["passkeys"],
            remove=visit.form(f"{PAGE}/{one['person_id']}/remove") if changes and one["person_id"] != visit.staff.id else None,
            link=visit.form(f"{PAGE}/{one['person_id']}/link") if changes and not one["passkeys"] else None,
        )
        for one in visit.room.staff.all()["staff"]
    )
    waiting = tuple(
        StaffRequest(
            person_id=one["person_id"],
            act_key="joins" if one["act"] == BECOMES_OFFICER else "leaves",
            asked_by=one["asked_by"],
            ends_at=datetime.fromisoformat(one["ends_at"]),
            agree=visit.form(f"{PAGE}/requests/{one['request']}/agree") if _may_agree(visit, one["asked_by"]) else None,
        )
        for one in visit.room.officers.waiting()["waiting"]
    )
    add = visit.form(PAGE) if changes else None
    page = StaffPage(visit.frame("staff"), lines, STAFF_ROLES, waiting, add, typed, errors)
    return visit.show(page, 422 if errors else 200)


def _added(visit: SecurityVisit) -> AnyResponse:
    person_id, role = request.form.get("person_id", "").strip()[:64], request.form.get("role", "")
    try:
        made = visit.room.officers.add(person_id, role, visit.actor)
    except Refused:
        return _page(visit, person_id, (FieldError("person_id", "security.person"),))
    if "request" in made:
        return redirect(f"{PAGE}?done=staff_asked", 303)
    return _told(visit, made.get("link", ""))


def _may_agree(visit: SecurityVisit, asked_by: str) -> bool:
    return visit.may(Action.CONFIRM_REQUEST) and asked_by != visit.staff.id


def _agreed(visit: SecurityVisit, request_id: str) -> AnyResponse:
    try:
        made = visit.room.officers.agree(request_id, visit.actor)
    except Refused:
        return _page(visit, errors=(FieldError("person_id", "security.gone"),))
    return _told(visit, made.get("link", ""))


def _linked(visit: SecurityVisit, person_id: str) -> AnyResponse:
    """Shown in the answer itself, kept nowhere: a second press, or going back, makes no second one."""
    if isinstance(visit.use, Repeat):
        return _page(visit)
    try:
        return _told(visit, visit.room.staff.new_link(person_id, visit.actor)["link"])
    except Refused:
        return _page(visit)


def _told(visit: SecurityVisit, link: str) -> AnyResponse:
    return visit.show(StaffLinkPage(visit.frame("staff"), link)) if link else _page(visit)


def _removed(visit: SecurityVisit, person_id: str) -> AnyResponse:
    def do() -> str:
        made = visit.room.officers.remove(person_id, "", visit.actor)
        return f"{PAGE}?done={'staff_asked' if 'request' in made else 'staff_removed'}"

    try:
        return visit.once(do)
    except Refused:
        return _page(visit, errors=(FieldError("person_id", "security.not_removed"),))
