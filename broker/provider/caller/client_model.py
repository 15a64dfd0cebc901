"""A registered client in the shape Authlib asks it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin

from broker.clients.client import Client


class ClientModel(ClientMixin):  # type: ignore[misc]
    """Wraps one frozen client; holds no state of its own."""

    def __init__(self, client: Client, now: Callable[[], datetime]):
        self.client = client
        self._now = now

    def __repr__(self) -> str:
        return f"ClientModel({self.client.client_id!r})"

    @property
    def client_metadata(self) -> Mapping[str, Any]:
        return {"post_logout_redirect_uris": list(self.client.post_logout_redirect_uris)}

    def get_client_id(self) -> str:
        return self.client.client_id

    def get_default_redirect_uri(self) -> None:
        # The address is required in every request (RFC 9700 4.1.3), so there is none to fall back on.
        return None

    def get_allowed_scope(self, scope: str | None) -> str:
        return " ".join(word for word in (scope or "").split() if word in self.client.scopes)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return self.client.may_redirect_to(redirect_uri)

    def check_client_secret(self, client_secret: str) -> bool:
        return self.client.secret_is_right(client_secret, self._now())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        # One method a client, the same at every endpoint (RFC 9700 2.5: no choice for an attacker).
        return method == self.client.token_endpoint_auth_method

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.client.grant_types
