"""The pages of a school's console (S1 to S5): the values each one shows. Nothing of Gosuslugi's ever gets here."""

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
class CaseLine:
    """One case of the queue. `words` fill the sentence of its cause."""

    number: str
    url: str
    cause: str
    words: Mapping[str, Value]
    person: str | None
    since_at: datetime
    waits_for_us: bool


@dataclass(frozen=True, slots=True)
class CasesPage:
    """S1. `waits`: all, us, person or closed. `errors` hold the answer to a number that was not found."""

    template: ClassVar[str] = "school_cases.html"
    frame: SchoolFrame
    cases: tuple[CaseLine, ...]
    waits: str
    errors: tuple[FieldError, ...] = ()
    # When Gosuslugi began to have trouble, None while all is well.
    trouble_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HintLine:
    """`key` under `school.hint`, what fills it, and the field it is about."""

    key: str
    field: str
    words: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaseAction:
    """The one visible action. `key` under `school.fix`; a link, or a button of `form` with `value`."""

    key: str
    url: str | None = None
    form: PostForm | None = None
    value: str = ""

    def __post_init__(self) -> None:
        require_safe_address(self.url)


@dataclass(frozen=True, slots=True)
class CasePage:
    """S2. `compared` are (field, matches|differs|missing_here|missing_there), never a value of the other side."""

    template: ClassVar[str] = "school_case.html"
    frame: SchoolFrame
    number: str
    cause: str
    words: Mapping[str, Value]
    state: str
    opened_at: datetime
    person: str | None
    person_url: str | None
    compared: tuple[tuple[str, str], ...]
    wrong_fields: tuple[str, ...]
    hints: tuple[HintLine, ...]
    action: CaseAction | None
    needs_document: bool
    check: PostForm | None
    still: tuple[str, ...] = ()
    was_checked: bool = False

    def __post_init__(self) -> None:
        require_safe_address(self.person_url)


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody to choose: identifier, name, class."""

    person_id: str
    name: str
    class_name: str


@dataclass(frozen=True, slots=True)
class AttachPage:
    """Whose case is it? A search, then one of those found."""

    template: ClassVar[str] = "school_attach.html"
    frame: SchoolFrame
    number: str
    search_url: str
    query: str
    found: tuple[Choice, ...] | None
    form: PostForm
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class TakeInPage:
    """A card without a school gets a place here: role and class."""

    template: ClassVar[str] = "school_take_in.html"
    frame: SchoolFrame
    number: str
    name: str
    form: PostForm
    role: str = "pupil"
    class_name: str = ""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One line of the list of people. `roles` are keys under `school.role`."""

    person_id: str
    name: str
    class_name: str
    roles: tuple[str, ...]
    is_here: bool
    is_blocked: bool
    has_snils: bool
    is_activated: bool


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Everybody of the school, by class or by search."""

    template: ClassVar[str] = "school_people.html"
    frame: SchoolFrame
    people: tuple[PersonLine, ...]
    classes: tuple[str, ...]
    class_name: str
    query: str
    count: int


@dataclass(frozen=True, slots=True)
class CardForm:
    """What the fields of the card form hold."""

    surname: str
    name: str
    patronymic: str
    birth_date: str
    sex: str
    snils: str
    login: str
    class_name: str
    roles: tuple[str, ...]
    version: str


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
class CardPage:
    """S3. `moved` says that somebody else saved meanwhile and the fields show their version; `trouble` is a key under
    `school.card_trouble`."""

    template: ClassVar[str] = "school_card.html"
    frame: SchoolFrame
    person_id: str
    name: str
    card: CardForm
    form: PostForm
    case_number: str
    parents: tuple[Choice, ...]
    children: tuple[Choice, ...]
    kin: PostForm | None
    kin_of: str
    hints: tuple[HintLine, ...]
    changes: tuple[ChangeLine, ...]
    is_guarded: bool
    is_administrator: bool
    is_here: bool
    errors: tuple[FieldError, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class AccessPage:
    """S5. `can` are the deeds possible now, keys under `school.access`."""

    template: ClassVar[str] = "school_access.html"
    frame: SchoolFrame
    person_id: str
    name: str
    form: PostForm
    can: tuple[str, ...]
    linked_on: date | None
    sessions: int
    locked_until: datetime | None
    invitation: str
    is_blocked: bool
    is_guarded: bool
    asked_by: str
    asked_until: datetime | None
    is_asker: bool
    needs_second: bool
    needs_region: bool
    case_number: str = ""
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class InviteLine:
    """One person to invite. `state` is that of Invitation.state_at, "" without an invitation."""

    person_id: str
    name: str
    class_name: str
    state: str
    until_on: date | None
    is_activated: bool


@dataclass(frozen=True, slots=True)
class InvitesPage:
    """S4: whom to invite, by class and by state."""

    template: ClassVar[str] = "school_invites.html"
    frame: SchoolFrame
    people: tuple[InviteLine, ...]
    classes: tuple[str, ...]
    class_name: str
    state: str
    form: PostForm
    print_form: PostForm
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One invitation on paper."""

    name: str
    class_name: str
    login: str
    password: str
    until_on: date

    def __repr__(self) -> str:
        return "Sheet(...)"


@dataclass(frozen=True, slots=True)
class SheetsPage:
    """The print-out: shown once, in answer to the request that made the passwords."""

    template: ClassVar[str] = "school_sheets.html"
    frame: SchoolFrame
    sheets: tuple[Sheet, ...]
    address: str
    qr_url: str
    back_url: str = "/school/invites"
    # Too late: passwords are not kept, so a page asked for again has none.
    is_gone: bool = False


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
