"""The port every upstream implements, and the ways an upstream can fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from broker.connectors.identity import UpstreamIdentity

# In log and journal, where nobody waited: the upstream has been silent for others.
NOT_ASKED = "circuit open"
TOLD_AGAIN = "told again: "
_UNASKED = (NOT_ASKED, "return: ", TOLD_AGAIN, "our request could not be signed")


@dataclass(frozen=True, slots=True)
class Leg:
    """One trip to an upstream: where to send the browser, and what must be remembered until it returns.

    `state` is made afresh for this leg; nothing a relying party sent goes upstream. `memory` is kept by the login.
    """

    url: str
    state: str
    memory: Mapping[str, str]


class UpstreamFailed(Exception):
    """The upstream did not let us know who this is.

    `cause` is a code of our catalogue (screens.md 2.6, such as 2101, 2103, 2104, 2106). `detail` is static text or an upstream
    error *code* for log and audit; never upstream prose, never personal data. `fields` names what did not arrive (cause 2115), in
    the words of `UpstreamIdentity`. `is_outage`: a question of ours was not answered, or with "not now", and would not have been
    for anybody else; never by the word of a browser. `keepsake` is the next one where `look_again` had spent the old one before.
    """

    def __init__(self, cause: int, detail: str, fields: tuple[str, ...] = (), *, is_outage: bool = False):
        super().__init__(f"{cause}: {detail}")
        self.cause = cause
        self.detail = detail
        self.fields = fields
        self.is_outage = is_outage
        self.keepsake: str | None = None

    @property
    def is_unasked(self) -> bool:
        """Whether nothing was asked: it came of what a browser brought, of our own signer, was only told again, or kept back.
        Then it says nothing of how the upstream does."""
        return self.detail.startswith(_UNASKED)


class Connector(Protocol):
    """An upstream identity provider."""

    name: str

    def begin(self, return_url: str) -> Leg:
        """Prepare a trip. `return_url` is our own address to come back to.

        Raises:
            UpstreamFailed: 2104, our request could not be signed.
        """

    def complete(self, parameters: Mapping[str, str], leg: Leg, return_url: str) -> UpstreamIdentity:
        """Turn the parameters the browser brought back into a verified identity. The caller has matched `state`.

        Raises:
            UpstreamFailed: refused, unreachable, or its answer cannot be verified.
        """

    def logout_url(self, return_url: str) -> str | None:
        """Where a person can sign out of the upstream too, or None."""


@runtime_checkable
class KnowsChildren(Protocol):
    """What an upstream may offer besides: to tell a parent's children (ask with `isinstance`)."""

    def begin_with_children(self, return_url: str) -> Leg:
        """As `Connector.begin`, and the answer tells the person's children too, where the person and the upstream let it."""


@runtime_checkable
class LooksAgain(Protocol):
    """What an upstream may offer besides: to be asked about a person who is not there (ask with `isinstance`)."""

    def look_again(self, keepsake: str) -> UpstreamIdentity:
        """What the upstream says of a person now, by the `keepsake` of what it said before. That is spent by asking: the identity
        returned brings the next one, and so may a failure.

        Raises:
            UpstreamFailed: 2107 or 2103 when the upstream does not let us look any more (consent withdrawn, or only grown old, or
                an answer was lost on its way: it does not say), `is_outage` when it does not answer, another cause when its
                answer cannot be believed.
        """
