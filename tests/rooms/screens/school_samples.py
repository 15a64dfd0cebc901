"""Examples of the pages of a school's console, for the samples of this room."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from broker.screens.field_errors import FieldError
from broker.screens.pages import Page, SchoolCard
from broker.screens.school_card_pages import AccessPage, CardForm, CardPage, PeoplePage, PersonLine
from broker.screens.school_case_pages import AttachPage, CaseAction, CaseLine, CasePage, CasesPage, TakeInPage
from broker.screens.school_invite_pages import InviteLine, InvitesPage, Sheet, SheetsPage
from broker.screens.school_pages import (
    ChangeLine,
    Choice,
    ContactsPage,
    HintLine,
    NoticePage,
    PostForm,
    SchoolChoosePage,
    SchoolFrame,
)
from broker.screens.school_roster_pages import (
    DuplicatesPage,
    JournalPage,
    MergeLine,
    PortfolioLine,
    PortfolioPage,
    RosterJobPage,
    RosterPage,
    TwinCard,
    TwinPair,
)
from broker.screens.values import Word

AT = datetime(2026, 9, 1, 6, 5, tzinfo=UTC)
DAY = date(2026, 9, 1)
SCHOOL = SchoolCard("Школа № 12", "вторник, четверг", "9:00–12:00", "14", "+7 395 200-00-00")
FORM = PostForm("/school/form", "key")
NOBODY: tuple[Choice, ...] = ()
FATHER, CHILD = Choice("p-2", "Пример Иван Петрович", ""), Choice("p-3", "Пример Анна", "6А")


def frame(current: str, **changes: object) -> SchoolFrame:
    """What stands around a page."""
    return replace(SchoolFrame(SCHOOL.name, current, "Asia/Irkutsk", has_several=True), **changes)  # type: ignore[arg-type]


def school_samples() -> dict[str, Page]:
    """Every page of the console."""
    return {**_cases(), **_people(), **_invites(), **_lists(), **_small()}


def _cases() -> dict[str, Page]:
    words = {"fields": (Word("field.surname"), Word("field.snils")), "date": DAY}
    lines = (
        CaseLine("4821-7730", "/school/cases/4821-7730", "3102", words, "Пример Анна", AT, True),
        CaseLine("1000-0001", "/school/cases/1000-0001", "3101", words, None, AT, False),
    )
    seen = (("surname", "differs"), ("name", "matches"), ("snils", "missing_here"), ("sex", "missing_there"))
    hint = HintLine("latin_letter", "surname", {"letters": "A, C"})
    one = CasePage(
        frame("cases"), "4821-7730", "3102", words, "open", AT, "Пример Анна", "/school/people/p-1", seen, (),
        (HintLine("linked", "link", {"date": DAY}),), (hint,), "card", CaseAction("/school/people/p-1"), True, FORM,
    )  # fmt: skip
    pressed = CaseAction(form=FORM, fields=(("deed", "unlock"),))
    return {
        "school, cases": CasesPage(frame("cases"), lines, "all", trouble_at=AT),
        "school, no case": CasesPage(frame("cases"), (), "closed"),
        "school, number not found": CasesPage(frame("cases"), (), "all", (FieldError("number", "case.not_found"),)),
        "school, case": one,
        "school, case still": replace(one, still=("surname",), was_checked=True),
        "school, case fixed": replace(one, state="fixed"),
        "school, case of nobody": replace(one, person=None, person_url=None, fix="unlock", action=pressed, compared=()),
        "school, attach": AttachPage(frame("cases"), "4821-7730", "/school/cases/x/attach", "Пример", (FATHER, CHILD), FORM),
        "school, attach to nobody": AttachPage(frame("cases"), "4821-7730", "/school/cases/x/attach", "хх", NOBODY, FORM),
        "school, take in": TakeInPage(frame("cases"), "4821-7730", "Пример Анна", FORM),
    }


def _people() -> dict[str, Page]:
    people = (
        PersonLine("p-1", "Пример Анна", "6А", ("pupil",), True, False, False, False),
        PersonLine("p-2", "Пример Иван Петрович", "", ("parent", "teacher"), False, True, True, True),
    )
    form = CardForm("Пример", "Анна", "", "05.09.2013", "F", "", "anna.p", "6А", ("pupil",), "7")
    change = ChangeLine(AT, "Школьная Вера", "corrected", "Пример Анна", ("surname", "snils"), "По паспорту")
    card = CardPage(
        frame("people", done="saved"), "p-1", "Пример Анна", form, FORM, "4821-7730", (FATHER,), (), FORM, "parents",
        (HintLine("snils_missing", "snils"), HintLine("no_parent", "parents")), (change,), False, False, True,
    )  # fmt: skip
    wrong = (FieldError("snils", "snils.sum"), FieldError("birth_date", "date.format"))
    theirs = (("surname", "Примерова"), ("patronymic", ""))
    access = AccessPage(
        frame("people"), "p-1", "Пример Анна", FORM, ("unlock", "end_sessions", "unlink", "block", "leave"), DAY, 2,
        AT + timedelta(minutes=10), "used", False, False, "", None, False, True, False,
    )  # fmt: skip
    return {
        "school, people": PeoplePage(frame("people"), people, ("5Б", "6А"), "6А", "", 2),
        "school, nobody": PeoplePage(frame("people"), (), ("6А",), "", "хх", 0),
        "school, card": card,
        "school, card wrong": replace(card, errors=wrong),
        "school, card moved": replace(card, trouble="moved", theirs=theirs, kin_found=(FATHER,), is_here=False),
        "school, card guarded": replace(card, is_guarded=True, kin=None),
        "school, access": access,
        "school, access asked": replace(
            access, can=("confirm",), asked_by="Школьная Вера", asked_until=AT, is_blocked=True, linked_on=None
        ),
        "school, access alone": replace(access, needs_region=True, is_guarded=True, can=(), locked_until=None),
    }


def _invites() -> dict[str, Page]:
    people = (
        InviteLine("p-1", "Пример Анна", "6А", "", None, False),
        InviteLine("p-2", "Пример Пётр", "6А", "printed", DAY, False),
        InviteLine("p-3", "Пример Олег", "6А", "expired", DAY, False),
    )
    sheets = (Sheet("Пример Анна", "6А", "anna.p", "кот-дом-7", DAY), Sheet("Пример Пётр", "", "petr.p", "лес-мост-4", DAY))
    invites = InvitesPage(frame("invites"), people, ("5Б", "6А"), "6А", "", FORM, FORM)
    return {
        "school, invites": invites,
        "school, invites of nobody": replace(
            invites, people=(), class_name="", errors=(FieldError("person", "card.person_none"),)
        ),
        "school, sheets": SheetsPage(frame("invites"), sheets, "https://signin.example/first", "/school/invites/qr.svg"),
        "school, sheets gone": SheetsPage(frame("invites"), (), "", "/school/invites/qr.svg", is_gone=True),
    }


def _lists() -> dict[str, Page]:
    changed, added = ((7, "Пример Анна", ("class_name",)),), ((2, "Пример Пётр"),)
    job = RosterJobPage(frame("roster"), "ready", "", 120, 2, 1, 117, (), added, changed, FORM, "/school/roster/job")
    problems = ((2, "snils", "snils_sum"), (3, "", "name_empty"))
    twin = TwinCard("p-1", "Пример Анна", "6А", DAY, "06", "anna.p", True, True, ("pupil",))
    pairs = (TwinPair(twin, replace(twin, person_id="p-4", snils_end="", login="", is_linked=False, birth_date=None), True),)
    pairs += (TwinPair(twin, replace(twin, person_id="p-5", roles=(), is_activated=False), False),)
    pairs += (TwinPair(twin, replace(twin, person_id="p-6", login="anna.p2"), True),)
    merges = (MergeLine("m-1", "Пример Олег", DAY, DAY),)
    classes = (PortfolioLine("6А", 25, 24, (("p-1", "Пример Анна"),)), PortfolioLine("7Б", 20, 20, ()))
    change = ChangeLine(AT, "Школьная Вера", "corrected", "Пример Анна", ("surname", "snils"), "По паспорту")
    people, more = (("p-9", "Школьная Вера"),), "/school/journal?page=2"
    journal = JournalPage(frame("journal"), (change,), ("corrected", "blocked"), people, "", "", "", "", more, FORM)
    return {
        "school, roster": RosterPage(frame("roster"), FORM, FORM),
        "school, roster empty": RosterPage(frame("roster"), FORM, FORM, (FieldError("file", "card.name_empty"),)),
        "school, list looked at": replace(job, state="looking", form=None),
        "school, list ready": job,
        "school, list refused": replace(job, state="refused", problems=problems, form=None),
        "school, list unreadable": replace(job, state="unreadable", message="encoding", form=None),
        "school, list stopped": replace(job, state="stopped", form=None),
        "school, portfolio": PortfolioPage(frame("portfolio"), classes, 45, 44, 97, DAY),
        "school, no portfolio": PortfolioPage(frame("portfolio"), (), 0, 0, 100, DAY),
        "school, duplicates": DuplicatesPage(frame("duplicates"), pairs, merges, FORM, "elsewhere"),
        "school, no duplicates": DuplicatesPage(frame("duplicates"), (), (), FORM),
        "school, journal": journal,
        "school, journal wrong": replace(journal, since="x", lines=(), errors=(FieldError("since", "date.format"),)),
    }


def _small() -> dict[str, Page]:
    contacts = ContactsPage(frame("contacts"), "вторник", "9:00–12:00", "14", SCHOOL.phone, FORM, SCHOOL, DAY, True, "Tuesday")
    return {
        "school, choose": SchoolChoosePage((("s-1", SCHOOL.name), ("s-2", "Школа № 7")), FORM),
        "school, contacts": contacts,
        "school, no contacts": replace(
            contacts, days="", hours="", room="", phone="", days_en="", preview=None, changed_on=None, is_old=False
        ),
        "school, notice": NoticePage(frame("people"), "guarded", "/school/people", "4821-7730"),
    }
