"""The page about every secret that is not a signing key: what each is for, how old it is, what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from broker.screens.calendar_pages import DateLine
from broker.screens.field_errors import FieldError
from broker.screens.school_pages import PostForm
from broker.screens.security_pages import SecurityFrame


@dataclass(frozen=True, slots=True)
class SecretLine:
    """One key. `purpose_key` is one under `security.secrets.purpose`, `state_key` under `security.secrets.state`: next, current,
    old. `due_at` is when it should be followed by another, `next_at` when its next step comes by itself; None where nothing is
    due or nothing comes. `rotate` is the button, None where there is nothing to begin."""

    purpose_key: str
    state_key: str
    made_at: datetime
    due_at: datetime | None
    next_at: datetime | None
    rotate: PostForm | None = None


@dataclass(frozen=True, slots=True)
class JobLine:
    """Rewriting whole tables: `kind_key` is one under `security.secrets.job`; so many rows of so many; `broken` do not open."""

    kind_key: str
    seen: int
    total: int
    broken: int
    made_at: datetime
    ended_at: datetime | None

    @property
    def percent(self) -> int:
        """How far it has come. Rows that came meanwhile are under the new key already."""
        return 100 if self.ended_at is not None or not self.total else min(99, 100 * self.seen // self.total)


@dataclass(frozen=True, slots=True)
class SecretsPage:
    """`others` are the secrets that are kept elsewhere: the master key, those of services, of Gosuslugi, of the module."""

    template: ClassVar[str] = "security_secrets.html"
    frame: SecurityFrame
    secrets: tuple[SecretLine, ...]
    jobs: tuple[JobLine, ...]
    others: tuple[DateLine, ...]
    errors: tuple[FieldError, ...] = ()
