"""An authorization request on its way through the checks."""

from __future__ import annotations

from dataclasses import dataclass

from broker.clients.client import Client
from broker.provider.answering.answer import Destination
from broker.provider.request.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Asking:
    """What has been established so far; each check fills in its own part (OpenID Connect Core 3.1.2.1).

    `hinted_subject` is the `sub` that the client expects; `wants_person` says that somebody else must not be answered.
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
    claims: tuple[str, ...] = ()
    id_token_claims: tuple[str, ...] = ()
    hinted_subject: str | None = None

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
