"""The code of a rehearsal is brought back (`broker clients check`): answered with what was prepared, right or wrong.

It stands beside the pipeline and never reaches the mint: there is no person whose standing could be asked.
"""

from __future__ import annotations

from authlib.oauth2.rfc6749 import InvalidGrantError, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin

from broker.provider.caller.client_auth import METHODS
from broker.provider.carried import CarriedRequest
from broker.provider.granting.pipeline import TokenAnswer, refuse_grant
from broker.provider.granting.proof import NO_STORE, is_proven
from broker.provider.granting.terms import Sent, is_bound_to
from broker.tokens.rehearsal import Prepared, is_rehearsal


class RehearsalGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """`authorization_code` with a code of a rehearsal. To be registered before the grant of people."""

    GRANT_TYPE = "authorization_code"
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    TOKEN_RESPONSE_HEADER = NO_STORE
    prepared: Prepared
    sent: Sent

    @classmethod
    def check_token_endpoint(cls, request: CarriedRequest) -> bool:
        return request.payload.grant_type == cls.GRANT_TYPE and is_rehearsal(request.form.get("code") or "")

    def validate_token_request(self) -> None:
        """As strict as with a person's code (RFC 6749 4.1.3, RFC 7636 4.6, RFC 9449 5, RFC 8705 3.4): a service that forgets
        PKCE, or the proof or certificate that its tokens are bound to, fails here too.

        Raises:
            OAuth2Error: see there.
        """
        model = self.authenticate_token_endpoint_client()
        if not model.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError(description="the client may not use this grant")
        form, self.sent = self.request.form, self.server.pipeline.sent(model.client)
        prepared = self.server.rehearsals.take(form["code"], model.client.client_id)
        if prepared is None or form.get("redirect_uri") != prepared.redirect_uri:
            raise refuse_grant()
        if not is_bound_to(prepared.confirmation, self.sent):
            raise refuse_grant()
        if not is_proven(form.get("code_verifier") or "", prepared.code_challenge):
            raise InvalidGrantError(description="code_verifier does not fit")
        self.prepared = prepared

    def create_token_response(self) -> tuple[int, TokenAnswer, list[tuple[str, str]]]:
        key = self.sent.confirmation
        if key is not None:
            self.server.rehearsals.bind(str(self.prepared.answer["access_token"]), str(key))
        answer = {**self.prepared.answer, "token_type": key.token_type if key is not None else "Bearer"}
        return 200, TokenAnswer(answer), self.TOKEN_RESPONSE_HEADER
