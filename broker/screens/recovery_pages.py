"""The pages of getting back in: what each one shows. None of them knows whether anybody was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from broker.screens.field_errors import FieldError
from broker.screens.pages import SchoolCard, require_safe_address


@dataclass(frozen=True, slots=True)
class RecoverPage:
    """E18: four ways, four sentences."""

    template: ClassVar[str] = "recover.html"
    password_url: str
    login_url: str
    gosuslugi_url: str
    school_url: str

    def __post_init__(self) -> None:
        require_safe_address(self.password_url, self.login_url, self.gosuslugi_url, self.school_url)


@dataclass(frozen=True, slots=True)
class RecoverStartPage:
    """E19: one field, login, phone or e-mail. `linked_url` is the way through Gosuslugi, shown to everybody."""

    template: ClassVar[str] = "recover_start.html"
    action_url: str
    form_key: str
    linked_url: str
    login_url: str
    school_url: str
    typed: str = ""
    errors: tuple[FieldError, ...] = ()

    def __post_init__(self) -> None:
        require_safe_address(self.action_url, self.linked_url, self.login_url, self.school_url)


@dataclass(frozen=True, slots=True)
class RecoverLoginPage:
    """E19 for a forgotten login: the one field is a phone or an e-mail. `is_sent` is the page after it; `is_late`: cause 8005."""

    template: ClassVar[str] = "recover_login.html"
    action_url: str
    form_key: str
    school_url: str
    sign_in_url: str
    typed: str = ""
    is_sent: bool = False
    is_late: bool = False
    errors: tuple[FieldError, ...] = ()

    def __post_init__(self) -> None:
        require_safe_address(self.action_url, self.school_url, self.sign_in_url)


@dataclass(frozen=True, slots=True)
class RecoverCodePage:
    """E20: six digits from a letter or an SMS. `is_late`: letters come late just now, to whomever (8005)."""

    template: ClassVar[str] = "recover_code.html"
    action_url: str
    form_key: str
    again_url: str
    school_url: str
    is_late: bool = False
    errors: tuple[FieldError, ...] = ()

    def __post_init__(self) -> None:
        require_safe_address(self.action_url, self.again_url, self.school_url)


@dataclass(frozen=True, slots=True)
class RecoverPasswordPage:
    """E20: the new password. `only_proof` says that the region lets nobody in by password alone."""

    template: ClassVar[str] = "recover_password.html"
    action_url: str
    form_key: str
    only_proof: bool = False
    errors: tuple[FieldError, ...] = ()

    def __post_init__(self) -> None:
        require_safe_address(self.action_url)


@dataclass(frozen=True, slots=True)
class RecoveredPage:
    """E20: done."""

    template: ClassVar[str] = "recovered.html"
    sign_in_url: str
    only_proof: bool = False

    def __post_init__(self) -> None:
        require_safe_address(self.sign_in_url)


@dataclass(frozen=True, slots=True)
class FoundSchool:
    """One school of the search: its name, and its card if it has told whom to ask."""

    name: str
    card: SchoolCard | None


@dataclass(frozen=True, slots=True)
class RecoverSchoolPage:
    """E21: what to bring, what to keep secret, and a search for the school. `query` is what was typed; it is shown again only if
    it is a part of a school's name. `more` says that not all schools that fit are shown. `case_number` is what this browser was
    given for the school, "" before it has asked for one: then there is a form."""

    template: ClassVar[str] = "recover_school.html"
    query: str = ""
    schools: tuple[FoundSchool, ...] = ()
    is_searched: bool = False
    more: bool = False
    action_url: str = "/recover/school"
    form_key: str = ""
    case_number: str = ""
    typed: str = ""
    errors: tuple[FieldError, ...] = ()

    def __post_init__(self) -> None:
        require_safe_address(self.action_url)

    @property
    def shown_query(self) -> str:
        """The query if it is a part of a name found, else nothing: a link must not put words on our page."""
        return self.query if any(self.query.casefold() in school.name.casefold() for school in self.schools) else ""
