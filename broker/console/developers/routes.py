"""The blueprint of developers. The entrance is asked before every address, so none can forget to ask."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from broker.console.developers.cause_routes import cause_routes
from broker.console.developers.edit_routes import edit_routes
from broker.console.developers.entrance import enter, not_here
from broker.console.developers.log_routes import log_routes
from broker.console.developers.new_routes import new_routes
from broker.console.developers.room import DevRoom
from broker.console.developers.service_routes import service_routes
from broker.console.developers.visit import NotMine
from broker.console.developers.walk_routes import walk_routes


def routes(room: DevRoom) -> Blueprint:
    """Mount it at the root of the issuer."""
    blueprint = Blueprint("developers", __name__)

    @blueprint.before_request
    def entrance() -> AnyResponse | None:
        return enter(room)

    for add in (service_routes, new_routes, edit_routes, log_routes):
        add(blueprint)
    for add_with_room in (cause_routes, walk_routes):
        add_with_room(blueprint, room)
    blueprint.register_error_handler(NotMine, lambda _error: not_here(room))
    return blueprint
