"""The UserInfo Endpoint (OpenID Connect Core 5.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from authlib.oauth2 import OAuth2Error
from flask import Request, Response

from broker.clients.client import Client
from broker.provider.answering.ready import Answer
from broker.provider.caller.sender import Sender, Shown
from broker.provider.granting.engine import error_body
from broker.provider.granting.still_allowed import NotAllowed, StillAllowed
from broker.provider.token_use.bearer import challenges, presented_token
from broker.provider.token_use.step_up import Demand, require_minimum
from broker.provider.token_use.userinfo_form import written
from broker.provider.wire import refusal
from broker.tokens.authorization import Authorization
from broker.tokens.claims import claims_about
from broker.tokens.confirmation import confirmation_of
from broker.tokens.envelope import Envelopes, NoEncryptionKey
from broker.tokens.living import Living, LivingTokens
from broker.tokens.mint import Mint
from broker.tokens.rehearsal import Invented
from broker.tokens.scopes import SCOPE_OF_CLAIM, claims_of
from broker.tokens.sealed import BadToken

_Words = tuple[str, ...]
_NOT_KEPT = (("Cache-Control", "no-store"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfo:
    """Answers who the person of an access token is, as they are today. The token must be for `issuer`, not for a resource.

    `rehearsed` knows the invented claims of a token that a check of a service was given (broker/tokens/rehearsal.py).
    """

    issuer: str
    find_client: Callable[[str], Client | None]
    now: Callable[[], datetime]
    living: LivingTokens
    sender: Sender
    mint: Mint
    envelopes: Envelopes
    still_allowed: StillAllowed
    demand: Demand
    rehearsed: Callable[[str], Invented | None]

    def answer(self, request: Request) -> Response:
        """Claims as JSON, or an error of RFC 6750 3.1, RFC 9449 7.1 or RFC 9470 3."""
        shown: Shown | None = None
        try:
            shown = presented_token(request)
            body, content_type = self._told(shown, request)
        except OAuth2Error as error:
            answer = Response(error_body(error) if error.error else "{}", error.status_code, content_type="application/json")
            for challenge in challenges(error, shown.scheme if shown is not None else None):
                answer.headers.add("WWW-Authenticate", challenge)
            answer.headers.add("Cache-Control", "no-store")
            return answer
        return Answer(body, 200, _NOT_KEPT, content_type)

    def _told(self, shown: Shown, request: Request) -> tuple[str, str]:
        """The body and its content type, in the form the client is registered for."""
        invented = self.rehearsed(shown.token)
        claims, client = self._claims(shown, request) if invented is None else self._made_up(invented, shown, request)
        try:
            return written(claims, client, self.envelopes)
        except NoEncryptionKey as error:
            raise refusal("invalid_request", "the client has no key to encrypt the answer to") from error

    def _made_up(self, invented: Invented, shown: Shown, request: Request) -> tuple[Mapping[str, object], Client]:
        client = self.find_client(invented.client_id)
        if client is None:
            raise _invalid()
        self.sender.require_holder(confirmation_of(invented.confirmation), shown, request, client)
        return invented.claims, client

    def _claims(self, shown: Shown, request: Request) -> tuple[Mapping[str, object], Client]:
        """The claims and the client they are for."""
        living = self._living(shown, request)
        access, client = living.access, living.client
        if living.grant is None:
            raise _invalid()
        about = living.grant.authorization
        if "openid" not in access.scopes:
            raise refusal("insufficient_scope", "the token was not issued for openid", 403)
        # Who the person gave the permission to; another client has got the token by exchange (RFC 8693).
        given_to = client if client.client_id == about.client_id else self.find_client(about.client_id)
        if given_to is None:
            raise _invalid()
        self.demand.require(access.scopes, about, self.now())
        for one in (client, given_to):
            require_minimum(one, about)
        try:
            allowed = self.still_allowed.require(given_to, about)
        except NotAllowed as error:
            raise _invalid() from error
        wanted = _wanted(living, about, given_to)
        subject = allowed.subject(wanted)
        if client is not given_to:
            # Each service has its own names for people, children included: two must not be able to compare theirs.
            children = tuple((self.mint.subject(client, child.person_id), child) for _, child in subject.children)
            subject = replace(subject, children=children)
        return claims_about(subject, wanted) | {"sub": self.mint.subject(client, about.person_id)}, client

    def _living(self, shown: Shown, request: Request) -> Living:
        """The token with what backs it: for us to read, and sent by who may send it."""
        try:
            living = self.living.read(shown.token)
        except BadToken as error:
            raise _invalid() from error
        if not living.access.is_for(self.issuer, self.issuer):
            raise _invalid()
        self.sender.require(living.access, shown, request, living.client)
        return living


def _wanted(living: Living, about: Authorization, given_to: Client) -> frozenset[str]:
    """The names of the claims to tell. What has been taken from a client since is not told any more; what was asked for by name
    was asked by the client of the permission, for itself."""
    named = about.claims if living.client.client_id == given_to.client_id else ()
    return _told_of(living.access.scopes, named, living.client.scopes, given_to.scopes)


@lru_cache(maxsize=1024)
def _told_of(scopes: _Words, named: _Words, of_client: _Words, of_giver: _Words) -> frozenset[str]:
    """The same few sets of words come with nearly every token."""
    held = set(of_client) & set(of_giver)
    return frozenset(name for name in claims_of(scopes) | set(named) if SCOPE_OF_CLAIM[name] in held)


def _invalid() -> OAuth2Error:
    return refusal("invalid_token", "the access token is not valid", 401)
