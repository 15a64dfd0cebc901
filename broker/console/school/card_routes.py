"""S3: the people of the school, one card, its parents and children."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from broker.cases.case import Failure
from broker.console.school.card_view import CardNotes, card_page
from broker.console.school.lines import choices, person_line
from broker.console.school.visit import Visit, here
from broker.console.school_cases import DUPLICATE
from broker.directory.person import Role
from broker.directory.school_desk import SnilsTaken
from broker.directory.school_edits import CardRefused, Typed
from broker.directory.school_person import CardMoved, NotHere, SchoolPerson
from broker.screens.field_errors import FieldError
from broker.screens.school_card_pages import PeoplePage

PEOPLE = "/school/people"
_MOST = 400
_LONGEST = 100
_LONGEST_FIELD = 256
_FIELDS = ("surname", "name", "patronymic", "birth_date", "sex", "snils", "login", "class_name")


class _KinUnclear(Exception):
    """Nobody or several people fit what was typed."""

    def __init__(self, found: tuple[SchoolPerson, ...]):
        super().__init__("nobody or several")
        self.found = found


def card_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the console's blueprint."""

    @blueprint.get(PEOPLE)
    def people() -> AnyResponse:
        return _people(here())

    @blueprint.get(f"{PEOPLE}/<person_id>")
    def card(person_id: str) -> AnyResponse:
        visit = here()
        return visit.show(card_page(visit, visit.cards.get(person_id), CardNotes(case=case_of(visit))))

    @blueprint.post(f"{PEOPLE}/<person_id>")
    def save_card(person_id: str) -> AnyResponse:
        return _save(here(), person_id)

    @blueprint.post(f"{PEOPLE}/<person_id>/kin")
    def kin(person_id: str) -> AnyResponse:
        return _kin(here(), person_id)


def case_of(visit: Visit) -> str:
    """The number of the case somebody comes from; "" when it is not one of this school's."""
    number = request.values.get("case", "")
    if not number:
        return ""
    try:
        return visit.room.cases.get(visit.cards, number, visit.actor).case.number
    except NotHere:
        return ""


def _people(visit: Visit) -> AnyResponse:
    query = request.args.get("q", "").strip()[:_LONGEST]
    everybody = visit.cards.people()
    lines = [person_line(visit, one) for one in everybody]
    classes = tuple(dict.fromkeys(line.class_name for line in lines if line.class_name and line.is_here))
    class_name = request.args.get("class", "")
    class_name = class_name if class_name in classes else ""
    if query:
        found = {one.id for one in visit.cards.search(query)}
        lines = [line for line in lines if line.person_id in found]
    elif class_name:
        lines = [line for line in lines if line.class_name == class_name]
    shown = query if query and lines else ""
    return visit.show(PeoplePage(visit.frame("people"), tuple(lines[:_MOST]), classes, class_name, shown, len(lines)))


def _typed() -> Typed:
    typed = {name: request.form.get(name, "")[:_LONGEST_FIELD] for name in _FIELDS}
    return Typed(**typed, roles=tuple(request.form.getlist("roles")[:5]))


def _save(visit: Visit, person_id: str) -> AnyResponse:
    number, typed = case_of(visit), _typed()
    reason = request.form.get("reason", "").strip()

    def do() -> str:
        changed = visit.cards.desk(visit.actor).correct(person_id, typed, request.form.get("version", ""), reason)
        if not number:
            return f"{PEOPLE}/{person_id}?done={'saved' if changed else 'unchanged'}"
        # Whoever came from a case wants to know at once whether it is enough.
        visit.room.cases.saved(visit.cards, number, person_id, changed, visit.actor)
        return f"/school/cases/{number}?done={'saved' if changed else 'unchanged'}"

    try:
        return visit.once(do)
    except CardRefused as refused:
        notes = CardNotes(number, typed, tuple(FieldError(one.field, one.message) for one in refused.problems))
        return _again(visit, person_id, notes, 422)
    except CardMoved:
        return _again(visit, person_id, CardNotes(number, typed, trouble="moved"), 409)
    except SnilsTaken as taken:
        return _snils_taken(visit, person_id, CardNotes(number, typed), taken)


def _snils_taken(visit: Visit, person_id: str, notes: CardNotes, taken: SnilsTaken) -> AnyResponse:
    """Whose the other card is is not told; if it is another school's, the region's support gets a case."""
    if not taken.is_own:
        region = visit.cards.school.region
        visit.room.cases.cases.open(Failure(DUPLICATE, DUPLICATE, region, person_id=person_id))
    trouble = "snils_own" if taken.is_own else "snils_elsewhere"
    return _again(visit, person_id, CardNotes(notes.case, notes.typed, trouble=trouble), 409)


def _again(visit: Visit, person_id: str, notes: CardNotes, status: int) -> AnyResponse:
    return visit.show(card_page(visit, visit.cards.get(person_id), notes), status)


def _kin(visit: Visit, person_id: str) -> AnyResponse:
    number = case_of(visit)

    def do() -> str:
        found, desk = visit.cards.get(person_id), visit.cards.desk(visit.actor)
        gone = request.form.get("remove", "")
        if gone:
            desk.remove_kin(*_pair(visit, found, gone), number)
            return f"{PEOPLE}/{person_id}?done=kin_removed#kin"
        desk.add_kin(*_pair(visit, found, _chosen(visit, found)), number)
        if not number:
            return f"{PEOPLE}/{person_id}?done=kin_added#kin"
        if visit.room.cases.get(visit.cards, number, visit.actor).case.person_id == person_id:
            visit.room.cases.done(visit.cards, number, visit.actor)
        return f"/school/cases/{number}?done=kin_added"

    try:
        return visit.once(do)
    except _KinUnclear as unclear:
        error = FieldError("kin", "card.kin_several" if unclear.found else "card.person_none")
        return _again(visit, person_id, CardNotes(number, None, (error,), kin_found=choices(visit, unclear.found)), 422)
    except CardRefused as refused:
        errors = tuple(FieldError(one.field, one.message) for one in refused.problems)
        return _again(visit, person_id, CardNotes(number, None, errors), 422)


def _chosen(visit: Visit, found: SchoolPerson) -> str:
    """Whom a form names: by identifier, or by words that fit one person only."""
    person_id = request.form.get("kin_id", "")
    if person_id:
        return person_id
    wants_child = not _is_pupil(visit, found)
    fitting = tuple(
        one
        for one in visit.cards.search(request.form.get("kin", "")[:_LONGEST])
        if one.id != found.id and _is_pupil(visit, one) == wants_child and one.is_here_on(visit.cards.today)
    )
    if len(fitting) != 1:
        raise _KinUnclear(fitting)
    return fitting[0].id


def _pair(visit: Visit, found: SchoolPerson, other_id: str) -> tuple[str, str]:
    """Parent and child: a pupil's form adds parents, everybody else's adds children."""
    return (other_id, found.id) if _is_pupil(visit, found) else (found.id, other_id)


def _is_pupil(visit: Visit, found: SchoolPerson) -> bool:
    return found.has_role(Role.PUPIL, visit.cards.today)
