"""The blueprint of the console of security staff. The entrance is asked before every address, so none can forget to ask."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from broker.console.rights import Action
from broker.console.security.api_acts import act_routes
from broker.console.security.audit_routes import audit_routes
from broker.console.security.calendar_routes import calendar_routes
from broker.console.security.client_routes import client_routes
from broker.console.security.confirming import again
from broker.console.security.entrance import enter
from broker.console.security.handing_over import AGAIN, COME, come_in
from broker.console.security.key_routes import key_routes
from broker.console.security.needs import needs
from broker.console.security.overview_routes import overview_routes
from broker.console.security.passkey_routes import passkey_routes
from broker.console.security.person_routes import person_routes
from broker.console.security.policy_routes import policy_routes
from broker.console.security.report_routes import report_routes
from broker.console.security.room import SecurityRoom
from broker.console.security.secret_routes import secret_routes
from broker.console.security.staff_routes import staff_routes
from broker.console.security.start_routes import start_routes
from broker.console.security.upstream_routes import upstream_routes
from broker.console.security.visit import here

# One function a part; it adds its addresses with `needs(Action.…)` under each route.
_PARTS = (
    overview_routes, client_routes, key_routes, report_routes, secret_routes, calendar_routes, audit_routes, person_routes,
    upstream_routes, policy_routes, passkey_routes, staff_routes, act_routes,
)  # fmt: skip


def routes(room: SecurityRoom) -> Blueprint:
    """Mount it at the root of the issuer."""
    blueprint = Blueprint("security", __name__)

    @blueprint.before_request
    def entrance() -> AnyResponse | None:
        return enter(room)

    # A carried word is how a session comes to this host; whoever has none is sent to sign in.
    @blueprint.get(COME)
    @needs(Action.COME_IN)
    def come() -> AnyResponse:
        return come_in(room)

    @blueprint.get(AGAIN)
    @needs(Action.SEE_OVERVIEW)
    def go_on() -> AnyResponse:
        return again(here())

    for add in _PARTS:
        add(blueprint)
    start_routes(blueprint, room)
    return blueprint
