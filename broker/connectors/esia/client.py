"""The ESIA connector: a trip there and back, what ESIA then tells us of the person, and asking it again later."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from broker.connectors.esia.keepsake import Keepsake, keepsake_from
from broker.connectors.esia.mandates import Mandates
from broker.connectors.esia.person import identity_of
from broker.connectors.esia.records.reading import Records
from broker.connectors.esia.records.received import received
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.certificates import open_signers
from broker.connectors.esia.signing.settings import DEFAULTS, SignerSettings
from broker.connectors.esia.signing.signer import Signer
from broker.connectors.esia.talk.codes import NOT_VERIFIED
from broker.connectors.esia.talk.exchange import Talk
from broker.connectors.esia.tokens.held import HeldCertificates
from broker.connectors.esia.tokens.token_check import Proven, TokenCheck
from broker.connectors.esia.trips import Trips, word
from broker.connectors.esia.wire.requests import Asking, leaving_url
from broker.connectors.esia.wire.signed_text import Kind
from broker.connectors.identity import UpstreamIdentity
from broker.connectors.port import Leg, UpstreamFailed
from broker.foundation.outside import Outside

NAME = "esia"
_LOG = logging.getLogger(__name__)


def open_esia(
    settings: EsiaSettings, outside: Outside, signing: SignerSettings = DEFAULTS, to_signer: Outside | None = None
) -> Esia:
    """The connector with the keys its settings name. `to_signer` is the way to a signing service, if it is another than to ESIA.

    Raises:
        ValueError: a setting is missing, or a file cannot be read or does not fit; one sentence names the setting.
    """
    settings.require_complete()
    signers = open_signers(settings, to_signer or outside, signing)
    held = HeldCertificates(settings, outside.now)
    return Esia(settings, signers.chosen, TokenCheck(settings, held.current, outside.now), outside)


class Esia:
    """Implements `Connector`, `KnowsChildren` and `LooksAgain` of broker/connectors/port.py for ESIA."""

    name = NAME

    def __init__(self, settings: EsiaSettings, signer: Callable[[], Signer], check: TokenCheck, outside: Outside):
        """`signer` says which of our keys signs the request that is being made."""
        self._settings = settings
        self._check = check
        self._trips = Trips(settings, signer, outside)

    @property
    def host(self) -> str:
        """The host a person should see in the address bar while there."""
        return urlsplit(self._settings.base_url).netloc

    def begin(self, return_url: str) -> Leg:
        """See `Connector.begin`. The state is fresh; nothing of the relying party's request goes to ESIA."""
        return self._trips.leave(self._trips.asking(Kind.AUTHORIZATION, return_url))

    def begin_with_children(self, return_url: str) -> Leg:
        """See `KnowsChildren.begin_with_children`."""
        return self._trips.leave(self._trips.with_children(self._trips.asking(Kind.AUTHORIZATION, return_url)))

    def complete(self, parameters: Mapping[str, str], leg: Leg, return_url: str) -> UpstreamIdentity:
        """See `Connector.complete`."""
        asking, talk = self._trips.come_back(parameters, leg, return_url), self._trips.talk()
        answer = self._trips.tokens(talk, asking)
        found = self._identity(talk, asking, answer)
        return replace(found, keepsake=self._keepsake(answer, asking, found.subject))

    def look_again(self, keepsake: str) -> UpstreamIdentity:
        """See `LooksAgain.look_again`."""
        kept, talk = keepsake_from(keepsake), self._trips.talk()
        asking = self._trips.asking(Kind.REFRESH, kept.return_url, {"refresh_token": kept.refresh_token})
        asking = replace(asking, scope=kept.scope, scope_org=kept.scope_org)
        answer = self._trips.tokens(talk, asking)
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

    def logout_url(self, return_url: str) -> str | None:
        """See `Connector.logout_url`."""
        return leaving_url(self._settings, return_url)

    def records(self, proven: Proven) -> Records:
        """All that ESIA lets us read of a person whose tokens were checked."""
        return Records(self._settings, self._trips.talk().ask, proven)

    def mandates(self) -> Mandates:
        """Consents of the Digital Profile, and tokens of our own system."""
        return Mandates(self._trips, self._check)

    def _identity(self, talk: Talk, asking: Asking, answer: Mapping[str, Any]) -> UpstreamIdentity:
        """The person of the tokens in an answer, read within the time that the talk has left."""
        proven = self._check.require(word(answer, "id_token"), word(answer, "access_token"))
        found = received(Records(self._settings, talk.ask, proven), frozenset(asking.scope.split(" ")))
        return identity_of(self.name, proven, found)

    def _keepsake(self, answer: Mapping[str, Any], asking: Asking, oid: str) -> str | None:
        if self._settings.access_type != "offline":
            return None
        # A refresh that brings no new token has left the old one as it was.
        refresh_token = answer.get("refresh_token", asking.own.get("refresh_token"))
        if not isinstance(refresh_token, str) or not refresh_token:
            _LOG.warning("no refresh token received")
            return None
        return Keepsake(oid, refresh_token, asking.scope, asking.scope_org, asking.return_url).text()
