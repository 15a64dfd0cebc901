"""An authorization request on its way through the checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from authlib.oauth2 import OAuth2Error

from broker.clients.client import Client
from broker.provider.answering.answer import Destination
from broker.provider.request.hints import HintReader
from broker.provider.request.parameters import Parameters


@dataclass(slots=True)
class Asking:
    """What has been established so far; each check writes down its own part (OpenID Connect Core 3.1.2.1). One a request, which
    nobody else sees before the last check has passed: a copy of twenty fields for each part would cost more than the checks.

    `hinted_subject` is the `sub` that the client expects. `trouble` says why the request could not be read from where it lies;
    `parameters` are then those around it, which know at most where to send the error. `resources` are where the tokens shall be
    used (RFC 8707), `authorization_details` canonical JSON or empty (RFC 9396), `wishes` the same as items of a permission,
    `dpop_jkt` the thumbprint of the key that the code will be bound to (RFC 9449 10), empty for none.
    """

    parameters: Parameters
    client: Client | None = None
    destination: Destination | None = None
    scopes: tuple[str, ...] = ()
    nonce: str | None = None
    code_challenge: str | None = None
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    levels: tuple[str, ...] = ()
    level_essential: bool = False
    least_level: str = ""
    claims: tuple[str, ...] = ()
    id_token_claims: tuple[str, ...] = ()
    hinted_subject: str | None = None
    resources: tuple[str, ...] = ()
    authorization_details: str = ""
    wishes: tuple[str, ...] = ()
    dpop_jkt: str = ""
    trouble: OAuth2Error | None = None

    @property
    def known_client(self) -> Client:
        """The client, once it has been established.

        Raises:
            RuntimeError: a check ran before the one it depends on.
        """
        if self.client is None:
            raise RuntimeError("the client has not been established yet")
        return self.client

    @property
    def known_destination(self) -> Destination:
        """Where an answer may go, once that has been established.

        Raises:
            RuntimeError: a check ran before the one it depends on.
        """
        if self.destination is None:
            raise RuntimeError("the destination has not been established yet")
        return self.destination


@dataclass(frozen=True, slots=True)
class CheckTools:
    """What the checks may ask. `find_client` also finds disabled ones; `resolve` says what a client's request holds, wherever it
    lies (sources.py)."""

    find_client: Callable[[str], Client | None]
    resolve: Callable[[Parameters, Client], Parameters]
    hints: HintReader


# Notes what it finds in the request, or raises.
Check = Callable[[Asking, CheckTools], None]
