"""What every page of a developer shares, the services, the questions of a new one: the values they show (screens.md D1, D2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from broker.screens.field_errors import FieldError
from broker.screens.pages import require_safe_address
from broker.screens.school_pages import PostForm

# The parts of a service's page: a key under `dev.tab`, and the end of the path.
TABS: Final = (("settings", ""), ("keys", "/keys"), ("data", "/data"), ("log", "/log"), ("test", "/test"))
# The questions of a new service: keys under `dev.new`.
QUESTIONS: Final = ("name", "addresses", "data", "key", "contact")


@dataclass(frozen=True, slots=True)
class DevFrame:
    """What stands around every page. `done` is a key under `dev.done`, said once; with `client_id` the parts of that service's
    page are shown, and `current` is one of TABS."""

    organisation: str
    zone: str
    done: str = ""
    client_id: str = ""
    service: str = ""
    current: str = ""


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One service. `state` is a key under `dev.state`; `reason_key` one under `dev.rejected` when a registrar has said no.

    `causes` are what went wrong in a day, with how often; `key_days` the days its first key has left, None for no end.
    """

    name: str
    url: str
    is_sandbox: bool
    state: str
    reason_key: str = ""
    last_at: datetime | None = None
    causes: tuple[tuple[str, int], ...] = ()
    key_days: int | None = None

    def __post_init__(self) -> None:
        require_safe_address(self.url)


@dataclass(frozen=True, slots=True)
class DevServicesPage:
    """D1. `draft_url` leads back to questions that were begun."""

    template: ClassVar[str] = "dev_services.html"
    frame: DevFrame
    services: tuple[ServiceLine, ...]
    draft_url: str | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered about a new service so far, as it was typed. `reasons` are scope, ru, en."""

    name: str = ""
    name_en: str = ""
    environment: str = "sandbox"
    addresses: str = ""
    sign_out_addresses: str = ""
    start_url: str = ""
    logout_url: str = ""
    scopes: tuple[str, ...] = ()
    reasons: tuple[tuple[str, str, str], ...] = ()
    jwks_url: str = ""
    public_keys: str = ""
    wants_secret: bool = False
    contact: str = ""


@dataclass(frozen=True, slots=True)
class DevQuestionPage:
    """D2, one question a page: `step` is the number in QUESTIONS from 1. `scopes` are what may be asked for, `sensitive` those
    that a registrar looks at."""

    template: ClassVar[str] = "dev_new.html"
    questions: ClassVar[tuple[str, ...]] = QUESTIONS
    frame: DevFrame
    step: int
    answers: Answers
    form: PostForm
    scopes: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    errors: tuple[FieldError, ...] = ()

    def reason(self, scope: str, language: str) -> str:
        """Why the service wants a scope, as typed so far."""
        return next((ru if language == "ru" else en for name, ru, en in self.answers.reasons if name == scope), "")


@dataclass(frozen=True, slots=True)
class DevCheckPage:
    """D2, the last page: everything once more. `problem` says that the registration was refused; its words are ours."""

    template: ClassVar[str] = "dev_check.html"
    questions: ClassVar[tuple[str, ...]] = QUESTIONS
    frame: DevFrame
    answers: Answers
    form: PostForm
    problem: str = ""
