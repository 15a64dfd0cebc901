"""A person's own pages: /me and what is below it, and the front door. Without a live session they lead to the sign-in."""

from __future__ import annotations

from flask import Blueprint, Response

from broker.account.answers import see_other
from broker.account.contact_routes import contact_routes
from broker.account.device_routes import device_routes
from broker.account.login_routes import login_routes
from broker.account.pages import PROFILE_URL, profile_page
from broker.account.password_routes import password_routes
from broker.account.permission_routes import permission_routes
from broker.account.recover_routes import recover_routes
from broker.account.room import AccountRoom
from broker.account.said import take_said
from broker.account.unlink_routes import unlink_routes
from broker.account.visitor import Visitor, find_visitor, way_in, with_visitor


def routes(room: AccountRoom) -> Blueprint:
    """The blueprint of the account."""
    blueprint = Blueprint("account", __name__)

    @blueprint.get("/")
    def front_door() -> Response:
        # Whoever types the bare address, or presses the name in the top bar, wants their own page or to sign in.
        return way_in(room) if find_visitor(room) is None else see_other(PROFILE_URL)

    @blueprint.get(PROFILE_URL)
    def profile() -> Response:
        return with_visitor(room, lambda visitor: _profile(room, visitor))

    permission_routes(blueprint, room)
    device_routes(blueprint, room)
    password_routes(blueprint, room)
    login_routes(blueprint, room)
    contact_routes(blueprint, room)
    unlink_routes(blueprint, room)
    recover_routes(blueprint, room)
    return blueprint


def _profile(room: AccountRoom, visitor: Visitor) -> Response:
    said = take_said(room.shelf, visitor.session.id)
    return room.screens.render(profile_page(room, visitor, said.word if said else None), visitor.view)
