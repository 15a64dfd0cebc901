"""The pages of a sign-in and of errors: for each one, the values it shows and nothing else.

A page is built by the room that owns the moment and rendered by `Screens.render`. Addresses are checked here, at the edge of
the room: a page never carries a `javascript:` or `data:` address, whoever made it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Protocol

from broker.screens.causes import Cause
from broker.screens.field_errors import FieldError
from broker.screens.password_form import PasswordForm
from broker.screens.values import RegionName, Value, Word
from broker.screens.ways import OtherWay

# A path of ours, an ordinary address, or the private scheme of an installed app (RFC 8252 7.1), which always has a dot.
_SAFE_ADDRESS = re.compile(
    r"/(?![/\\])[^\s\\]*|https?://[^\s\\]+|[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:[^\s\\]+|[?#][^\s\\]*", re.IGNORECASE
)


class Page(Protocol):
    """What can be rendered: a frozen value that names its template."""

    template: ClassVar[str]


def require_safe_address(*addresses: str | None) -> None:
    """Refuse an address that a link must not lead to.

    Raises:
        ValueError: not a path of ours, not http(s), not the private scheme of an app. The address is not repeated.
    """
    for address in addresses:
        if address is not None and not _SAFE_ADDRESS.fullmatch(address):
            raise ValueError("a page may not lead to this kind of address")


@dataclass(frozen=True, slots=True)
class AlreadyIn:
    """Somebody is signed in in this browser. First name and first letter of the surname only: the computer may be shared."""

    first_name: str
    initial: str
    continue_url: str
    other_url: str

    def __post_init__(self) -> None:
        require_safe_address(self.continue_url, self.other_url)


@dataclass(frozen=True, slots=True)
class Banner:
    """A notice above the button: Gosuslugi (or the diary, `is_directory`) had trouble at `checked_at`, or planned work from
    `starts_at` to `ends_at`."""

    checked_at: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    zone: str = "Europe/Moscow"
    is_directory: bool = False
    upstream: RegionName | None = None

    def __post_init__(self) -> None:
        if (self.checked_at is None) == (self.starts_at is None) or (self.starts_at is None) != (self.ends_at is None):
            raise ValueError("a banner tells either of trouble (checked_at) or of planned work (starts_at and ends_at)")


@dataclass(frozen=True, slots=True)
class ClockCheck:
    """What a script needs to see whether the device's clock is wrong. `at_ms` is when the page was made, in milliseconds since
    1970; `clock_url` says what time it is now; `wrong_url` with what the device says behind it is the page 1008."""

    at_ms: int
    clock_url: str
    wrong_url: str

    def __post_init__(self) -> None:
        require_safe_address(self.clock_url, self.wrong_url)


@dataclass(frozen=True, slots=True)
class ChoosePage:
    """E1, the start of every sign-in. Without a region the Gosuslugi button is replaced by a link to the region chooser.

    `warning` is a sentence of the region file about a coming change, already in the language of the page. The two optional
    addresses show a link only when the flow behind it exists. `password` is there only where the region lets people in by it.
    `is_unfinished`: the person had left for Gosuslugi and is here without an answer (cause 1007). `why` the service wants another
    sign-in than there may be: "surer" (a confirmed account), "again" (a new one), or "". `upstream` is the title of the one
    behind the button, None for Gosuslugi, `left_for` that of the one not finished; `others` are buttons of further ones.
    """

    template: ClassVar[str] = "choose.html"
    service: str | None
    region: RegionName | None
    regions_url: str
    esia_url: str
    already: AlreadyIn | None = None
    banner: Banner | None = None
    warning: str | None = None
    first_url: str | None = None
    recover_url: str | None = None
    password: PasswordForm | None = None
    is_unfinished: bool = False
    clock: ClockCheck | None = None
    why: str = ""
    upstream: RegionName | None = None
    left_for: RegionName | None = None
    others: tuple[OtherWay, ...] = ()

    def __post_init__(self) -> None:
        others = (way.url for way in self.others)
        require_safe_address(self.regions_url, self.esia_url, self.first_url, self.recover_url, *others)

    @property
    def connects(self) -> bool:
        """Whether the page's own script asks this host what time it is."""
        return self.clock is not None

    @property
    def errors(self) -> tuple[FieldError, ...]:
        """What is wrong with the answers in the password form."""
        return self.password.errors if self.password else ()

    @property
    def zone(self) -> str | None:
        """In whose time the banner speaks; None without a banner."""
        return self.banner.zone if self.banner else None


@dataclass(frozen=True, slots=True)
class RegionLink:
    """One region to choose. `name` is either in both languages or already in the language of the page."""

    name: str | RegionName
    url: str

    def __post_init__(self) -> None:
        require_safe_address(self.url)

    def holds(self, text: str) -> bool:
        """Whether one of the names contains the text, ignoring case."""
        names = (self.name,) if isinstance(self.name, str) else (self.name.ru, self.name.en)
        return any(text.casefold() in name.casefold() for name in names)


@dataclass(frozen=True, slots=True)
class RegionsPage:
    """E2. `query` is what was typed into the search field; `nothing_found` that the whole list is shown instead."""

    template: ClassVar[str] = "regions.html"
    query: str
    regions: tuple[RegionLink, ...]
    nothing_found: bool = False

    @property
    def shown_query(self) -> str:
        """The query if it is a part of a region's name, else nothing: a link must not put words on our page."""
        known = self.query and any(region.holds(self.query) for region in self.regions)
        return self.query if known else ""


@dataclass(frozen=True, slots=True)
class LeavingPage:
    """E3, the body of the redirect to Gosuslugi. `host` is the true host, so that people learn to look at the address."""

    template: ClassVar[str] = "leaving.html"
    url: str
    host: str
    upstream: RegionName | None = None

    def __post_init__(self) -> None:
        require_safe_address(self.url)


@dataclass(frozen=True, slots=True)
class ReturningPage:
    """The answer to a POST that ends at another host: status 200, a refresh and a link.

    A redirect would look dead in Chromium, where `form-action` also judges every redirect after a form (CSP 3, 6.4.2).
    """

    template: ClassVar[str] = "returning.html"
    service: str
    url: str

    def __post_init__(self) -> None:
        require_safe_address(self.url)


@dataclass(frozen=True, slots=True)
class FormPostPage:
    """An authorization response by form post (OAuth 2.0 Form Post Response Mode 2): one button, submitted by a script if any."""

    template: ClassVar[str] = "form_post.html"
    action: str
    fields: tuple[tuple[str, str], ...]
    service: str

    def __post_init__(self) -> None:
        require_safe_address(self.action)


@dataclass(frozen=True, slots=True)
class SchoolCard:
    """Who helps at the school. Shown only to a person who has proven enough (disclosure ladder, step L2)."""

    name: str
    days: str
    hours: str
    room: str
    phone: str


@dataclass(frozen=True, slots=True)
class SupportCard:
    """Who helps in the region: telephone and e-mail (one may be empty), hours in the language of the page."""

    phone: str
    mail: str
    hours: str


@dataclass(frozen=True, slots=True)
class Frame:
    """A page of a service that is loaded unseen, so that it forgets the person (OpenID Connect Front-Channel Logout 1.0, 3)."""

    service: str
    url: str

    def __post_init__(self) -> None:
        require_safe_address(self.url)


@dataclass(frozen=True, slots=True)
class CausePage:
    """E17: what happened, why, what to do, who can help, the numbers to read aloud.

    `variables` fill the texts of the cause; `zone` (an IANA name) says in whose time `at` is shown. `primary_url` is where the
    button goes, by default where the cause leads. Who helps is the school; without it the support of the region; without that
    the support of the settings. `variant` names other words for the same cause, "" for those that the help shows too.
    """

    template: ClassVar[str] = "cause.html"
    cause: Cause
    at: datetime
    zone: str
    variables: Mapping[str, Value] = field(default_factory=dict)
    case_number: str | None = None
    school: SchoolCard | None = None
    primary_url: str | None = None
    service: str | None = None
    support: SupportCard | None = None
    variant: str = ""
    frames: tuple[Frame, ...] = ()

    def __post_init__(self) -> None:
        require_safe_address(self.primary_url)
        if not self.cause.has_page:
            raise ValueError("this cause is told to the relying party and has no page")


__all__ = [
    "AlreadyIn",
    "Banner",
    "CausePage",
    "ChoosePage",
    "ClockCheck",
    "FormPostPage",
    "Frame",
    "LeavingPage",
    "Page",
    "RegionLink",
    "RegionName",
    "RegionsPage",
    "ReturningPage",
    "SchoolCard",
    "SupportCard",
    "Word",
    "require_safe_address",
]
