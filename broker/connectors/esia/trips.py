"""Ways of a browser to ESIA and back, and questions to its token endpoint: everything that our signature goes under."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.signer import Signer, SigningFailed
from broker.connectors.esia.talk.codes import NOT_VERIFIED, OUR_SETUP
from broker.connectors.esia.talk.errors import failure
from broker.connectors.esia.talk.exchange import Talk
from broker.connectors.esia.wire.proof_key import challenge_of
from broker.connectors.esia.wire.requests import Asking, authorization_url, token_request
from broker.connectors.esia.wire.signed_text import Kind
from broker.connectors.port import Leg, UpstreamFailed
from broker.foundation.outside import Outside

_MAX_CODE = 8192
_VERIFIER, _SCOPE = "code_verifier", "scope"


class Trips:
    """One a connector. Failures are UpstreamFailed, 2104 where we could not sign."""

    def __init__(self, settings: EsiaSettings, signer: Callable[[], Signer], outside: Outside):
        """`signer` says which of our keys signs the request that is being made."""
        self._settings = settings
        self._signer = signer
        self._outside = outside

    def talk(self) -> Talk:
        """Questions that share one time limit."""
        return Talk(self._outside, self._settings.answer_within)

    def asking(self, kind: Kind, return_url: str, own: Mapping[str, str] | None = None) -> Asking:
        """A request of now with a state of its own, for what the settings ask for."""
        return Asking(
            kind=kind,
            state=self._outside.uuid(),
            at=self._outside.now(),
            return_url=return_url,
            scope=" ".join(self._settings.scopes),
            scope_org=" ".join(self._settings.organisation_scopes),
            own=own or {},
        )

    def with_children(self, asking: Asking) -> Asking:
        """The same request for the children's scopes too."""
        more = (scope for scope in self._settings.children_scopes if scope not in self._settings.scopes)
        return replace(asking, scope=" ".join((asking.scope, *more)))

    def leave(self, asking: Asking) -> Leg:
        """A way there, bound to the browser's return by its state, and by PKCE where the settings say so. More than
        the usual scopes is remembered, for the code is redeemed with the words that it was asked for with."""
        memory = {_VERIFIER: self._outside.token()} if self._settings.pkce else {}
        if asking.scope != " ".join(self._settings.scopes):
            memory[_SCOPE] = asking.scope
        own = {**asking.own, **challenge_of(self._settings.pkce, memory.get(_VERIFIER, ""))}
        try:
            url = authorization_url(self._settings, replace(asking, own=own), self._signer())
        except SigningFailed as error:
            raise UpstreamFailed(OUR_SETUP, "our request could not be signed") from error
        return Leg(url=url, state=asking.state, memory=memory)

    def come_back(self, parameters: Mapping[str, str], leg: Leg, return_url: str) -> Asking:
        """The token request for the code that a browser brought from this way.

        Raises:
            UpstreamFailed: it brought an error, nothing, or the answer to another way.
        """
        if not hmac.compare_digest(parameters.get("state", "").encode(), leg.state.encode()):
            raise UpstreamFailed(NOT_VERIFIED, "return: another state")
        if "error" in parameters:
            raise failure(parameters.get("error_description", ""))
        code = parameters.get("code", "")
        if not 0 < len(code) <= _MAX_CODE or not code.isascii():
            raise UpstreamFailed(NOT_VERIFIED, "return: no code")
        bound = {name: value for name, value in leg.memory.items() if name == _VERIFIER}
        asking = self.asking(Kind.CODE, return_url, {"code": code} | bound)
        return replace(asking, scope=leg.memory.get(_SCOPE, asking.scope))

    def tokens(self, talk: Talk, asking: Asking) -> Mapping[str, Any]:
        """The answer of the token endpoint to this very request; what the request spends is spent by asking."""
        try:
            request = token_request(self._settings, asking, self._signer())
        except SigningFailed as error:
            raise UpstreamFailed(OUR_SETUP, "our request could not be signed") from error
        answer = talk.ask(request)
        if not hmac.compare_digest(word(answer, "state").encode(), asking.state.encode()):
            raise UpstreamFailed(NOT_VERIFIED, "tokens: another state")
        if word(answer, "token_type").lower() != "bearer":
            raise UpstreamFailed(NOT_VERIFIED, "tokens: another type")
        return answer


def word(answer: Mapping[str, Any], name: str) -> str:
    """A text that an answer of the token endpoint must have.

    Raises:
        UpstreamFailed: it has none.
    """
    value = answer.get(name)
    if not isinstance(value, str):
        raise UpstreamFailed(NOT_VERIFIED, f"tokens: no {name}")
    return value
