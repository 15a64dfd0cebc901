"""The page about the connection to Gosuslugi (screens.md A6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from broker.screens.field_errors import FieldError
from broker.screens.school_pages import PostForm
from broker.screens.security_pages import SecurityFrame


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """`state_key` is one under `security.upstream.certificate_state`; `is_ours`, or one of Gosuslugi's own."""

    name: str
    is_ours: bool
    ends_at: datetime
    state_key: str


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """One refusal: our cause in words, and what Gosuslugi called it. `words_key`: where the texts of that are, "" for nowhere."""

    at: datetime
    code: int
    title: str
    detail: str
    words_key: str = ""


@dataclass(frozen=True, slots=True)
class LastCheck:
    """`clock` is in whole seconds, None where Gosuslugi did not say its time; `is_off`: further than a request may be."""

    at: datetime
    answers: bool
    clock: int | None
    is_off: bool


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """Planned work; `withdraw` is None where it stands in the settings of the house, or for whoever may only look."""

    starts_at: datetime
    ends_at: datetime
    is_on: bool
    withdraw: PostForm | None


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding of the doctor: keys under `security.doctor`, in `check`, `state` and `found`; the code of Gosuslugi's where it
    gave one."""

    check_key: str
    state_key: str
    code_key: str
    esia_code: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found at an instant."""

    at: datetime
    findings: tuple[FindingLine, ...]


@dataclass(frozen=True, slots=True)
class UpstreamPage:
    """A6. `certificates` are None where a file cannot be read; `days` until the first of ours in use ends, None while far.
    `examined` is the last look at every part, `rehearse` the form to try the next certificate, None without one. `plan` is the
    form for planned work, `typed` its answers: from and until. `circuit` is closed, half_open or open; `slowest`
    in whole seconds, None where nobody knows."""

    template: ClassVar[str] = "security_upstream.html"
    frame: SecurityFrame
    trouble_since: datetime | None
    certificates: tuple[CertificateLine, ...] | None
    days: int | None
    last: LastCheck | None
    errors_of_week: tuple[ErrorLine, ...]
    check: PostForm | None = None
    examined: Examined | None = None
    rehearse: PostForm | None = None
    planned: tuple[PlannedLine, ...] = ()
    plan: PostForm | None = None
    typed: tuple[str, str] = ("", "")
    errors: tuple[FieldError, ...] = ()
    circuit: str = "closed"
    slowest: int | None = None
