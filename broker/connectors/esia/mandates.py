"""Consents of the Digital Profile: asking a person for one, in a visit of its own, and acting by it when the person is not there.

A sign-in needs none of this: a request for a consent has no scope but openid, so it brings no name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from broker.connectors.esia.tokens.token_check import Proven, TokenCheck
from broker.connectors.esia.trips import Trips, word
from broker.connectors.esia.wire.permissions import Permission, encoded
from broker.connectors.esia.wire.signed_text import Kind
from broker.connectors.port import Leg

_NO_DATA = "openid"


@dataclass(frozen=True, slots=True)
class SystemToken:
    """An access token of our own system, for no person who is here. It is for ESIA and says nothing to us."""

    access_token: str

    def __repr__(self) -> str:
        return "SystemToken(...)"


class Mandates:
    """Made by `Esia.mandates`; generation v2 only. Failures are those of the port."""

    def __init__(self, trips: Trips, check: TokenCheck):
        self._trips = trips
        self._check = check

    def begin(self, permissions: Sequence[Permission], return_url: str) -> Leg:
        """A way to ESIA on which the person is asked for these consents."""
        asking = self._trips.asking(Kind.AUTHORIZATION, return_url, {"permissions": encoded(permissions)})
        return self._trips.leave(replace(asking, scope=_NO_DATA, scope_org=""))

    def complete(self, parameters: Mapping[str, str], leg: Leg, return_url: str) -> Proven:
        """Who has consented, after the browser came back."""
        asking = replace(self._trips.come_back(parameters, leg, return_url), scope=_NO_DATA, scope_org="")
        answer = self._trips.tokens(self._trips.talk(), asking)
        return self._check.require(word(answer, "id_token"), word(answer, "access_token"))

    def system_token(self, scope: str, return_url: str) -> SystemToken:
        """A token of our own system (client credentials) for a `scope` such as `prm_chg?oid=1000299353`."""
        asking = replace(self._trips.asking(Kind.SYSTEM, return_url), scope=scope, scope_org="")
        return SystemToken(word(self._trips.tokens(self._trips.talk(), asking), "access_token"))
