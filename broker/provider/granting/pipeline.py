"""What every grant shares: is this person still allowed today, and the one issue of tokens.

A grant proves something (`Proven`); only `require_still_allowed` turns that into `Allowed`, and `issue` takes nothing else.
So no grant, present or future, reaches the mint past the question.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from authlib.oauth2.rfc6749 import InvalidGrantError

from broker.audit.catalogue import TokensIssued
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.clients.client import Client
from broker.provider.granting.still_allowed import Allowed, NotAllowed, StillAllowed
from broker.storage.database import Database
from broker.tokens.authorization import Authorization, Grant
from broker.tokens.claims import claims_about
from broker.tokens.mint import Mint, Minting
from broker.tokens.refusal import GrantRefused
from broker.tokens.scopes import SCOPE_OF_CLAIM
from broker.tokens.store import Grants

_PUBLIC_CODE = "the code or token is not valid"


@dataclass(frozen=True, slots=True)
class Proven:
    """A proof that has been spent. Either a code not yet turned into a grant, or a grant with its next refresh token."""

    authorization: Authorization
    code: str | None = field(default=None, repr=False)
    grant: Grant | None = None
    refresh_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Cleared:
    """A proof whose person is still allowed. Made by `TokenPipeline.clear` only."""

    proven: Proven
    allowed: Allowed


class TokenAnswer(dict[str, object]):
    """The body of a token response. Authlib writes what it issues into its debug log; this says nothing there."""

    def __repr__(self) -> str:
        return "TokenAnswer(...)"


class TokenPipeline:
    """The phases after the proof, the same for every grant."""

    def __init__(self, database: Database, grants: Grants, journal: Journal, mint: Mint, still_allowed: StillAllowed):
        self._database = database
        self._grants = grants
        self._journal = journal
        self._mint = mint
        self._still_allowed = still_allowed

    def spend_refresh(self, token: str, client: Client, require: Callable[[Grant], None]) -> Proven:
        """The grant of a refresh token, with the token replaced by its successor.

        Raises:
            InvalidGrantError: not one of ours, of another client, ended, or used before.
        """
        try:
            grant, following = self._grants.rotate(token, client.client_id, self._journal, require)
        except GrantRefused as refused:
            raise refuse_grant() from refused
        return Proven(grant.authorization, grant=grant, refresh_token=following)

    def end_reused(self, code: str) -> None:
        """A code nobody can redeem any more ends the grant it may have made (RFC 6749 4.1.2)."""
        self._grants.end_reused_code(code, self._journal)

    def clear(self, proven: Proven, client: Client) -> Cleared:
        """Phase four: the person, the school, the link, the upstream, the permission, as they are today.

        A refusal ends the grant: its refresh token is spent already, and the way back is to sign in.

        Raises:
            InvalidGrantError: not allowed any more.
        """
        try:
            return Cleared(proven, self._still_allowed.require(client, proven.authorization))
        except NotAllowed as refused:
            if proven.grant is not None:
                self._grants.end(proven.grant.id, "not_allowed")
            raise refuse_grant() from refused

    def issue(self, cleared: Cleared, client: Client, scopes: tuple[str, ...], grant_type: str) -> TokenAnswer:
        """Phase five: open or continue the grant, write it down, mint.

        Raises:
            InvalidGrantError: the session was ended in the meantime.
        """
        about = cleared.proven.authorization
        # What has been taken from the client since is not given again.
        scopes = tuple(scope for scope in scopes if scope in client.scopes)
        with self._database.work():
            grant, refresh_token = self._grant(cleared.proven, scopes, client)
            event = TokensIssued(
                person_id=about.person_id, client_id=client.client_id, grant_id=grant.id, grant_type=grant_type, scopes=scopes
            )
            self._journal.append(event, Actor("client", client.client_id))
        minted = self._mint.mint(Minting(grant, client, scopes, self._id_claims(cleared, client), about.nonce))
        answer = TokenAnswer(
            access_token=minted.access_token,
            token_type="Bearer",  # noqa: S106 -- the name of a type
            expires_in=int(minted.expires_in.total_seconds()),
            scope=" ".join(scopes),
        )
        if minted.id_token is not None:
            answer["id_token"] = minted.id_token
        if refresh_token is not None:
            answer["refresh_token"] = refresh_token
        return answer

    def _grant(self, proven: Proven, scopes: tuple[str, ...], client: Client) -> tuple[Grant, str | None]:
        if proven.grant is not None:
            return proven.grant, proven.refresh_token
        if proven.code is None:
            raise RuntimeError("a proof is either a code or a grant")
        offline = "offline_access" in scopes and "refresh_token" in client.grant_types
        try:
            return self._grants.open(proven.code, proven.authorization, offline=offline)
        except GrantRefused as refused:
            raise refuse_grant() from refused

    def _id_claims(self, cleared: Cleared, client: Client) -> dict[str, object]:
        # With the code flow the claims of scopes come from the UserInfo Endpoint (OpenID Connect Core 5.4). What has been taken
        # from the client since is not told any more, there and here.
        asked = cleared.proven.authorization.id_token_claims
        wanted = frozenset(name for name in asked if SCOPE_OF_CLAIM.get(name) in client.scopes)
        return claims_about(cleared.allowed.subject(wanted), wanted) if wanted else {}


def refuse_grant() -> InvalidGrantError:
    """The same words for every reason: whoever holds a stolen code learns nothing from the answer."""
    return InvalidGrantError(description=_PUBLIC_CODE)


