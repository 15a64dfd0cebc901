"""Refusals that stay on our site, as pages with a cause; and what machines are told when a store is down."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, request

from broker.provider.carried import CarriedRequest
from broker.provider.documents import ENDPOINTS
from broker.provider.granting.engine import Engine
from broker.provider.rooms import ProviderRooms
from broker.provider.wire import OnOurPage, refusal
from broker.screens.causes import cause
from broker.screens.pages import CausePage
from broker.screens.view import view_of

_MACHINES = frozenset({
    ENDPOINTS["token_endpoint"], ENDPOINTS["pushed_authorization_request_endpoint"], ENDPOINTS["revocation_endpoint"],
    ENDPOINTS["device_authorization_endpoint"], ENDPOINTS["userinfo_endpoint"],
    ENDPOINTS["introspection_endpoint"],
})  # fmt: skip
_OVERLOADED = 8002


class CausePages:
    """Draws them. Nothing the request held is repeated."""

    def __init__(self, rooms: ProviderRooms):
        self._rooms = rooms

    def of(self, stopped: OnOurPage) -> Response:
        """The page of one refusal, with its true status."""
        rooms, view = self._rooms, view_of(request)
        client = rooms.clients.find(stopped.client_id) if stopped.client_id else None
        service = None
        if client is not None:
            service = client.client_name if view.language == "ru" else client.client_name_en or client.client_name
        page = CausePage(
            cause=cause(stopped.cause),
            at=rooms.outside.now(),
            zone=rooms.policies.default.zone,
            variables={"host": urlsplit(rooms.settings.issuer).netloc},
            primary_url="/login",
            service=service,
        )
        return rooms.screens.render(page, view)

    def unavailable(self, engine: Engine) -> Response:
        """The short-lived store or the signer of tokens is silent: what cannot be checked is not allowed (RFC 6749 4.1.2.1)."""
        if request.path in _MACHINES:
            error = refusal("temporarily_unavailable", "try again in a moment", 503)
            return engine.handle_error_response(CarriedRequest("POST", {}, {}), error)
        return self.of(OnOurPage(_OVERLOADED))
