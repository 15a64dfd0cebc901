"""One request of a diary: who it is, whose people it may see, and what an answer is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from scim2_models import PreconditionFailedException, TooManyException

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.directory.provisioned import ProvisionRooms, RegionPeople
from broker.foundation.outside import Outside
from broker.limits.limits import Limit, Limits
from broker.provisioning.external_store import Externals
from broker.provisioning.refusals import ours
from broker.provisioning.tokens import DiaryToken, DiaryTokens, source_of
from broker.storage.database import Database
from keys.secrets.fingerprints import Fingerprints
from keys.secrets.sealing import Sealer

# Hashing one takes a twentieth of a second.
MOST_PASSWORDS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisioningRoom:
    """What the endpoints work with. `base_url` is that of the SCIM service, without a slash at its end.

    `sign_out(person_id, actor, only_password)` ends a person's sessions with all that hangs on them, or only what began with the
    diary password; inside the caller's unit of work.
    """

    base_url: str
    database: Database
    sealer: Sealer
    fingerprints: Fingerprints
    journal: Journal
    outside: Outside
    limits: Limits
    wrong_tokens: Limit
    tokens: DiaryTokens
    people: ProvisionRooms
    sign_out: Callable[[str, Actor, bool], object]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation says. `body` is None for an answer without one."""

    status: int
    body: Mapping[str, Any] | None = None
    version: str | None = None
    location: str | None = None


@dataclass(slots=True)
class Spent:
    """What one request has used up so far."""

    passwords: int = 0


@dataclass(frozen=True, slots=True)
class Visit:
    """A diary at the door, let in."""

    room: ProvisioningRoom
    token: DiaryToken
    people: RegionPeople
    externals: Externals
    spent: Spent = field(default_factory=Spent)

    @property
    def actor(self) -> Actor:
        return Actor("diary", self.token.id)

    def spend_password(self) -> None:
        """Count a password to hash. Raises SCIMException: too many in one request."""
        self.spent.passwords += 1
        if self.spent.passwords > MOST_PASSWORDS:
            raise ours(TooManyException, f"At most {MOST_PASSWORDS} passwords may be set in one request")


def visit_of(room: ProvisioningRoom, token: DiaryToken) -> Visit:
    """What a token opens."""
    people = RegionPeople(room.people, token.region, Actor("diary", token.id))
    return Visit(room, token, people, Externals(room.database, room.sealer, room.fingerprints, source_of(token)))


def require_version(if_match: str | None, version: str) -> None:
    """RFC 7644 3.14, RFC 9110 13.1.1; tags compare weakly, for we give weak ones.

    Raises:
        PreconditionFailedException: the resource is another one by now.
    """
    if if_match is not None and not fits(if_match, version):
        raise ours(PreconditionFailedException, "The resource has changed since it was read")


def fits(unverified_tags: str, version: str) -> bool:
    """Whether a header of entity tags holds this one."""
    tags = [tag.strip().removeprefix("W/") for tag in unverified_tags.split(",")]
    return "*" in tags or version.removeprefix("W/") in tags
