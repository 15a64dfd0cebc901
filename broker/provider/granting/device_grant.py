"""`device_code`: a device comes for what a person has answered elsewhere (RFC 8628 3.4)."""

from __future__ import annotations

from dataclasses import dataclass

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc8628 import DeviceCodeGrant

from broker.provider.caller.client_auth import METHODS
from broker.provider.caller.client_model import ClientModel
from broker.provider.granting.pipeline import Cleared, Proven, refuse_grant
from broker.provider.granting.proof import NO_STORE
from broker.provider.granting.terms import Terms, asked_details, audience_of
from broker.provider.wire import refusal
from broker.tokens.authorization import Authorization
from broker.tokens.device_codes import DeviceRefused

# Static texts of ours for each error of RFC 8628 3.5.
_SAID = {
    "authorization_pending": "the person has not answered yet",
    "slow_down": "wait five seconds longer between two requests",
    "access_denied": "the person said no",
    "expired_token": "the device code has expired",
}


@dataclass(frozen=True, slots=True)
class DeviceCredential:
    """A device code in the shape Authlib asks it. Nothing has been looked up yet."""

    device_code: str
    client_id: str
    scopes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "DeviceCredential(...)"

    def get_client_id(self) -> str:
        return self.client_id

    def get_scope(self) -> str:
        return " ".join(self.scopes)


class DeviceGrant(DeviceCodeGrant):  # type: ignore[misc]
    """`urn:ietf:params:oauth:grant-type:device_code`."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    TOKEN_RESPONSE_HEADER = NO_STORE
    authorization: Authorization
    client_of_request: ClientModel

    def query_device_credential(self, device_code: str) -> DeviceCredential:
        # Whose code it is comes out below, with the same words as for a code that nobody knows.
        return DeviceCredential(device_code, self.client_of_request.get_client_id())

    def authenticate_token_endpoint_client(self) -> ClientModel:
        model: ClientModel = super().authenticate_token_endpoint_client()
        self.client_of_request = model
        return model

    def validate_device_credential(self, credential: DeviceCredential) -> Cleared:
        """Takes the answer, if there is one. From here on the code is spent."""
        pipeline, client = self.server.pipeline, self.client_of_request.client
        sent = pipeline.sent(client)
        try:
            key = str(sent.confirmation or "")
            self.authorization = self.server.device_codes.take_answer(credential.device_code, client.client_id, key)
        except DeviceRefused as refused:
            raise _error(refused) from refused
        audience = audience_of(self.request.all("resource"), self.authorization.resources, client)
        proven = Proven(self.authorization, code=credential.device_code)
        cleared: Cleared = pipeline.clear(proven, client, Terms(sent, audience, asked_details=asked_details(self.request)))
        return cleared

    def create_token_response(self) -> object:
        credential = self.request.credential
        self.request.credential = DeviceCredential(credential.device_code, credential.client_id, self.authorization.scopes)
        return super().create_token_response()


def _error(refused: DeviceRefused) -> OAuth2Error:
    return refusal(refused.error, _SAID[refused.error]) if refused.error in _SAID else refuse_grant()
