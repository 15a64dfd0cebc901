"""The pages of the first sign-in: invitation, three steps, the end, and the confirmation of phone and e-mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

from broker.screens.field_errors import FieldError
from broker.screens.pages import require_safe_address
from broker.screens.values import RegionName

WARNED_BEFORE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Deadline:
    """E26: until when a page may be filled in, told in `zone`. A POST to `stay_url` gives more time; `leave_url` forgets all."""

    ends_at: datetime
    seconds: int
    zone: str
    stay_url: str
    leave_url: str

    def __post_init__(self) -> None:
        require_safe_address(self.stay_url, self.leave_url)

    @property
    def warned_before(self) -> timedelta:
        """How long before the end a browser with scripts asks."""
        return WARNED_BEFORE


@dataclass(frozen=True, slots=True)
class FirstPage:
    """E11. `login` is what was typed before an error. `is_active`: the diary was opened long ago, so the way in is the usual."""

    template: ClassVar[str] = "first.html"
    action_url: str
    form_key: str
    sign_in_url: str
    login: str = ""
    is_active: bool = False
    errors: tuple[FieldError, ...] = ()

    def __post_init__(self) -> None:
        require_safe_address(self.action_url, self.sign_in_url)


@dataclass(frozen=True, slots=True)
class CardPlace:
    """One line of the card: a school, and the class of a pupil."""

    school: str
    class_name: str | None = None


@dataclass(frozen=True, slots=True)
class DataPage:
    """E12. What the school has typed, to be looked at; `snils_end` are the two last digits, None when the card has none."""

    template: ClassVar[str] = "welcome_data.html"
    connects: ClassVar[bool] = True
    action_url: str
    form_key: str
    deadline: Deadline
    full_name: str
    birth_date: date | None
    sex_key: str | None
    places: tuple[CardPlace, ...]
    snils_end: str | None

    def __post_init__(self) -> None:
        require_safe_address(self.action_url)

    @property
    def zone(self) -> str:
        return self.deadline.zone


@dataclass(frozen=True, slots=True)
class WrongPage:
    """E12, "what should be corrected?". `fields` are words under `field`, in the order of the card."""

    template: ClassVar[str] = "welcome_wrong.html"
    connects: ClassVar[bool] = True
    action_url: str
    form_key: str
    back_url: str
    deadline: Deadline
    fields: tuple[str, ...]
    errors: tuple[FieldError, ...] = ()

    def __post_init__(self) -> None:
        require_safe_address(self.action_url, self.back_url)

    @property
    def zone(self) -> str:
        return self.deadline.zone


@dataclass(frozen=True, slots=True)
class ContactsPage:
    """E13. `needs_both` as the region demands. `phone_kept` and `email_kept` are masked ones given earlier: an empty
    field keeps them.

    `phone` and `email` are what this person typed a moment ago, after an error or a sign-in that ran out of time.
    """

    template: ClassVar[str] = "welcome_contacts.html"
    connects: ClassVar[bool] = True
    action_url: str
    form_key: str
    back_url: str
    deadline: Deadline
    needs_both: bool
    phone: str = ""
    email: str = ""
    phone_kept: str | None = None
    email_kept: str | None = None
    errors: tuple[FieldError, ...] = ()

    def __post_init__(self) -> None:
        require_safe_address(self.action_url, self.back_url)

    @property
    def zone(self) -> str:
        return self.deadline.zone


@dataclass(frozen=True, slots=True)
class PasswordPage:
    """E14. `login` is shown, and named for password managers."""

    template: ClassVar[str] = "welcome_password.html"
    connects: ClassVar[bool] = True
    action_url: str
    form_key: str
    back_url: str
    deadline: Deadline
    login: str
    rules: bool = False
    errors: tuple[FieldError, ...] = ()

    def __post_init__(self) -> None:
        require_safe_address(self.action_url, self.back_url)

    @property
    def zone(self) -> str:
        return self.deadline.zone


@dataclass(frozen=True, slots=True)
class DonePage:
    """E16. `later_url` only where the region lets people in by diary password; `closed_on` is the day since which it does not.
    `is_linked`: Gosuslugi is connected already, from before this invitation.

    `email` and `phone` are masked ones that still have to be confirmed; the phone at `phone_url`. `is_late`: letters come late
    just now (8005). `upstream` is the title of the one that `connect_url` leads to, None for Gosuslugi.
    """

    template: ClassVar[str] = "welcome_done.html"
    connect_url: str
    later_url: str | None = None
    closed_on: date | None = None
    is_linked: bool = False
    email: str | None = None
    phone: str | None = None
    phone_url: str | None = None
    is_late: bool = False
    upstream: RegionName | None = None

    def __post_init__(self) -> None:
        require_safe_address(self.connect_url, self.later_url, self.phone_url)


@dataclass(frozen=True, slots=True)
class PhoneCodePage:
    """The code from an SMS. `phone` is masked; `was_sent_again` after the second button, `is_right` when all is done; `is_late`:
    SMS come late just now (8005)."""

    template: ClassVar[str] = "welcome_phone.html"
    action_url: str
    form_key: str
    back_url: str
    phone: str
    was_sent_again: bool = False
    is_right: bool = False
    is_late: bool = False
    errors: tuple[FieldError, ...] = ()

    def __post_init__(self) -> None:
        require_safe_address(self.action_url, self.back_url)


@dataclass(frozen=True, slots=True)
class EmailPressPage:
    """E15: a link from a message was opened, perhaps by a mail scanner; only a press confirms. With `asks_anew` the link is too
    old and the press sends a fresh one."""

    template: ClassVar[str] = "email_press.html"
    action_url: str
    form_key: str
    masked: str
    asks_anew: bool = False

    def __post_init__(self) -> None:
        require_safe_address(self.action_url)


@dataclass(frozen=True, slots=True)
class EmailSaidPage:
    """E15 after the press: confirmed, or with `was_sent` a fresh link is on its way to `masked`. `is_late`: cause 8005."""

    template: ClassVar[str] = "email_said.html"
    masked: str
    was_sent: bool = False
    is_late: bool = False
