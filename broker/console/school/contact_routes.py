"""S7: whom families call, with a preview and a yearly reminder."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from broker.console.school.lines import local_day
from broker.console.school.visit import Visit, here
from broker.console.school_contacts import FIELDS, read_contact
from broker.directory.person import SchoolContact
from broker.directory.school_edits import CardRefused
from broker.screens.field_errors import FieldError, first_of_each
from broker.screens.pages import SchoolCard
from broker.screens.school_pages import ContactsPage

CONTACTS = "/school/contacts"
_OLD_AFTER = timedelta(days=365)


def contact_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the console's blueprint."""

    @blueprint.get(CONTACTS)
    def contacts() -> AnyResponse:
        visit = here()
        return visit.show(_page(visit, _held(visit)))

    @blueprint.post(CONTACTS)
    def save_contacts() -> AnyResponse:
        return _save(here())


def _save(visit: Visit) -> AnyResponse:
    typed = {field: request.form.get(field, "")[:200] for field in FIELDS}

    def do() -> str:
        contact = read_contact(typed)
        visit.cards.desk(visit.actor).set_contact(contact)
        return f"{CONTACTS}?done=contacts"

    try:
        return visit.once(do)
    except CardRefused as refused:
        errors = first_of_each(FieldError(one.field, one.message) for one in refused.problems)
        return visit.show(_page(visit, typed, errors), 422)


def _held(visit: Visit) -> dict[str, str]:
    contact = visit.cards.school.contact
    return {field: getattr(contact, field) if contact else "" for field in FIELDS}


def _page(visit: Visit, typed: dict[str, str], errors: tuple[FieldError, ...] = ()) -> ContactsPage:
    school = visit.cards.school
    changed_at = visit.room.schools.changes.last_at(school.id, "contacts")
    is_old = changed_at is None or visit.room.outside.now() - changed_at > _OLD_AFTER
    return ContactsPage(
        frame=visit.frame("contacts"),
        **typed,
        form=visit.form(CONTACTS),
        preview=_preview(visit, school.contact),
        changed_on=local_day(visit, changed_at) if changed_at else None,
        is_old=is_old and school.contact is not None,
        errors=errors,
    )


def _preview(visit: Visit, contact: SchoolContact | None) -> SchoolCard | None:
    if contact is None:
        return None
    name = visit.cards.school.name_ru if visit.view.language == "ru" else visit.cards.school.name_en
    return SchoolCard(name, *contact.told_in(visit.view.language))
