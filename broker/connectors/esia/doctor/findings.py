"""One finding of the doctor, and all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from broker.connectors.esia.doctor.words import WORDS


class State(Enum):
    """`warn` does not keep anybody out today; `not_checked` needs something else to be right first, or is no matter here."""

    OK = "ok"
    WARN = "warn"
    WRONG = "wrong"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """`check` is what was looked at, `code` what was found. `facts` are ours: days, numbers, hashes, codes, names of settings and
    files; never a text of ESIA's."""

    check: str
    code: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> State:
        return State(WORDS[self.code][0])

    @property
    def sentence(self) -> str:
        """What was found."""
        return WORDS[self.code][1].format(**self.facts)

    @property
    def advice(self) -> str:
        """What to do; "" where there is nothing to do."""
        return WORDS[self.code][2].format(**self.facts)


@dataclass(frozen=True, slots=True)
class Report:
    """What was found at an instant, in the order in which it should be mended."""

    at: datetime
    findings: tuple[Finding, ...]

    @property
    def is_fine(self) -> bool:
        """Whether nothing is wrong; warnings do not count."""
        return all(one.state is not State.WRONG for one in self.findings)

    def of(self, check: str) -> tuple[Finding, ...]:
        """The findings of one check."""
        return tuple(one for one in self.findings if one.check == check)
