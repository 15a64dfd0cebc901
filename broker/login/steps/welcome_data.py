"""WELCOME, step 1 (E12): what the school has typed. The person cannot change it; they can tell the school."""

from __future__ import annotations

from dataclasses import replace

from flask import Response

from broker.directory.invitations import Stage
from broker.directory.person import Membership, Person
from broker.foundation.normal_forms import snils_digits
from broker.login.attempt import Refusal
from broker.login.causes_shown import page_of
from broker.login.neighbours import Neighbours
from broker.login.visit import Visit, address_of, see_other
from broker.login.wizard import Guest, advanced, deadline_of, form_answered, form_key, sent_on, shown
from broker.screens.field_errors import FieldError
from broker.screens.view import View
from broker.screens.wizard_pages import CardPlace, DataPage, WrongPage

REPORTED = 5001
_FORM, _WRONG_FORM = "data", "wrong"
_FIELDS = ("surname", "name", "patronymic", "birth_date", "sex", "school", "class", "snils")
_SEXES = {"M": "male", "F": "female"}


def show(rooms: Neighbours, visit: Visit, guest: Guest) -> Response:
    """The page."""
    person = guest.person
    digits = snils_digits(person.snils)
    page = DataPage(
        action_url=address_of(visit.attempt, "/welcome/data"),
        form_key=form_key(rooms, visit, _FORM),
        deadline=deadline_of(rooms, visit, guest),
        full_name=" ".join(part for part in (person.surname, person.name, person.patronymic) if part),
        birth_date=person.birth_date,
        sex_key=_SEXES.get(person.sex or ""),
        places=tuple(dict.fromkeys(_place(found, visit.view) for found in _current(rooms, person, guest.region))),
        snils_end=digits[-2:] if digits else None,
    )
    return shown(rooms, visit, page)


def decide(rooms: Neighbours, visit: Visit, guest: Guest, sent: tuple[str, str | None]) -> Response:
    """All correct, or something is wrong. `sent`: the decision and the form key."""
    decision, key = sent
    if decision == "wrong":
        # Nothing has happened yet, so the key is not spent.
        return see_other(address_of(visit.attempt, "/welcome/wrong"))
    return sent_on(form_answered(rooms, visit, (_FORM, key), lambda: advanced(rooms, visit, guest, Stage.CONTACTS)))


def show_wrong(rooms: Neighbours, visit: Visit, guest: Guest) -> Response:
    """What should be corrected?"""
    return shown(rooms, visit, _wrong_page(rooms, visit, guest))


def report(rooms: Neighbours, visit: Visit, guest: Guest, sent: tuple[tuple[str, ...], str | None]) -> Response:
    """Tell the school: a case that stays open until it has acted. `sent`: the marked fields and the form key."""
    marked, key = tuple(field for field in _FIELDS if field in sent[0]), sent[1]
    if not marked:
        page = replace(_wrong_page(rooms, visit, guest), errors=(FieldError("fields", "fields.none"),))
        return shown(rooms, visit, page, has_errors=True)

    def tell() -> str:
        rooms.cases.report(guest.person.id, guest.region, marked)
        advanced(rooms, visit, guest, Stage.CONTACTS)
        return address_of(visit.attempt, "/welcome/reported")

    return sent_on(form_answered(rooms, visit, (_WRONG_FORM, key), tell))


def show_reported(rooms: Neighbours, visit: Visit, guest: Guest) -> Response:
    """5001: what the school was told, and under which number. Its button leads on to the next step."""
    case = next((found for found in rooms.cases.of_people((guest.person.id,)) if found.real_cause == REPORTED), None)
    if case is None:
        return see_other(address_of(visit.attempt))
    fields = tuple(field for field in _FIELDS if field in case.wrong_fields)
    # The invitation has opened this person's card, so their own school may be named.
    school_id = next((found.school.id for found in _current(rooms, guest.person, guest.region)), "")
    refusal = Refusal(cause=REPORTED, at=rooms.outside.now(), case_number=case.number, fields=fields, school_id=school_id)
    return page_of(rooms, visit.attempt, refusal, visit.view)


def _wrong_page(rooms: Neighbours, visit: Visit, guest: Guest) -> WrongPage:
    return WrongPage(
        action_url=address_of(visit.attempt, "/welcome/wrong"),
        form_key=form_key(rooms, visit, _WRONG_FORM),
        back_url=address_of(visit.attempt, "/welcome/data"),
        deadline=deadline_of(rooms, visit, guest),
        fields=_FIELDS,
    )


def _current(rooms: Neighbours, person: Person, region: str) -> tuple[Membership, ...]:
    day = rooms.policies.of_region(region).local_day(rooms.outside.now())
    return tuple(found for found in person.memberships if found.left_on is None or day < found.left_on)


def _place(membership: Membership, view: View) -> CardPlace:
    school = membership.school
    return CardPlace(school.name_ru if view.language == "ru" else school.name_en, membership.class_name)
