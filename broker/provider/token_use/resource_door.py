"""Our own resources beyond UserInfo: who comes with an access token, and what is answered when it will not do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from authlib.oauth2 import OAuth2Error
from flask import Request, Response

from broker.provider.caller.sender import Sender, Shown
from broker.provider.granting.engine import error_body
from broker.provider.token_use.bearer import NotSureEnough, challenges, token_in_header
from broker.provider.wire import refusal
from broker.tokens.acr import ACR_OF_LEVEL
from broker.tokens.living import Living, LivingTokens
from broker.tokens.sealed import BadToken

_SUREST = ACR_OF_LEVEL["confirmed"]
# A token that is bound to nobody's key must at least not live long (RFC 9700 4.10.1).
LONGEST_UNBOUND = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class ResourceDoor:
    """Opens for a token with `scope`, issued for the issuer itself to a client of the house, with a person behind it."""

    issuer: str
    scope: str
    living: LivingTokens
    sender: Sender

    def enter(self, request: Request) -> Living | Response:
        """The token with what backs it, or the error of RFC 6750 3.1 and RFC 9449 7.1 to answer with."""
        shown: Shown | None = None
        try:
            shown = token_in_header(request)
            return self._read(shown, request)
        except OAuth2Error as error:
            return _told(error, shown)

    def not_sure_enough(self, request: Request, within: timedelta | None) -> Response:
        """The challenge of RFC 9470 3: the person must sign in again, in a surer way and within so long."""
        seconds = None if within is None else int(within.total_seconds())
        return _told(NotSureEnough((_SUREST,), seconds), token_in_header(request))

    def _read(self, shown: Shown, request: Request) -> Living:
        try:
            found = self.living.read(shown.token)
        except BadToken as error:
            raise _invalid() from error
        access = found.access
        # By exchange a token passes from service to service; who acts here must have signed in for it.
        if found.grant is None or access.actors or not access.is_for(self.issuer, self.issuer):
            raise _invalid()
        self.sender.require(access, shown, request, found.client)
        if access.confirmation is None and access.expires_at - access.issued_at > LONGEST_UNBOUND:
            raise _invalid()
        if self.scope not in access.scopes or not found.client.first_party:
            raise refusal("insufficient_scope", "the token was not issued for this", 403)
        return found


def _told(error: OAuth2Error, shown: Shown | None) -> Response:
    answer = Response(error_body(error) if error.error else "{}", error.status_code, content_type="application/json")
    for challenge in challenges(error, shown.scheme if shown is not None else None):
        answer.headers.add("WWW-Authenticate", challenge)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _invalid() -> OAuth2Error:
    return refusal("invalid_token", "the access token is not valid", 401)
