"""What every grant shares: is this person still allowed today, and the one issue of tokens.

A grant proves something (`Proven`); only `clear` turns that into `Cleared`, and `issue` takes nothing else. So no grant, present
or future, reaches the mint past the question. A client that asks for itself proves nothing but who it is (`OfClient`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError

from broker.audit.catalogue import TokensIssued, TokensRevoked
from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.clients.client import Client
from broker.provider.granting.held_details import held_details, require_no_others
from broker.provider.granting.still_allowed import Allowed, NotAllowed, StillAllowed
from broker.provider.granting.terms import SenderOf, Sent, Terms, is_bound_to, sender_of
from broker.storage.database import Database
from broker.tokens.authorization import Authorization, Grant
from broker.tokens.claims import claims_about
from broker.tokens.lives import lives_of
from broker.tokens.mint import Mint, Minted, Minting
from broker.tokens.refusal import GrantRefused
from broker.tokens.scopes import SCOPE_OF_CLAIM
from broker.tokens.settings import TokenSettings
from broker.tokens.store import Grants, PresentedRefresh, RefreshUse

_PUBLIC_CODE = "the code or token is not valid"


@dataclass(frozen=True, slots=True)
class Proven:
    """A proof: a spent code not yet turned into a grant, or a grant. `refresh` is its refresh token, spent when tokens are made.

    `is_exchanged`: nothing is spent, the person's access token was shown by a client (RFC 8693).
    """

    authorization: Authorization
    code: str | None = field(default=None, repr=False)
    grant: Grant | None = None
    refresh: PresentedRefresh | None = None
    is_exchanged: bool = False


@dataclass(frozen=True, slots=True)
class Cleared:
    """A proof whose person is still allowed. Made by `TokenPipeline.clear` only."""

    proven: Proven
    allowed: Allowed
    terms: Terms


@dataclass(frozen=True, slots=True)
class OfClient:
    """A client asks for itself; there is no person to ask about (RFC 6749 4.4)."""

    terms: Terms


class TokenAnswer(dict[str, object]):
    """The body of a token response. Authlib writes what it issues into its debug log; this says nothing there."""

    def __repr__(self) -> str:
        return "TokenAnswer(...)"


@dataclass(frozen=True, slots=True)
class TokenTools:
    """What tokens are made with and written down in. `sender_of` finds who sent a request."""

    database: Database
    grants: Grants
    journal: Journal
    mint: Mint
    settings: TokenSettings
    sender_of: SenderOf


class TokenPipeline:
    """The phases after the proof, the same for every grant."""

    def __init__(self, tools: TokenTools, still_allowed: StillAllowed):
        self._tools = tools
        self._still_allowed = still_allowed

    def sent(self, client: Client) -> Sent:
        """Who sent the request at hand. To be asked before anything is spent.

        Raises:
            OAuth2Error: see `sender_of`.
        """
        return sender_of(client, self._tools.sender_of)

    def present_refresh(self, token: str, client: Client, use: RefreshUse) -> Proven:
        """The grant of a refresh token. The token is spent together with the entry that says what came of it: an answer that
        fails before, because the database is silent, leaves the client a token that works.

        Raises:
            InvalidGrantError: of another client, ended, or used before.
            BadToken: not one of ours.
        """
        try:
            lasting = RefreshUse(use.client_id, use.require, use.rotates, lives_of(client, self._tools.settings))
            refresh = self._tools.grants.present(token, lasting, self._tools.journal)
        except GrantRefused as refused:
            raise refuse_grant() from refused
        return Proven(refresh.grant.authorization, grant=refresh.grant, refresh=refresh)

    def end_reused(self, code: str) -> None:
        """A code nobody can redeem any more ends the grant it may have made (RFC 6749 4.1.2)."""
        self._tools.grants.end_reused_code(code, self._tools.journal)

    def clear(self, proven: Proven, client: Client, terms: Terms) -> Cleared:
        """Phases three and four: whoever sent it holds the key; the person, the school, the link, the upstream, the permission
        are as they were. `client` is the one that the person gave the permission to.

        A refusal ends the grant of a refresh: the way back is to sign in.

        Raises:
            InvalidGrantError: sent by somebody else, or not allowed any more.
        """
        if not proven.is_exchanged and not is_bound_to(proven.authorization.confirmation, terms.sent):
            raise refuse_grant()
        try:
            return Cleared(proven, self._still_allowed.require(client, proven.authorization), terms)
        except NotAllowed as refused:
            if proven.grant is not None and not proven.is_exchanged:
                self._end(proven.grant)
            raise refuse_grant() from refused

    def _end(self, grant: Grant) -> None:
        """The way back is to sign in; the journal says why the tokens are worth nothing."""
        about = grant.authorization
        with self._tools.database.work():
            if self._tools.grants.end(grant.id, "not_allowed"):
                event = TokensRevoked(grant.id, about.client_id, about.person_id, "not_allowed")
                self._tools.journal.append(event, SYSTEM)

    def issue(self, cleared: Cleared, client: Client, scopes: tuple[str, ...], grant_type: str) -> TokenAnswer:
        """Phase five: open or continue the grant, write it down, mint.

        Raises:
            InvalidGrantError: the session was ended in the meantime.
            OAuth2Error: invalid_authorization_details, others were asked for than the token would hold.
        """
        proven, about = cleared.proven, cleared.proven.authorization
        # What has been taken from the client since is not given again.
        scopes = tuple([scope for scope in scopes if scope in client.scopes])
        if about.authorization_details or cleared.terms.asked_details is not None:
            cleared = self._with_details(cleared, client)
        # What is known before the grant is touched is made before: whatever fails on the way has cost nothing.
        made = self._minted(cleared, proven.grant, client, scopes) if proven.grant is not None else None
        with self._tools.database.work():
            grant, refresh_token = self._grant(cleared, scopes, client)
            if grant is not None:
                self._write_down(grant, client, scopes, grant_type)
        if grant is None:
            raise refuse_grant()
        minted = made or self._minted(cleared, grant, client, scopes)
        answer = _answer(minted, scopes, cleared.terms)
        if minted.id_token is not None:
            answer["id_token"] = minted.id_token
        if refresh_token is not None:
            answer["refresh_token"] = refresh_token
        if cleared.terms.details:
            # RFC 9396 7: what this token is good for.
            answer["authorization_details"] = list(cleared.terms.details)
        return answer

    def issue_to_client(self, asking: OfClient, client: Client, scopes: tuple[str, ...]) -> TokenAnswer:
        """The mint for a client that asks for itself. Nothing is written: the token has no row, and no person to tell of it."""
        require_no_others(asking.terms.asked_details, ())
        minted = self._tools.mint.mint(Minting(None, client, scopes, {}, **_on_terms(asking.terms)))
        return _answer(minted, scopes, asking.terms)

    def _with_details(self, cleared: Cleared, client: Client) -> Cleared:
        """With the authorization details that the token will hold."""

        def names() -> Mapping[str, str]:
            subject = self._tools.mint.subject
            return {name: subject(client, child.person_id) for name, child in cleared.allowed.children()}

        held = held_details(cleared.proven.authorization, client, cleared.terms, names)
        return replace(cleared, terms=replace(cleared.terms, details=tuple(detail.plain() for detail in held)))

    def _minted(self, cleared: Cleared, grant: Grant, client: Client, scopes: tuple[str, ...]) -> Minted:
        proven = cleared.proven
        claims = {} if proven.is_exchanged else self._id_claims(cleared, client)
        nonce = proven.authorization.nonce
        terms, with_id_token = _on_terms(cleared.terms), not proven.is_exchanged
        return self._tools.mint.mint(Minting(grant, client, scopes, claims, nonce, with_id_token=with_id_token, **terms))

    def _write_down(self, grant: Grant, client: Client, scopes: tuple[str, ...], grant_type: str) -> None:
        event = TokensIssued(
            person_id=grant.authorization.person_id,
            client_id=client.client_id,
            grant_id=grant.id,
            grant_type=grant_type,
            scopes=scopes,
        )
        self._tools.journal.append(event, Actor("client", client.client_id))

    def _grant(self, cleared: Cleared, scopes: tuple[str, ...], client: Client) -> tuple[Grant | None, str | None]:
        """The grant with its next refresh token; no grant when somebody else has used the refresh token a moment ago."""
        proven, grants = cleared.proven, self._tools.grants
        try:
            if proven.refresh is not None:
                following = grants.spend(proven.refresh, self._tools.journal)
                return (proven.grant if following is not None else None), following
            if proven.grant is not None:
                return proven.grant, None
            if proven.code is None:
                raise RuntimeError("a proof is either a code or a grant")
            offline = "offline_access" in scopes and "refresh_token" in client.grant_types
            kept = _kept(proven.authorization, _kept_key(client, cleared.terms.sent))
            return grants.open(proven.code, kept, offline=offline, lives=lives_of(client, self._tools.settings))
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


def _kept_key(client: Client, sent: Sent) -> str:
    """The key that refresh tokens are bound to: only where nothing else proves whose they are (RFC 9449 5)."""
    is_public = client.token_endpoint_auth_method == "none"  # noqa: S105 -- the name of a method
    return str(sent.confirmation or "") if is_public else ""


def _kept(authorization: Authorization, key: str) -> Authorization:
    """The authorization as the grant keeps it: for nearly all clients as it came, and then it is not copied."""
    return authorization if authorization.confirmation == key else replace(authorization, confirmation=key)


def _on_terms(terms: Terms) -> dict[str, Any]:
    """What the terms say of a token, as `Minting` calls it."""
    return {
        "audience": terms.audience,
        "confirmation": terms.sent.confirmation,
        "actors": terms.actors,
        "ends_at": terms.ends_at,
        "form": terms.form,
        "details": terms.details,
    }


def _answer(minted: Minted, scopes: tuple[str, ...], terms: Terms) -> TokenAnswer:
    confirmation = terms.sent.confirmation
    return TokenAnswer(
        access_token=minted.access_token,
        token_type=confirmation.token_type if confirmation is not None else "Bearer",
        expires_in=int(minted.expires_in.total_seconds()),
        scope=" ".join(scopes),
    )
