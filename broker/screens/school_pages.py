"""What every page of a school's console shares, and its small pages: the values they show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Final

from broker.screens.field_errors import FieldError
from broker.screens.pages import SchoolCard, require_safe_address
from broker.screens.values import Value

# What the navigation shows, in order: a key under `school.nav`, and the path.
NAVIGATION: Final = (
    ("cases", "/school/cases"),
    ("people", "/school/people"),
    ("invites", "/school/invites"),
    ("roster", "/school/roster"),
    ("portfolio", "/school/portfolio"),
    ("duplicates", "/school/duplicates"),
    ("contacts", "/school/contacts"),
    ("journal", "/school/journal"),
)


@dataclass(frozen=True, slots=True)
class SchoolFrame:
    """What stands around every page of the console. `current` is a key of the navigation; `done` a key under `school.done`,
    said once after something was done; `zone` is that of the school's region."""

    school: str
    current: str
    zone: str
    done: str = ""
    has_several: bool = False


@dataclass(frozen=True, slots=True)
class PostForm:
    """Where a form of one or more buttons goes."""

    action_url: str
    form_key: str

    def __post_init__(self) -> None:
        require_safe_address(self.action_url)


@dataclass(frozen=True, slots=True)
class SchoolChoosePage:
    """Somebody who works in several schools chooses one. `schools` are (identifier, name)."""

    template: ClassVar[str] = "school_choose.html"
    schools: tuple[tuple[str, str], ...]
    form: PostForm


@dataclass(frozen=True, slots=True)
class HintLine:
    """`key` under `school.hint`, what fills it, and the field it is about."""

    key: str
    about: str
    words: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody to choose: identifier, name, class."""

    person_id: str
    name: str
    class_name: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One line of a journal. `staff` and `person` are names; `action` is a key under `school.deed`."""

    at: datetime
    staff: str
    action: str
    person: str
    fields: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ContactsPage:
    """S7. `preview` is what families will see; `is_old` that nobody has looked at it for a year."""

    template: ClassVar[str] = "school_contacts.html"
    frame: SchoolFrame
    days: str
    hours: str
    room: str
    phone: str
    form: PostForm
    preview: SchoolCard | None
    changed_on: date | None
    is_old: bool
    days_en: str = ""
    hours_en: str = ""
    room_en: str = ""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticePage:
    """Something a school cannot do itself. `key` under `school.notice`."""

    template: ClassVar[str] = "school_notice.html"
    frame: SchoolFrame
    key: str
    back_url: str
    case_number: str = ""

    def __post_init__(self) -> None:
        require_safe_address(self.back_url)
