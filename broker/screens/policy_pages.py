"""The pages about rules of regions (screens.md A7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from broker.screens.field_errors import FieldError
from broker.screens.school_pages import PostForm
from broker.screens.security_pages import SecurityFrame


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule: its name, and what it asks, as a sentence in the language of the page."""

    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """`state_key` is one under `security.policy.state`: active, scheduled or past; `basis` is in the language of the page."""

    from_on: date
    state_key: str
    basis: str
    rules: tuple[RuleLine, ...]


@dataclass(frozen=True, slots=True)
class RegionRules:
    """The rules of one region. `is_agreed`: two people agreed to the file as it is in use."""

    code: str
    name: str
    version: str
    is_agreed: bool
    periods: tuple[PeriodLine, ...]


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A file on its way. `state_key` is one under `security.policy.draft`: waiting, agreed, installed or lapsed."""

    digest: str
    file_name: str
    state_key: str
    asked_by: str
    asked_at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """A7. `compare` is the form for a file, None for whoever may only look; `rules` and `day` are its answers; `problem` is what
    makes the file useless, in the words of `broker policy check`."""

    template: ClassVar[str] = "security_policy.html"
    frame: SecurityFrame
    regions: tuple[RegionRules, ...]
    drafts: tuple[DraftLine, ...]
    compare: PostForm | None = None
    rules: str = ""
    day: str = ""
    problem: str = ""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class InventedLine:
    """Somebody who does not exist, before and after: keys under `security.policy.result`, and the code of a cause or 0."""

    role_key: str
    age: int
    level_key: str
    before_key: str
    before_code: int
    after_key: str
    after_code: int

    @property
    def changes(self) -> bool:
        """Whether the two differ."""
        return (self.before_key, self.before_code) != (self.after_key, self.after_code)


@dataclass(frozen=True, slots=True)
class RegionCount:
    """How many people of a region the directory knows for whom something changes."""

    region: str
    gains: int
    easier: int
    harder: int
    loses: int


@dataclass(frozen=True, slots=True)
class Counted:
    """The directory in numbers; `is_whole` says whether everybody was asked."""

    people: int
    is_whole: bool
    regions: tuple[RegionCount, ...]


@dataclass(frozen=True, slots=True)
class PolicyDraftPage:
    """What a file would change. `state_key` is "" before anybody planned it; `conflicts` and `warnings` are sentences of `broker
    policy check`; `plan` and `agree` are None where there is nothing to press, `counted` where nobody was counted; `rules` is
    the file."""

    template: ClassVar[str] = "security_policy_draft.html"
    frame: SecurityFrame
    file_name: str
    digest: str
    rules: str
    day: date
    state_key: str
    conflicts: tuple[str, ...]
    warnings: tuple[str, ...]
    invented: tuple[InventedLine, ...]
    counted: Counted | None
    plan: PostForm | None = None
    agree: PostForm | None = None
    asked_by: str = ""
    ends_at: datetime | None = None
    errors: tuple[FieldError, ...] = ()

    @property
    def changed(self) -> int:
        """For how many invented people something changes."""
        return sum(one.changes for one in self.invented)
