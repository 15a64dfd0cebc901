"""S1 and S2: the queue of people who could not get in, one case, and whose it is."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.cases.case import State
from broker.console.school.case_view import case_line, case_page
from broker.console.school.lines import choices
from broker.console.school.visit import Visit, here
from broker.console.school_cases import TAKEN
from broker.directory.person import Role
from broker.directory.school_edits import CardRefused, Wrong
from broker.directory.school_person import NotHere
from broker.screens.field_errors import FieldError
from broker.screens.school_case_pages import AttachPage, CasesPage, TakeInPage

CASES = "/school/cases"
_WAITS = ("all", "us", "person", "closed")
_LONGEST_NUMBER = 40


def case_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the console's blueprint."""

    @blueprint.get(CASES)
    def cases() -> AnyResponse:
        return _cases(here())

    @blueprint.get(f"{CASES}/<number>")
    def case(number: str) -> AnyResponse:
        visit = here()
        return visit.show(case_page(visit, visit.room.cases.get(visit.cards, number, visit.actor)))

    @blueprint.post(f"{CASES}/<number>/check")
    def check(number: str) -> AnyResponse:
        return _check(here(), number)

    @blueprint.get(f"{CASES}/<number>/attach")
    def ask_whose(number: str) -> AnyResponse:
        visit = here()
        return visit.show(_attach_page(visit, number))

    @blueprint.post(f"{CASES}/<number>/attach")
    def attach(number: str) -> AnyResponse:
        return _attach(here(), number)

    @blueprint.get(f"{CASES}/<number>/take-in")
    def ask_place(number: str) -> AnyResponse:
        visit = here()
        return visit.show(_take_in_page(visit, number))

    @blueprint.post(f"{CASES}/<number>/take-in")
    def take_in(number: str) -> AnyResponse:
        return _take_in(here(), number)


def _cases(visit: Visit) -> AnyResponse:
    number = request.args.get("number", "").strip()[:_LONGEST_NUMBER]
    if number:
        try:
            return redirect(f"{CASES}/{visit.room.cases.get(visit.cards, number, visit.actor).case.number}", 303)
        except NotHere:
            return _queue(visit, (FieldError("number", "case.not_found"),), 404)
    return _queue(visit, (), 200)


def _queue(visit: Visit, errors: tuple[FieldError, ...], status: int) -> AnyResponse:
    waits = request.args.get("waits", "")
    waits = waits if waits in _WAITS else "all"
    found = visit.room.cases.waiting(visit.cards, closed=waits == "closed")
    shown = [one for one in found if waits in ("all", "closed") or one.waits_for_us == (waits == "us")]
    lines = tuple(case_line(visit, one) for one in shown)
    page = CasesPage(visit.frame("cases"), lines, waits, errors, visit.room.trouble_since())
    return visit.show(page, status)


def _check(visit: Visit, number: str) -> AnyResponse:
    def do() -> str:
        found = visit.room.cases.check_again(visit.cards, number, visit.actor)
        is_fixed = found.case.state is State.FIXED
        return f"{CASES}/{found.case.number}?{'done=fixed' if is_fixed else 'checked=1'}"

    return visit.once(do)


def _attach_page(visit: Visit, number: str, errors: tuple[FieldError, ...] = ()) -> AttachPage:
    found = visit.room.cases.get(visit.cards, number, visit.actor)
    if found.person is not None:
        raise NotHere
    query = request.values.get("q", "").strip()[:_LONGEST_NUMBER]
    people = choices(visit, visit.cards.search(query)) if query else None
    address = f"{CASES}/{found.case.number}/attach"
    # What was typed is shown again only when it is a part of a name here: an address must not put words on our page.
    shown = query if people else ""
    return AttachPage(visit.frame("cases"), found.case.number, address, shown, people, visit.form(address), errors)


def _attach(visit: Visit, number: str) -> AnyResponse:
    person_id = request.form.get("person_id", "")

    def do() -> str:
        if not person_id:
            raise CardRefused(Wrong("person_id", "card.person_none"))
        visit.room.cases.attach(visit.cards, number, person_id, visit.actor)
        # The card is where it goes on: the school enters what was missing on it.
        found = visit.room.cases.get(visit.cards, number, visit.actor)
        return f"/school/people/{person_id}?case={found.case.number}&done=attached"

    try:
        return visit.once(do)
    except CardRefused as refused:
        errors = tuple(FieldError(one.field, one.message) for one in refused.problems)
        if errors[0].message == TAKEN:
            # The case may be another school's by now, so there is no page of it to go back to.
            return _queue(visit, (FieldError("number", TAKEN),), 409)
        return visit.show(_attach_page(visit, number, errors), 422)


def _take_in_page(visit: Visit, number: str, errors: tuple[FieldError, ...] = ()) -> TakeInPage:
    found = visit.room.cases.get(visit.cards, number, visit.actor)
    if found.person is None or not found.is_homeless:
        raise NotHere
    address = f"{CASES}/{found.case.number}/take-in"
    typed = request.form
    role = typed.get("role", Role.PUPIL.value)
    page_class = typed.get("class_name", "") if errors else ""
    return TakeInPage(
        visit.frame("cases"), found.case.number, found.person.full_name, visit.form(address), role, page_class, errors
    )


def _take_in(visit: Visit, number: str) -> AnyResponse:
    def do() -> str:
        found = visit.room.cases.get(visit.cards, number, visit.actor)
        if found.person is None or not found.is_homeless:
            raise NotHere
        try:
            role = Role(request.form.get("role", ""))
        except ValueError:
            role = Role.SCHOOL_ADMINISTRATOR
        desk = visit.cards.desk(visit.actor)
        desk.take_in(found.person.id, role, request.form.get("class_name", ""), found.case.number)
        visit.room.cases.done(visit.cards, number, visit.actor)
        return f"{CASES}/{found.case.number}?done=taken_in"

    try:
        return visit.once(do)
    except CardRefused as refused:
        errors = tuple(FieldError("role" if one.field == "roles" else one.field, one.message) for one in refused.problems)
        return visit.show(_take_in_page(visit, number, errors), 422)
