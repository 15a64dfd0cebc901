"""The addresses of the first sign-in: the form of the invitation, the steps of the wizard, more time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, Response, jsonify, request

from broker.directory.invitations import Stage
from broker.login.attempts import Gone, NoCookie, OtherBrowser
from broker.login.direct import begun
from broker.login.neighbours import Neighbours
from broker.login.proving import asking
from broker.login.steps import first, welcome, welcome_contacts, welcome_data, welcome_done, welcome_password
from broker.login.typed import Typed
from broker.login.visit import Visit, back_to_dispatcher
from broker.login.wizard import MOST_STAYS, Doing, Guest, deadline_of, with_guest, with_more_time
from broker.screens.forms import FORM_FIELD

FIRST_URL = "/first"

WithVisit = Callable[[str, Callable[[Visit], Response]], Response]


def wizard_routes(blueprint: Blueprint, rooms: Neighbours, with_visit: WithVisit) -> None:
    """Add the addresses. `with_visit(attempt_id, doing)` checks whose attempt it is."""
    _first(blueprint, rooms, with_visit)

    def guided(attempt_id: str, doing: Doing) -> Response:
        return with_visit(attempt_id, lambda visit: with_guest(rooms, visit, doing))

    _data(blueprint, guided)
    _contacts(blueprint, rooms, guided)
    _end(blueprint, guided)
    _time(blueprint, guided)


Guided = Callable[[str, Doing], Response]


def _first(blueprint: Blueprint, rooms: Neighbours, with_visit: WithVisit) -> None:
    @blueprint.get(FIRST_URL)
    def first_directly() -> Response:
        attempt, response = begun(rooms)
        rooms.attempts.save(asking(attempt, "first"))
        return response

    @blueprint.get("/login/<attempt_id>/first")
    def first_here(attempt_id: str) -> Response:
        def ask(visit: Visit) -> Response:
            if not visit.attempt.is_over:
                rooms.attempts.save(asking(visit.attempt, "first"))
            return back_to_dispatcher(visit.attempt)

        gone = _gone(rooms, attempt_id)
        return with_visit(attempt_id, ask) if gone is None else gone

    @blueprint.post("/login/<attempt_id>/first")
    def first_sent(attempt_id: str) -> Response:
        form = request.form
        typed = Typed(form.get("login", ""), form.get("password", ""), form.get(FORM_FIELD))
        return with_visit(attempt_id, lambda visit: _open(rooms, visit, typed))


def _open(rooms: Neighbours, visit: Visit, typed: Typed) -> Response:
    """A finished login is not begun anew by an old form; a double press of this one still gets its answer."""
    return back_to_dispatcher(visit.attempt) if visit.attempt.is_over else first.open_invitation(rooms, visit, typed)


def _gone(rooms: Neighbours, unverified_id: str) -> Response | None:
    """Somebody whose time ran out goes on: a fresh attempt for the same service, with the form of the invitation."""
    secret = request.cookies.get(rooms.cookies.name_of("browser"), "")
    found = _found(rooms, unverified_id, secret)
    if not isinstance(found, Gone) or found.origin is None or found.was_used:
        return None
    fresh = asking(rooms.attempts.renewed(found.origin, secret, found.origin.region), "first")
    rooms.attempts.save(fresh)
    return back_to_dispatcher(fresh)


def _found(rooms: Neighbours, unverified_id: str, secret: str) -> object:
    try:
        return rooms.attempts.find(unverified_id, secret)
    except (NoCookie, OtherBrowser):
        return None


def _data(blueprint: Blueprint, guided: Guided) -> None:
    @blueprint.get("/login/<attempt_id>/welcome/<stage>")
    def look_back(attempt_id: str, stage: str) -> Response:
        return guided(attempt_id, lambda rooms, visit, guest: welcome.look_back(rooms, visit, guest, stage))

    @blueprint.post("/login/<attempt_id>/welcome/data")
    def data(attempt_id: str) -> Response:
        sent = request.form.get("decision", ""), request.form.get(FORM_FIELD)
        doing = _in_turn(Stage.DATA, lambda rooms, visit, guest: welcome_data.decide(rooms, visit, guest, sent))
        return guided(attempt_id, doing)

    @blueprint.get("/login/<attempt_id>/welcome/wrong")
    def wrong(attempt_id: str) -> Response:
        return guided(attempt_id, _in_turn(Stage.DATA, welcome_data.show_wrong))

    @blueprint.post("/login/<attempt_id>/welcome/wrong")
    def report(attempt_id: str) -> Response:
        sent = tuple(request.form.getlist("fields")), request.form.get(FORM_FIELD)
        doing = _in_turn(Stage.DATA, lambda rooms, visit, guest: welcome_data.report(rooms, visit, guest, sent))
        return guided(attempt_id, doing)

    @blueprint.get("/login/<attempt_id>/welcome/reported")
    def reported(attempt_id: str) -> Response:
        return guided(attempt_id, welcome_data.show_reported)


def _contacts(blueprint: Blueprint, rooms: Neighbours, guided: Guided) -> None:
    @blueprint.post("/login/<attempt_id>/welcome/contacts")
    def contacts(attempt_id: str) -> Response:
        form = request.form
        answers = welcome_contacts.Answers(form.get("phone", ""), form.get("email", ""), form.get(FORM_FIELD))
        found = _found(rooms, attempt_id, request.cookies.get(rooms.cookies.name_of("browser"), ""))
        if isinstance(found, Gone) and found.origin is not None:
            # Page 1006 promises that answers are kept, and this is the only moment they can be.
            rooms.drafts.keep(found.origin, {"phone": answers.phone, "email": answers.email})
        doing = _in_turn(Stage.CONTACTS, lambda rooms, visit, guest: welcome_contacts.give(rooms, visit, guest, answers))
        return guided(attempt_id, doing)

    @blueprint.post("/login/<attempt_id>/welcome/password")
    def password(attempt_id: str) -> Response:
        form = request.form
        repeat = form.get("password_repeat")
        chosen = welcome_password.Chosen(form.get("password", ""), repeat, form.get("rules") == "yes", form.get(FORM_FIELD))
        doing = _in_turn(Stage.PASSWORD, lambda rooms, visit, guest: welcome_password.finish(rooms, visit, guest, chosen))
        return guided(attempt_id, doing)


def _end(blueprint: Blueprint, guided: Guided) -> None:
    @blueprint.get("/login/<attempt_id>/welcome/connect")
    def connect(attempt_id: str) -> Response:
        return guided(attempt_id, welcome_done.connect)

    @blueprint.get("/login/<attempt_id>/welcome/later")
    def later(attempt_id: str) -> Response:
        return guided(attempt_id, welcome_done.later)

    @blueprint.get("/login/<attempt_id>/welcome/phone")
    def phone(attempt_id: str) -> Response:
        was_sent = "again" in request.args
        return guided(attempt_id, lambda rooms, visit, guest: welcome_done.show_phone(rooms, visit, guest, was_sent))

    @blueprint.post("/login/<attempt_id>/welcome/phone")
    def confirm_phone(attempt_id: str) -> Response:
        form = request.form
        sent = form.get("act", ""), form.get("code", ""), form.get(FORM_FIELD)
        return guided(attempt_id, lambda rooms, visit, guest: welcome_done.confirm_phone(rooms, visit, guest, sent))


def _time(blueprint: Blueprint, guided: Guided) -> None:
    # No form key: whoever knows the address and has the cookie is at the page, and all they get is more of its time.
    @blueprint.post("/login/<attempt_id>/stay")
    def stay(attempt_id: str) -> Response:
        return guided(attempt_id, _stay)


def _stay(rooms: Neighbours, visit: Visit, guest: Guest) -> Response:
    """E26: the page asks for more time. The answer says how much, in words for the page and seconds for its script."""
    attempt = visit.attempt
    if attempt.stays >= MOST_STAYS:
        return Response(status=409)
    attempt = with_more_time(rooms, replace(attempt, stays=attempt.stays + 1))
    rooms.attempts.save(attempt)
    deadline = deadline_of(rooms, replace(visit, attempt=attempt), guest)
    said = rooms.screens.texts.say(visit.view.language, "welcome.time.until", {"time": deadline.ends_at}, deadline.zone)
    response = jsonify(seconds=deadline.seconds, words=said)
    response.headers["Cache-Control"] = "no-store"
    return response


def _in_turn(stage: Stage, doing: Doing) -> Doing:
    """The form of a step before its turn, or after the end, does nothing."""

    def checked(rooms: Neighbours, visit: Visit, guest: Guest) -> Response:
        return doing(rooms, visit, guest) if guest.may_answer(stage) else back_to_dispatcher(visit.attempt)

    return checked
