"""The pages of one service of a developer, and the reference of causes: the values they show (screens.md D3 to D6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from broker.screens.causes import Cause
from broker.screens.developer_pages import DevFrame
from broker.screens.field_errors import FieldError
from broker.screens.pages import require_safe_address
from broker.screens.school_pages import PostForm


@dataclass(frozen=True, slots=True)
class Setting:
    """A line to copy: its name in the standards, and its value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Snippet:
    """A ready-made piece of a program or of settings, filled in for this service."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class ReadyLine:
    """One thing a service was tried for, a key under `dev.ready_line`; `seen` is what was seen, in English."""

    key: str
    passed: bool
    seen: str


@dataclass(frozen=True, slots=True)
class DevServicePage:
    """D3. `state` and `reason_key` as in ServiceLine; `ready` what the readiness check said last.

    `check` begins such a check; `problem` says in English why there was none. `lacks_secret`: it cannot prove who it is yet.
    """

    template: ClassVar[str] = "dev_service.html"
    frame: DevFrame
    state: str
    reason_key: str
    settings: tuple[Setting, ...]
    endpoints: tuple[Setting, ...]
    snippets: tuple[Snippet, ...]
    check: PostForm
    ready: tuple[ReadyLine, ...] = ()
    problem: str = ""
    lacks_secret: bool = False


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A public key, or the end of a secret. `days` is None for a key without an end, and at most 0 for one that is over."""

    name: str
    kind: str
    days: int | None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class DevKeysPage:
    """D3, keys. `jwks_uri` is where we ask for them; `form` takes new ones, `secret_form` makes a secret."""

    template: ClassVar[str] = "dev_keys.html"
    frame: DevFrame
    keys: tuple[KeyLine, ...]
    secrets: tuple[KeyLine, ...]
    jwks_url: str
    form: PostForm
    secret_form: PostForm | None = None
    public_keys: str = ""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class DevSecretPage:
    """D3, a new secret, shown once and never again."""

    template: ClassVar[str] = "dev_secret.html"
    frame: DevFrame
    secret: str


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """What a service asks for and why. `scope_key` is a key under `dev.scope`; `reason` is empty where it has not said."""

    scope_key: str
    reason: str
    is_waiting: bool
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DevDataPage:
    """D3, data: what the service may learn."""

    template: ClassVar[str] = "dev_data.html"
    frame: DevFrame
    scopes: tuple[ScopeLine, ...]


@dataclass(frozen=True, slots=True)
class LogLine:
    """One event of a sign-in. `result_key` is a key under `dev.result`, `step_key` one under `dev.step`; `cause` a code or "".

    `sub` is what the service knows the person by, "" where it has learned nothing; `said` is what was wrong with a request of its
    own, in the words of the protocol.
    """

    at: datetime
    result_key: str
    step_key: str
    cause: str
    sub: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class DevLogPage:
    """D6. `case` is the case that was looked for by its number."""

    template: ClassVar[str] = "dev_log.html"
    frame: DevFrame
    lines: tuple[LogLine, ...]
    causes: tuple[str, ...]
    cause: str
    export: PostForm
    case: LogLine | None = None
    next_url: str | None = None
    errors: tuple[FieldError, ...] = ()

    def __post_init__(self) -> None:
        require_safe_address(self.next_url)


@dataclass(frozen=True, slots=True)
class Tester:
    """An invented person. `key` is a key under `dev.tester`; `expects` the cause that is expected, or ""."""

    login: str
    key: str
    expects: str


@dataclass(frozen=True, slots=True)
class DevTestPage:
    """D4, ready. `why_not` is a key under `dev.test_not` when no test can be made."""

    template: ClassVar[str] = "dev_test.html"
    frame: DevFrame
    people: tuple[Tester, ...]
    form: PostForm | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One step of a walk. `step_key` under `dev.step`; `problem_key` under `dev.problem`, "" when all is well.

    `text` is the message as it was sent."""

    step_key: str
    text: str
    problem_key: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class DevRunPage:
    """D4, the walk. `state` is running, passed or failed; `step_key` where it stopped, `cause` its code; `leave_url`
    begins it."""

    template: ClassVar[str] = "dev_run.html"
    frame: DevFrame
    state: str
    messages: tuple[Message, ...]
    step_key: str = ""
    cause: str = ""
    leave_url: str | None = None

    def __post_init__(self) -> None:
        require_safe_address(self.leave_url)


@dataclass(frozen=True, slots=True)
class CauseText:
    """What the person saw, in one language."""

    language_key: str
    title: str
    text: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DevCausePage:
    """D5, one cause. `kind` is a key under `dev.fix`; `wire` what the service received, as an example of the message."""

    template: ClassVar[str] = "dev_cause.html"
    cause: Cause
    seen: tuple[CauseText, ...]
    error: str
    http_status: int
    example: str
    fix_key: str


@dataclass(frozen=True, slots=True)
class DevCausesPage:
    """D5, all of them. `unknown` says the code that was asked for is not ours."""

    template: ClassVar[str] = "dev_causes.html"
    causes: tuple[Cause, ...]
    unknown: bool = False
