"""The Pushed Authorization Request Endpoint (RFC 9126), in the shape of Authlib's endpoints for authenticated clients."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from authlib.oauth2.rfc6749 import TokenEndpoint

from broker.clients.client import Client
from broker.provider.caller.client_auth import METHODS
from broker.provider.carried import CarriedRequest
from broker.provider.request.asking import Asking, CheckTools
from broker.provider.request.checks import ABOVE, BELOW
from broker.provider.request.parameters import REPEATABLE, Parameters
from broker.provider.request.pushed import with_value
from broker.provider.request.sources import Sources
from broker.provider.wire import OnOurPage, refusal

_JSON = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
# Proof of the client, which is nothing of the request (RFC 9126 2.1).
_CREDENTIALS = frozenset({"client_secret", "client_assertion", "client_assertion_type"})


class PushEndpoint(TokenEndpoint):  # type: ignore[misc]
    """Who asks, then the same checks as at the authorization endpoint, then an address that opens the request once."""

    ENDPOINT_NAME = "pushed_authorization_request"
    CLIENT_AUTH_METHODS = METHODS

    def __init__(self, sources: Sources, tools: CheckTools, key_named: Callable[[Client], str]):
        """`key_named` gives the thumbprint of the key whose DPoP proof came with the request, "" without one."""
        super().__init__()
        self._sources = sources
        self._tools = tools
        self._key_named = key_named

    def create_endpoint_response(self, request: CarriedRequest) -> tuple[int, dict[str, object], list[tuple[str, str]]]:
        """201 with `request_uri` and `expires_in` (RFC 9126 2.2).

        Raises:
            OAuth2Error: as at the authorization endpoint, or invalid_client (RFC 9126 2.3).
        """
        client: Client = self.authenticate_endpoint_client(request).client
        # Before a request object is spent: a library that is told to add a nonce sends the same object again.
        key = self._key_named(client)
        sent = {name: value for name, value in request.form.items() if name not in _CREDENTIALS}
        parameters = self._sources.pushable(Parameters(sent, {}, _lists(request)), client)
        self._require_sound(parameters, client)
        pushed = self._sources.pushed
        uri = pushed.keep(client, _bound(parameters, key))
        return 201, {"request_uri": uri, "expires_in": int(pushed.ttl.total_seconds())}, list(_JSON)

    def _require_sound(self, parameters: Parameters, client: Client) -> None:
        """What would be refused later is refused now (RFC 9126 2.1); it is asked again later, for much may have changed."""
        asking = Asking(parameters)
        tools = CheckTools(self._tools.find_client, lambda found, _: found, self._tools.hints)
        try:
            for check in (*ABOVE, *BELOW):
                check(asking, tools)
        except OnOurPage as error:
            raise refusal("invalid_request", "redirect_uri is not registered for this client") from error


def _bound(parameters: Parameters, key: str) -> Parameters:
    """With the key of the proof shown here, as if it had been named; a key named besides must be the same (RFC 9449 10.1)."""
    if not key:
        return parameters
    if not hmac.compare_digest(parameters.get("dpop_jkt") or key, key):
        raise refusal("invalid_dpop_proof", "dpop_jkt names another key than the proof")
    return with_value(parameters, "dpop_jkt", key)


def _lists(request: CarriedRequest) -> dict[str, tuple[str, ...]]:
    return {name: found for name in REPEATABLE if (found := request.all(name))}
