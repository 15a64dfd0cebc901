"""The blueprint of the school's console. The entrance is asked before every address, so none can forget to ask."""

from __future__ import annotations

from flask import Blueprint, redirect
from werkzeug.wrappers import Response as AnyResponse

from broker.console.school.access_routes import access_routes
from broker.console.school.card_routes import card_routes
from broker.console.school.case_routes import CASES, case_routes
from broker.console.school.contact_routes import contact_routes
from broker.console.school.duplicate_routes import duplicate_routes
from broker.console.school.entrance import CHOOSE, answers, enter, not_here
from broker.console.school.invite_routes import invite_routes
from broker.console.school.journal_routes import journal_routes
from broker.console.school.room import SchoolRoom
from broker.console.school.roster_routes import roster_routes
from broker.directory.school_person import CardGuarded, NotHere

_PARTS = (
    case_routes,
    card_routes,
    access_routes,
    invite_routes,
    contact_routes,
    roster_routes,
    duplicate_routes,
    journal_routes,
)


def routes(room: SchoolRoom) -> Blueprint:
    """Mount it at the root of the issuer."""
    blueprint = Blueprint("school", __name__)

    @blueprint.before_request
    def entrance() -> AnyResponse | None:
        return enter(room)

    @blueprint.get("/school")
    def front() -> AnyResponse:
        return redirect(CASES, 303)

    # The entrance answers these itself: no school is chosen yet.
    @blueprint.route(CHOOSE, methods=["GET", "POST"])
    def choose() -> AnyResponse:
        return not_here(room)

    for add in _PARTS:
        add(blueprint)
    for error in (NotHere, CardGuarded):
        blueprint.register_error_handler(error, lambda found: answers(room, found))
    return blueprint
