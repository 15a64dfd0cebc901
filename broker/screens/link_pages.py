"""The pages on which a diary and Gosuslugi become connected: for each one, the values it shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from broker.screens.field_errors import FieldError
from broker.screens.pages import SchoolCard, SupportCard, require_safe_address
from broker.screens.values import RegionName, Word


@dataclass(frozen=True, slots=True)
class Who:
    """Whom Gosuslugi named: first name and first letter of the surname only, each "" if it did not say."""

    first_name: str
    initial: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the page appears: a cause of the catalogue, with the numbers to read aloud. `variant` as that of `CausePage`; `fields`
    are what its text names as `{fields}`, if it does."""

    code: int
    case_number: str
    at: datetime
    variant: str = ""
    fields: tuple[Word, ...] = ()

    @property
    def key(self) -> str:
        """Where its texts are."""
        return f"{self.code}.{self.variant}" if self.variant else str(self.code)


@dataclass(frozen=True, slots=True)
class ProvePage:
    """E7: the diary login and password, on the page that says why they are asked for. Nothing of any card is shown.

    `login` is what the person typed before; a password is never given back. `reason` is None when the person came here to enter
    another login.
    """

    template: ClassVar[str] = "link.html"
    action_url: str
    form_key: str
    cancel_url: str
    change_url: str
    none_url: str
    who: Who
    zone: str
    reason: Reason | None = None
    login: str = ""
    errors: tuple[FieldError, ...] = ()
    school: SchoolCard | None = None
    support: SupportCard | None = None
    upstream: RegionName | None = None

    def __post_init__(self) -> None:
        require_safe_address(self.action_url, self.cancel_url, self.change_url, self.none_url)


@dataclass(frozen=True, slots=True)
class ConfirmPage:
    """E8: first name, initial, class and school of the card whose password was right. Posts `decision` = yes or no."""

    template: ClassVar[str] = "link_confirm.html"
    action_url: str
    form_key: str
    first_name: str
    initial: str
    places: tuple[str, ...]

    def __post_init__(self) -> None:
        require_safe_address(self.action_url)


@dataclass(frozen=True, slots=True)
class LinkedPage:
    """E9, once, after linking by hand. `masked` is the address that was written to, None if there is none."""

    template: ClassVar[str] = "linked.html"
    onward_url: str
    service: str | None = None
    masked: str | None = None
    upstream: RegionName | None = None

    def __post_init__(self) -> None:
        require_safe_address(self.onward_url)


@dataclass(frozen=True, slots=True)
class OfferPage:
    """F6: in by the diary password; connect Gosuslugi, or later where the region allows it. `warning` is the region file's
    sentence about a coming change, in the language of the page."""

    template: ClassVar[str] = "link_offer.html"
    connect_url: str
    later_url: str | None = None
    warning: str | None = None
    upstream: RegionName | None = None

    def __post_init__(self) -> None:
        require_safe_address(self.connect_url, self.later_url)
