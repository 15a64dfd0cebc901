"""A person as an upstream vouches for them, in our words rather than theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum


class Level(Enum):
    """What a relying party of ESIA can see (ESIA token claims `lvl`, `is_tru`); see requirements.md section 1."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    CHILD = "child"


@dataclass(frozen=True, slots=True)
class UpstreamChild:
    """A child as the upstream knows it from a parent. `subject` is its number there; every other field may be absent.

    `snils` is 11 digits with a right check sum; whether the upstream has checked it is not said. Nothing of it is in repr().
    """

    subject: str
    surname: str | None = None
    name: str | None = None
    patronymic: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    snils: str | None = None

    def __repr__(self) -> str:
        return "UpstreamChild(...)"


@dataclass(frozen=True, slots=True)
class UpstreamIdentity:
    """`subject` is the upstream's identifier of the person and never empty; absent means "not granted or not known".

    `snils` is 11 digits and present only if the upstream has checked it. `child_of_parent` is True when the upstream says
    a parent made or attached the child's account. `children` is None where they were not asked for, not granted or not received
    whole, and empty where the upstream knows of none. `keepsake` is what `LooksAgain.look_again` needs: a secret, sealed wherever
    it is kept. Personal values never appear in repr().
    """

    connector: str
    subject: str
    level: Level
    surname: str | None
    name: str | None
    patronymic: str | None
    birth_date: date | None
    sex: str | None
    snils: str | None
    email: str | None
    phone: str | None
    child_of_parent: bool
    checks_pending: bool
    methods: tuple[str, ...]
    children: tuple[UpstreamChild, ...] | None = None
    keepsake: str | None = None

    def __post_init__(self) -> None:
        if not self.subject:
            raise ValueError("an upstream identity without a subject")

    def __repr__(self) -> str:
        return f"UpstreamIdentity(connector={self.connector!r}, level={self.level.value!r})"


def is_gosuslugi(connector: str) -> bool:
    """Whether Gosuslugi itself stands behind an upstream: its own connector, and gateways, which are named so."""
    return connector == "esia" or connector.startswith("esia_")
