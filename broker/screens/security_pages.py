"""The pages of the console of security staff: what stands around each, and those of the way in (screens.md 1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from broker.screens.field_errors import FieldError
from broker.screens.pages import require_safe_address
from broker.screens.school_pages import PostForm

# What the navigation may show, in order: a key under `security.nav`, and the path. Each member of staff sees what they may do.
NAVIGATION: Final = (
    ("overview", "/admin"),
    ("clients", "/admin/clients"),
    ("keys", "/admin/keys"),
    ("secrets", "/admin/secrets"),
    ("calendar", "/admin/calendar"),
    ("audit", "/admin/audit"),
    ("upstream", "/admin/upstream"),
    ("policy", "/admin/policy"),
    ("person", "/admin/person"),
    ("staff", "/admin/staff"),
    ("passkeys", "/admin/passkeys"),
)


@dataclass(frozen=True, slots=True)
class SecurityFrame:
    """What stands around every page. `current` is a key of NAVIGATION, `shown` those that this person is shown; `done` is a key
    under `security.done`, said once after something was done."""

    current: str
    zone: str
    shown: tuple[str, ...] = ()
    done: str = ""

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """The navigation of this person: key and path."""
        return tuple((key, path) for key, path in NAVIGATION if key in self.shown)


@dataclass(frozen=True, slots=True)
class ConfirmPage:
    """A dangerous act waits for a passkey. `action` is a key under `security.act`; `fields` are the answers of the form that led
    here; `options` is what the browser's ceremony needs, as JSON; `refused`: what was shown proved nothing;
    `path` is the address that a program has called, "" for a form."""

    template: ClassVar[str] = "security_confirm.html"
    frame: SecurityFrame
    action: str
    form: PostForm
    fields: tuple[tuple[str, str], ...]
    options: str
    refused: bool = False
    path: str = ""


@dataclass(frozen=True, slots=True)
class ShowPasskeyPage:
    """The last step of coming in."""

    template: ClassVar[str] = "security_passkey.html"
    frame: SecurityFrame
    form: PostForm
    options: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class NoPasskeyPage:
    """Somebody of the staff who has no passkey, and no link to make one."""

    template: ClassVar[str] = "security_no_passkey.html"
    frame: SecurityFrame


@dataclass(frozen=True, slots=True)
class PasskeyLine:
    """One passkey of one's own. `remove` is None for the last one."""

    name: str
    made_at: datetime
    used_at: datetime | None
    is_synced: bool
    remove: PostForm | None


@dataclass(frozen=True, slots=True)
class PasskeysPage:
    """One's own passkeys, and making another; `is_first`: there is none yet, and this is the way in."""

    template: ClassVar[str] = "security_passkeys.html"
    frame: SecurityFrame
    passkeys: tuple[PasskeyLine, ...]
    form: PostForm
    options: str
    name: str = ""
    is_first: bool = False
    refused: bool = False
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class StartPage:
    """A one-time link was opened. `role_key` is one under `role`, "" while the code is still to be given; `is_refused`: the code
    is of no use (any more)."""

    template: ClassVar[str] = "security_start.html"
    frame: SecurityFrame
    role_key: str
    form: PostForm
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """A1. `attention` are keys under `security.attention`, the most urgent first, each with where it leads, "" for nowhere.

    `failures` are thousands of causes with how often in the last hour; `unusual` names of events with how often in a day.
    `upstream_key` is one under `security.overview.pulse`, `p95` in milliseconds; `dates` of the calendar: near, over.
    """

    template: ClassVar[str] = "security_overview.html"
    frame: SecurityFrame
    at: datetime
    is_stale: bool
    attention: tuple[tuple[str, str], ...]
    sign_ins: int
    failures: tuple[tuple[int, int], ...]
    unusual: tuple[tuple[str, int], ...]
    waiting: int
    trouble_since: datetime | None
    key_days: int | None
    upstream_key: str = "answers"
    p95: int | None = None
    dates: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        require_safe_address(*(url for _, url in self.attention if url))


@dataclass(frozen=True, slots=True)
class ClientLine:
    """One service in the list. `state` is a key under `security.clients.state`."""

    client_id: str
    name: str
    organisation: str
    state: str


@dataclass(frozen=True, slots=True)
class ClientsPage:
    """A2, the list: what waits for a decision first."""

    template: ClassVar[str] = "security_clients.html"
    frame: SecurityFrame
    waiting: tuple[ClientLine, ...]
    others: tuple[ClientLine, ...]


@dataclass(frozen=True, slots=True)
class ScopeChange:
    """One scope or the name, before and after a decision: keys under `security.clients.holds`; `reasons`
    is what people will read."""

    about: str
    before_key: str
    after_key: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ClientPage:
    """A2, one service. `decide` is None when nothing waits or the person may not decide; `is_own` that they look after it
    themselves; `grounds` are the words to choose from: (yes, no)."""

    template: ClassVar[str] = "security_client.html"
    frame: SecurityFrame
    client_id: str
    name: str
    organisation: str
    addresses: tuple[str, ...]
    state: str
    changes: tuple[ScopeChange, ...]
    grounds: tuple[tuple[str, ...], tuple[str, ...]]
    decide: PostForm | None = None
    pause: PostForm | None = None
    is_own: bool = False
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class StaffLine:
    """One member of staff: our identifier, roles (keys under `role`), how many passkeys."""

    person_id: str
    roles: tuple[str, ...]
    passkeys: int
    remove: PostForm | None = None
    link: PostForm | None = None


@dataclass(frozen=True, slots=True)
class StaffRequest:
    """Somebody shall become an officer (`act_key` joins) or be one no more (leaves). `agree` is None for who asked, and for who
    may not agree."""

    person_id: str
    act_key: str
    asked_by: str
    ends_at: datetime
    agree: PostForm | None


@dataclass(frozen=True, slots=True)
class StaffPage:
    """Who is staff. `add` is None for whoever may only look."""

    template: ClassVar[str] = "security_staff.html"
    frame: SecurityFrame
    staff: tuple[StaffLine, ...]
    roles: tuple[str, ...]
    waiting: tuple[StaffRequest, ...] = ()
    add: PostForm | None = None
    person_id: str = ""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class StaffLinkPage:
    """A one-time link, shown once."""

    template: ClassVar[str] = "security_staff_link.html"
    frame: SecurityFrame
    link: str
