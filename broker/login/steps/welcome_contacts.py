"""WELCOME, step 2 (E13): phone and e-mail, as many as the region demands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response

from broker.audit.event import Actor
from broker.directory.contact import Contact, Kind, require_form
from broker.directory.field_refused import FieldRefused
from broker.directory.invitations import Stage
from broker.login.contact_letters import send_confirmation
from broker.login.neighbours import Neighbours
from broker.login.visit import Visit, address_of
from broker.login.wizard import Guest, advanced, deadline_of, entry_for, form_answered, form_key, sent_on, shown
from broker.policy.rules import Contacts as ContactsAsked
from broker.screens.field_errors import FieldError
from broker.screens.wizard_pages import ContactsPage

_FORM = "contacts"


@dataclass(frozen=True, slots=True)
class Answers:
    """What was typed, unverified. Never in repr()."""

    phone: str
    email: str
    form_key: str | None = None

    def __repr__(self) -> str:
        return "Answers(...)"

    @property
    def of(self) -> Mapping[Kind, str]:
        """What was really typed, by kind: an empty field keeps what there is."""
        typed = {Kind.PHONE: self.phone.strip(), Kind.EMAIL: self.email.strip()}
        return {kind: text for kind, text in typed.items() if text}


def show(rooms: Neighbours, visit: Visit, guest: Guest) -> Response:
    """The page, with what the same person typed here before their time ran out."""
    rooms.drafts.expect(visit.attempt, guest.person.id)
    draft = rooms.drafts.find(visit.attempt, guest.person.id)
    return _page(rooms, visit, guest, Answers(draft.get("phone", ""), draft.get("email", "")), ())


def give(rooms: Neighbours, visit: Visit, guest: Guest, answers: Answers) -> Response:
    """The form came back. Whether somebody else has the same phone is never said: a family may share one."""
    errors = _faults(rooms, guest, answers)
    if errors:
        return _page(rooms, visit, guest, answers, errors)
    answer = form_answered(rooms, visit, (_FORM, answers.form_key), lambda: _keep(rooms, visit, guest, answers))
    if isinstance(answer, Response):
        # The page is out of date; what was typed is not.
        rooms.drafts.keep(visit.attempt, {"phone": answers.phone, "email": answers.email})
    return sent_on(answer)


def _keep(rooms: Neighbours, visit: Visit, guest: Guest, answers: Answers) -> str:
    person_id = guest.person.id
    before = {found.kind: found.value for found in rooms.contacts.of(person_id)}
    wanted = {kind: require_form(kind, text) for kind, text in answers.of.items()}
    with rooms.database.work():
        if any(before.get(kind, form) != form for kind, form in wanted.items()):
            # Told to the addresses of before: whoever opens a lost sheet of paper must not take them away in silence.
            rooms.notices.tell(person_id, "contact_changed", visit.view.language, link=f"{rooms.issuer}/me")
        kept = [rooms.contacts.put(person_id, kind, text, Actor("person", person_id)) for kind, text in answers.of.items()]
    for contact in kept:
        if contact.confirmed_at is None and before.get(contact.kind) != contact.value:
            send_confirmation(rooms, person_id, contact, visit.view.language)
    rooms.drafts.forget(visit.attempt, person_id)
    return advanced(rooms, visit, guest, Stage.PASSWORD)


def _faults(rooms: Neighbours, guest: Guest, answers: Answers) -> tuple[FieldError, ...]:
    errors = []
    for kind, text in answers.of.items():
        try:
            require_form(kind, text)
        except FieldRefused as refused:
            errors.append(FieldError(refused.field, refused.message, refused.n))
    have = {found.kind for found in rooms.contacts.of(guest.person.id)} | answers.of.keys()
    if _needs_both(rooms, guest):
        errors += [FieldError(kind.value, f"{kind.value}.empty") for kind in (Kind.PHONE, Kind.EMAIL) if kind not in have]
    elif not have:
        errors.append(FieldError("phone", "contacts.one"))
    return tuple(errors)


def _needs_both(rooms: Neighbours, guest: Guest) -> bool:
    return entry_for(rooms, guest.person, guest.region).contacts is ContactsAsked.BOTH


def _page(rooms: Neighbours, visit: Visit, guest: Guest, answers: Answers, errors: tuple[FieldError, ...]) -> Response:
    kept: Mapping[Kind, Contact] = {found.kind: found for found in rooms.contacts.of(guest.person.id)}
    phone, email = kept.get(Kind.PHONE), kept.get(Kind.EMAIL)
    page = ContactsPage(
        action_url=address_of(visit.attempt, "/welcome/contacts"),
        form_key=form_key(rooms, visit, _FORM),
        back_url=address_of(visit.attempt, "/welcome/data"),
        deadline=deadline_of(rooms, visit, guest),
        needs_both=_needs_both(rooms, guest),
        phone=answers.phone.strip(),
        email=answers.email.strip(),
        phone_kept=phone.masked if phone else None,
        email_kept=email.masked if email else None,
        errors=errors,
    )
    return shown(rooms, visit, page, has_errors=bool(errors))
