"""Authlib's authorization server, with our stores behind it and our guarantees at its seams."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer, InvalidClientError
from flask import Response

from broker.clients.client import Client
from broker.provider.answering.ready import Answer
from broker.provider.caller.client_auth import by_header, named_client, not_authenticated, presented_methods
from broker.provider.caller.client_model import ClientModel
from broker.provider.carried import CarriedRequest
from broker.provider.granting.grants import TOKEN_GRANTS
from broker.provider.granting.pipeline import Cleared, OfClient, TokenAnswer, TokenPipeline
from broker.provider.granting.rehearsal_grant import RehearsalGrant
from broker.provider.mistakes import BAD_REQUEST, Mistake, Mistakes
from broker.provider.wire import refusal
from broker.tokens.codes import Codes
from broker.tokens.device_codes import DeviceCodes
from broker.tokens.envelope import NoEncryptionKey
from broker.tokens.living import LivingTokens
from broker.tokens.rehearsal import Rehearsals
from broker.tokens.scopes import SCOPES

# Made once: `json.dumps` makes one a call for whoever wants anything but its usual form.
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
# The reference for developers has no page for a wrong secret alone.
_CAUSES = {"invalid_client": 0}


@dataclass(frozen=True, slots=True)
class ProofBooks:
    """Where the grants look up what they are shown."""

    codes: Codes
    device_codes: DeviceCodes
    living: LivingTokens
    rehearsals: Rehearsals
    mistakes: Mistakes


class Engine(AuthorizationServer):  # type: ignore[misc]
    """One per application. `pipeline` and the books are what the grants reach through their server."""

    def __init__(
        self,
        find_client: Callable[[str], Client | None],
        now: Callable[[], datetime],
        books: ProofBooks,
        pipeline: TokenPipeline,
        callers: Mapping[str, Callable[..., object]],
    ):
        super().__init__(scopes_supported=list(SCOPES))
        quiet_authlib()
        self._find_client = find_client
        self._now = now
        self.mistakes = books.mistakes
        self.codes, self.device_codes, self.living = books.codes, books.device_codes, books.living
        self.rehearsals = books.rehearsals
        self.pipeline = pipeline
        self.register_client_auth_method("client_secret_basic", by_header)
        for method, check in callers.items():
            self.register_client_auth_method(method, check)
        self.register_token_generator("default", self._generate)
        # First, because it is asked for the same grant type and knows its own codes.
        self.register_grant(RehearsalGrant)
        for grant, extensions in TOKEN_GRANTS:
            self.register_grant(grant, list(extensions))

    def query_client(self, client_id: str) -> ClientModel | None:
        """A client that may be dealt with: a paused one is as good as unknown."""
        client = self._find_client(client_id)
        return ClientModel(client, self._now) if client is not None and client.is_enabled else None

    def authenticate_client(self, request: CarriedRequest, methods: object, endpoint: str = "token") -> ClientModel:
        """Exactly the method the request presents is tried, and one answer is given for every failure.

        Raises:
            OAuth2Error: invalid_client or invalid_request.
        """
        request.called_endpoint = endpoint
        presented = presented_methods(request)
        try:
            model: ClientModel = super().authenticate_client(request, presented, endpoint)
        except InvalidClientError as error:
            raise not_authenticated() from error
        return model

    def save_token(self, token: object, request: object) -> None:
        """Nothing to do: the grant was written before the token existed, and tokens are not kept."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens; what happened is in the journal."""

    def create_oauth2_request(self, request: CarriedRequest) -> CarriedRequest:
        return request

    def handle_response(self, status: int, body: object, headers: list[tuple[str, str]]) -> Response:
        text = _COMPACT.encode(body) if isinstance(body, dict) else body
        return Answer(text, status, headers)  # type: ignore[arg-type]

    def handle_error_response(self, request: CarriedRequest, error: OAuth2Error) -> Response:
        """A JSON error (RFC 6749 5.2). 401 names the scheme to use."""
        said = str(error.error)
        self.mistakes.note(named_client(request), Mistake(request.called_endpoint, said, "", _CAUSES.get(said, BAD_REQUEST)))
        answer = Response(error_body(error), error.status_code, content_type="application/json")
        answer.headers["Cache-Control"] = "no-store"
        if error.status_code == 401:
            answer.headers["WWW-Authenticate"] = 'Basic realm="token", charset="UTF-8"'
        return answer

    def _generate(self, **minting: Any) -> TokenAnswer:
        cleared = minting["user"]
        scopes = tuple((minting["scope"] or "").split())
        if isinstance(cleared, OfClient):
            return self.pipeline.issue_to_client(cleared, minting["client"].client, scopes)
        if not isinstance(cleared, Cleared):
            raise RuntimeError("tokens are made only for somebody whose standing was asked")
        try:
            return self.pipeline.issue(cleared, minting["client"].client, scopes, minting["grant_type"])
        except NoEncryptionKey as error:
            raise refusal("invalid_request", "the client has no key to encrypt its ID token to") from error


def error_body(error: OAuth2Error) -> str:
    """`error` and `error_description`, never anything the caller sent."""
    body = {"error": error.error}
    # Authlib's own descriptions can repeat what was sent; ours are passed as `description`.
    if error.description:
        body["error_description"] = error.description
    return json.dumps(body)


def quiet_authlib() -> None:
    """Authlib's debug log holds tokens and client secrets' owners; it is never wanted here."""
    logging.getLogger("authlib").setLevel(logging.WARNING)
