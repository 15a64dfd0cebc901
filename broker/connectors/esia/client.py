"""The ESIA connector: a trip there and back, what ESIA then tells us of the person, and asking it again later."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from broker.connectors.esia.keepsake import Keepsake, keepsake_from
from broker.connectors.esia.person import identity_of
from broker.connectors.esia.records.reading import Records
from broker.connectors.esia.records.received import received
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.certificates import open_signers
from broker.connectors.esia.signing.settings import DEFAULTS, SignerSettings
from broker.connectors.esia.signing.signer import Signer, SigningFailed
from broker.connectors.esia.talk.codes import NOT_VERIFIED, OUR_SETUP
from broker.connectors.esia.talk.errors import failure
from broker.connectors.esia.talk.exchange import Talk
from broker.connectors.esia.tokens.held import HeldCertificates
from broker.connectors.esia.tokens.token_check import Proven, TokenCheck
from broker.connectors.esia.wire.permissions import Permission, encoded, read_permissions
from broker.connectors.esia.wire.proof_key import challenge_of
from broker.connectors.esia.wire.requests import Asking, authorization_url, leaving_url, token_request
from broker.connectors.esia.wire.signed_text import Kind
from broker.connectors.identity import UpstreamIdentity
from broker.connectors.port import Leg, UpstreamFailed
from broker.foundation.outside import Outside

NAME = "esia"
_LOG = logging.getLogger(__name__)
_MAX_CODE = 8192
_VERIFIER = "code_verifier"


@dataclass(frozen=True, slots=True)
class SystemToken:
    """An access token of our own system, for no person. It is for ESIA and says nothing to us."""

    access_token: str

    def __repr__(self) -> str:
        return "SystemToken(...)"


def open_esia(settings: EsiaSettings, outside: Outside, signing: SignerSettings = DEFAULTS) -> Esia:
    """The connector with the keys its settings name.

    Raises:
        ValueError: a setting is missing, or a file cannot be read or does not fit; one sentence names the setting.
    """
    settings.require_complete()
    signers = open_signers(settings, outside, signing)
    held = HeldCertificates(settings, outside.now)
    check = TokenCheck(settings, held.current, outside.now)
    return Esia(settings, signers.chosen, check, outside, _permissions(settings.permissions_file))


class Esia:
    """Implements `broker.connectors.port.Connector` and `LooksAgain` for ESIA."""

    name = NAME

    def __init__(
        self,
        settings: EsiaSettings,
        signer: Callable[[], Signer],
        check: TokenCheck,
        outside: Outside,
        permissions: tuple[Permission, ...] = (),
    ):
        """`signer` says which of our keys signs the request that is being made; `permissions` are asked for besides scopes."""
        self._settings = settings
        self._signer = signer
        self._check = check
        self._outside = outside
        self._permissions = permissions

    @property
    def host(self) -> str:
        """The host a person should see in the address bar while there."""
        return urlsplit(self._settings.base_url).netloc

    def begin(self, return_url: str) -> Leg:
        """See `Connector.begin`. The state is fresh; nothing of the relying party's request goes to ESIA."""
        memory = {_VERIFIER: self._outside.token()} if self._settings.pkce else {}
        own = challenge_of(self._settings.pkce, memory.get(_VERIFIER, ""))
        if self._permissions:
            own["permissions"] = encoded(self._permissions)
        asking = self._asking(Kind.AUTHORIZATION, return_url, own)
        try:
            url = authorization_url(self._settings, asking, self._signer())
        except SigningFailed as error:
            raise UpstreamFailed(OUR_SETUP, "our request could not be signed") from error
        return Leg(url=url, state=asking.state, memory=memory)

    def complete(self, parameters: Mapping[str, str], leg: Leg, return_url: str) -> UpstreamIdentity:
        """See `Connector.complete`."""
        if not hmac.compare_digest(parameters.get("state", "").encode(), leg.state.encode()):
            raise UpstreamFailed(NOT_VERIFIED, "return: another state")
        if "error" in parameters:
            raise failure(parameters.get("error_description", ""))
        code = parameters.get("code", "")
        if not 0 < len(code) <= _MAX_CODE or not code.isascii():
            raise UpstreamFailed(NOT_VERIFIED, "return: no code")
        own = {"code": code} | {name: value for name, value in leg.memory.items() if name == _VERIFIER}
        talk, asking = self._talk(), self._asking(Kind.CODE, return_url, own)
        answer = self._tokens(talk, asking)
        found = self._identity(talk, asking, answer)
        return replace(found, keepsake=self._keepsake(answer, asking, found.subject))

    def look_again(self, keepsake: str) -> UpstreamIdentity:
        """See `LooksAgain.look_again`."""
        kept = keepsake_from(keepsake)
        asking = self._asking(Kind.REFRESH, kept.return_url, {"refresh_token": kept.refresh_token})
        asking, talk = replace(asking, scope=kept.scope, scope_org=kept.scope_org), self._talk()
        answer = self._tokens(talk, asking)
        following = self._keepsake(answer, asking, kept.subject)
        try:
            found = self._identity(talk, asking, answer)
        except UpstreamFailed as failed:
            # The old one is spent: without the next, a silence of a moment would look like a consent withdrawn.
            failed.keepsake = following
            raise
        if found.subject != kept.subject:
            raise UpstreamFailed(NOT_VERIFIED, "tokens of somebody else")
        return replace(found, keepsake=following)

    def system_token(self, scope: str, return_url: str) -> SystemToken:
        """A token of our own system with the client credentials grant, for a `scope` such as `prm_chg?oid=1000299353`.

        Raises:
            UpstreamFailed: as for `complete`.
        """
        asking = replace(self._asking(Kind.SYSTEM, return_url), scope=scope, scope_org="")
        return SystemToken(_word(self._tokens(self._talk(), asking), "access_token"))

    def records(self, proven: Proven) -> Records:
        """All that ESIA lets us read of a person whose tokens were checked."""
        return Records(self._settings, self._talk().ask, proven)

    def logout_url(self, return_url: str) -> str | None:
        """See `Connector.logout_url`."""
        return leaving_url(self._settings, return_url)

    def _talk(self) -> Talk:
        return Talk(self._outside, self._settings.answer_within)

    def _asking(self, kind: Kind, return_url: str, own: Mapping[str, str] | None = None) -> Asking:
        """A request of now with a state of its own, for what the settings ask for."""
        settings = self._settings
        return Asking(
            kind=kind,
            state=self._outside.uuid(),
            at=self._outside.now(),
            return_url=return_url,
            scope=" ".join(settings.scopes),
            scope_org=" ".join(settings.organisation_scopes),
            own=own or {},
        )

    def _identity(self, talk: Talk, asking: Asking, answer: Mapping[str, Any]) -> UpstreamIdentity:
        """The person of the tokens in an answer, read within the time that the talk has left."""
        proven = self._check.require(_word(answer, "id_token"), _word(answer, "access_token"))
        found = received(Records(self._settings, talk.ask, proven), frozenset(asking.scope.split(" ")))
        return identity_of(self.name, proven, found)

    def _tokens(self, talk: Talk, asking: Asking) -> Mapping[str, Any]:
        try:
            request = token_request(self._settings, asking, self._signer())
        except SigningFailed as error:
            raise UpstreamFailed(OUR_SETUP, "our request could not be signed") from error
        answer = talk.ask(request)
        if not hmac.compare_digest(_word(answer, "state").encode(), asking.state.encode()):
            raise UpstreamFailed(NOT_VERIFIED, "tokens: another state")
        if _word(answer, "token_type").lower() != "bearer":
            raise UpstreamFailed(NOT_VERIFIED, "tokens: another type")
        return answer

    def _keepsake(self, answer: Mapping[str, Any], asking: Asking, oid: str) -> str | None:
        if self._settings.access_type != "offline":
            return None
        # A refresh that brings no new token has left the old one as it was.
        refresh_token = answer.get("refresh_token", asking.own.get("refresh_token"))
        if not isinstance(refresh_token, str) or not refresh_token:
            _LOG.warning("no refresh token received")
            return None
        return Keepsake(oid, refresh_token, asking.scope, asking.scope_org, asking.return_url).text()


def _permissions(file: str) -> tuple[Permission, ...]:
    try:
        return read_permissions(Path(file).read_bytes()) if file else ()
    except OSError as error:
        raise ValueError("esia.permissions_file cannot be read") from error


def _word(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str):
        raise UpstreamFailed(NOT_VERIFIED, f"tokens: no {name}")
    return value
