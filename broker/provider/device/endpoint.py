"""The device authorization endpoint (RFC 8628 3.1, 3.2), on Authlib's."""

from __future__ import annotations

from collections.abc import Callable

from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint

from broker.clients.client import Client
from broker.consent.details import written
from broker.limits.limits import Limit
from broker.limits.places import place_of
from broker.provider.carried import CarriedRequest
from broker.provider.granting.device_grant import DeviceGrant
from broker.provider.granting.proof import NO_STORE
from broker.provider.granting.terms import audience_of
from broker.provider.request.about_tokens import require_registered_details
from broker.provider.rooms import ProviderRooms
from broker.provider.wire import refusal
from broker.tokens.confirmation import Confirmation
from broker.tokens.device_codes import Wanted, shown
from broker.tokens.scopes import PERSON_SCOPES

PAGE_PATH = "/device"
_MAX_SCOPES = 30


class DeviceEndpoint(DeviceAuthorizationEndpoint):  # type: ignore[misc]
    """Gives a device its code, and the letters that a person will type. `came_from` is the network address of the request;
    `key_named` the thumbprint of the key whose DPoP proof came with it, "" without one: the code is then good for this key only,
    as one that was asked for by a pushed request is (RFC 9449 10.1)."""

    def __init__(self, rooms: ProviderRooms, came_from: Callable[[], str], key_named: Callable[[Client], str]):
        self._rooms = rooms
        self._came_from = came_from
        self._key_named = key_named
        tries = rooms.tries
        # Anybody can ask in the name of a public client, and every answer is kept for a while.
        self._per_place = Limit("device.begun", tries.tries_per_address, tries.tries_within)

    def create_endpoint_response(self, request: CarriedRequest) -> tuple[int, dict[str, object], list[tuple[str, str]]]:
        """The answer of RFC 8628 3.2.

        Raises:
            OAuth2Error: invalid_client, unauthorized_client, invalid_scope, invalid_target, invalid_authorization_details
                (RFC 9396 5), invalid_dpop_proof, or too many requests (429).
        """
        model = self.authenticate_client(request)
        client: Client = model.client
        if not model.check_grant_type(DeviceGrant.GRANT_TYPE):
            raise UnauthorizedClientError(description="the client is not registered for this grant")
        wanted = self._wanted(client, request)
        if not self._rooms.limits.spend(self._per_place, client.client_id, place_of(self._came_from())).is_allowed:
            raise refusal("slow_down", "too many devices ask at once", 429)
        device_code, letters = self._rooms.device_codes.begin(wanted)
        return 200, self._answer(device_code, shown(letters)), NO_STORE

    def _wanted(self, client: Client, request: CarriedRequest) -> Wanted:
        key, text = self._key_named(client), request.form.get("authorization_details")
        return Wanted(
            client_id=client.client_id,
            scopes=_scopes(client, request.payload.scope),
            resources=audience_of(request.all("resource"), (), client),
            authorization_details=written(require_registered_details(text, client)) if text is not None else "",
            confirmation=str(Confirmation("jkt", key)) if key else "",
        )

    def _answer(self, device_code: str, user_code: str) -> dict[str, object]:
        page, settings = self._rooms.settings.issuer + PAGE_PATH, self._rooms.token_settings
        return {
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={user_code}",
            "expires_in": int(settings.device_ttl.total_seconds()),
            "interval": int(settings.device_interval.total_seconds()),
        }


def _scopes(client: Client, asked: str | None) -> tuple[str, ...]:
    """The scopes asked for, `openid` without any. Unknown ones are passed over, known ones must be registered."""
    words = (asked or "openid").split()
    known = tuple(dict.fromkeys(word for word in words if word in PERSON_SCOPES))
    if any(word in client.waiting_scopes for word in known):
        raise InvalidScopeError(description="a scope waits for the approval of a registrar")
    if not known or len(words) > _MAX_SCOPES or any(word not in client.scopes for word in known):
        raise InvalidScopeError(description="a scope is not registered for this client")
    # OpenID Connect Core 11: of no use to a client that could not use the refresh token.
    return known if "refresh_token" in client.grant_types else tuple(word for word in known if word != "offline_access")
