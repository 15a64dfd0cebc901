"""The pages of sign-out and the five of the footer: the values each one shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final, Literal

from broker.screens.causes import Cause
from broker.screens.pages import Frame, require_safe_address
from broker.screens.values import RegionName


@dataclass(frozen=True, slots=True)
class SignOutAskPage:
    """E25 when the request to sign out proves nothing: ask first (OpenID Connect RP-Initiated Logout 1.0, 2). `is_of_other`: the
    service means somebody else than who is signed in."""

    template: ClassVar[str] = "sign_out_ask.html"
    action_url: str
    form_key: str
    stay_url: str
    is_of_other: bool = False

    def __post_init__(self) -> None:
        require_safe_address(self.action_url, self.stay_url)


@dataclass(frozen=True, slots=True)
class ReturnLink:
    """The way back to a service, at an address it has registered."""

    service: str
    url: str

    def __post_init__(self) -> None:
        require_safe_address(self.url)


@dataclass(frozen=True, slots=True)
class SignedOutPage:
    """E25 after the sign-out. `partial` counts the services that did not answer; nothing tells who left. `onward_url` is where
    the browser goes by itself once the `frames` have had time to load. `upstream` is the title of where `esia_logout_url` leads,
    None for Gosuslugi."""

    template: ClassVar[str] = "signed_out.html"
    esia_logout_url: str | None = None
    return_link: ReturnLink | None = None
    partial: int = 0
    again_url: str | None = None
    frames: tuple[Frame, ...] = ()
    onward_url: str | None = None
    upstream: RegionName | None = None

    def __post_init__(self) -> None:
        require_safe_address(self.esia_logout_url, self.again_url, self.onward_url)


HELP_TOPICS: Final = ("register", "confirm", "child", "snils", "school", "login", "invitation", "cookies", "browser", "clock")


@dataclass(frozen=True, slots=True)
class HelpPage:
    """E27: what to do about a cause code, and a list of answers. `unknown` says the typed code is not ours."""

    template: ClassVar[str] = "help.html"
    topics: ClassVar[tuple[str, ...]] = HELP_TOPICS
    cause: Cause | None = None
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class HelpTopicPage:
    """E27: one answer with a picture whose numbers are those of its steps.

    Raises:
        ValueError: there is no such topic.
    """

    template: ClassVar[str] = "help_topic.html"
    topic: str

    def __post_init__(self) -> None:
        if self.topic not in HELP_TOPICS:
            raise ValueError("there is no such help topic")


@dataclass(frozen=True, slots=True)
class StatusPage:
    """E27: state in words.

    `trouble_at` is when trouble with Gosuslugi began, `silent_at` that of the diary, None while all is well; `planned` the
    planned work that is announced or under way, from its first to its last instant. `others` are further upstreams with trouble,
    and since when.
    """

    template: ClassVar[str] = "status.html"
    checked_at: datetime
    zone: str
    trouble_at: datetime | None = None
    planned: tuple[datetime, datetime] | None = None
    silent_at: datetime | None = None
    others: tuple[tuple[RegionName, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class TextPage:
    """E27: a statement of ours, from the catalogue; `day` is when it was last checked or changed."""

    template: ClassVar[str] = "text.html"
    kind: Literal["accessibility", "privacy", "rules"]
    day: date


@dataclass(frozen=True, slots=True)
class ViewPage:
    """E28: a link for each way a page can look. `changed` says that a choice was just made."""

    template: ClassVar[str] = "view.html"
    changed: bool = False
