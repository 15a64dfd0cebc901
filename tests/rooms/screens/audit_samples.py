"""Sample pages of the journal, of one person, and of the connection to Gosuslugi."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from broker.console.grounds import GROUNDS
from broker.directory.pauses import PauseReason
from broker.screens.audit_pages import AuditAsked, AuditCheckPage, AuditPage, EntryPage, EventLine, events_picture
from broker.screens.field_errors import FieldError
from broker.screens.pages import Page
from broker.screens.person_pages import CaseOf, FindPersonPage, Refusal, StoryPage
from broker.screens.school_pages import PostForm
from broker.screens.security_pages import SecurityFrame
from broker.screens.upstream_pages import CertificateLine, ErrorLine, Examined, FindingLine, LastCheck, PlannedLine, UpstreamPage

EVENTS = ("login.finished", "login.refused", "refresh.reused")
FAULTS = ("case", "code", "too_long")


def audit_samples(frame: SecurityFrame, form: PostForm, at: datetime) -> dict[str, Page]:
    """A5, A6 and A8 in every state."""
    upstream = _upstream(replace(frame, current="upstream"), form, at)
    journal, person = replace(frame, current="audit"), replace(frame, current="person")
    return {**_journal(journal, form, at), **_person(person, form, at), **upstream}


def _lines(at: datetime) -> tuple[EventLine, ...]:
    refused = EventLine(8, at, "login.refused", "login.refused", "refused", "system", "demo-orlova, olymp, 3204")
    return (
        refused,
        EventLine(7, at - timedelta(hours=2), "sign_in.paused", "sign_in.paused", "done", "staff:demo-dorofeev", "demo-orlova"),
        replace(refused, seq=6, name="gone.forgotten", event_key="", result_key="failed"),
    )


def _journal(frame: SecurityFrame, form: PostForm, at: datetime) -> dict[str, Page]:
    bars = [(at + timedelta(days=n), {"done": 40 + 7 * n, "refused": 9 - n, "failed": n % 3}) for n in range(8)]
    days, hours = events_picture(bars, timedelta(days=1)), events_picture(bars[:3], timedelta(hours=1))
    page = AuditPage(frame, AuditAsked(), EVENTS, _lines(at), days, "/admin/audit?before=6", GROUNDS, form)
    fields = (("client_id", "olymp"), ("cause", "3204"), ("person_id", "demo-orlova"))
    entry = EntryPage(frame, _lines(at)[0], fields, "0" * 64, "a" * 64, (), GROUNDS, form)
    asked = AuditAsked(since="01.09.2026", event="login.refused", result="refused", cause="3204")
    return {
        "security, journal": page,
        "security, journal asked": replace(page, asked=asked, picture=hours, older_url="", export=None),
        "security, journal empty": replace(page, lines=(), picture=events_picture((), timedelta(days=1)), older_url=""),
        "security, journal long": replace(page, picture=None, errors=(FieldError("grounds", "security.grounds_missing"),)),
        **{
            f"security, journal wrong {fault}": replace(page, lines=(), errors=(FieldError("since", f"security.{fault}"),))
            for fault in FAULTS
        },
        "security, entry": entry,
        "security, entry named": replace(entry, names=(("demo-orlova", "Орлова Анна"),), reveal=None),
        "security, entry nobody": replace(entry, errors=(FieldError("grounds", "security.no_card"),)),
        "security, chain whole": AuditCheckPage(frame, at, 1204, 12, None),
        "security, chain broken": AuditCheckPage(frame, at, 611, 4, 612),
    }


def _person(frame: SecurityFrame, form: PostForm, at: datetime) -> dict[str, Page]:
    find = FindPersonPage(frame, (("olymp", "Олимпиады"),), GROUNDS, form)
    cases = tuple(CaseOf("4821-7730", 3102, "Не сошлась фамилия", state) for state in ("open", "fixed", "closed"))
    story = StoryPage(
        frame=frame,
        person_id="demo-orlova",
        day=date(2026, 9, 1),
        day_url="/admin/person/key",
        is_blocked=False,
        pause_key="safety",
        paused_at=at,
        is_connected=True,
        sessions=2,
        refusals=(Refusal(at, 3204, "Вход закрыт"),),
        verdict_key="refuse",
        sentences=("Вход закрыт на время.",),
        lines=_lines(at),
        cases=cases,
        grounds=GROUNDS,
        reasons=tuple(reason.value for reason in PauseReason),
        end=form,
        unblock=form,
    )
    quiet = replace(story, pause_key="", paused_at=None, unblock=None, block=form, refusals=(), verdict_key="allow", cases=())
    done = {word: replace(quiet, frame=replace(frame, done=word)) for word in ("sign_ins_ended", "blocked", "unblocked")}
    return {
        "security, find person": find,
        "security, nobody found": replace(find, case="48217730", errors=(FieldError("case", "security.nobody"),)),
        "security, find without reason": replace(find, errors=(FieldError("grounds", "security.grounds_missing"),)),
        "security, story": story,
        "security, story quiet": quiet,
        "security, story closed": replace(quiet, is_blocked=True, block=None, end=None, is_connected=False, verdict_key="prove"),
        "security, story unknown": replace(quiet, person_id="", verdict_key="", sentences=(), lines=(), block=None, end=None),
        "security, story wrong": replace(quiet, errors=(FieldError("reason", "security.block_reason"),)),
        **{f"security, story {why}": replace(story, pause_key=why) for why in ("documents", "family", "other")},
        **{f"security, story done {word}": page for word, page in done.items()},
    }


def _planned(form: PostForm, at: datetime) -> tuple[PlannedLine, ...]:
    days = timedelta(days=2)
    return (PlannedLine(at, at + days, True, None), PlannedLine(at + days, at + 2 * days, False, form))


def _examined(at: datetime) -> Examined:
    return Examined(
        at,
        (
            FindingLine("settings", "ok", "settings_fine"),
            FindingLine("esia_certificates", "warn", "theirs_end_soon"),
            FindingLine("archive", "not_checked", "not_reached"),
            FindingLine("request", "wrong", "request_refused", "007053"),
        ),
    )


def _upstream(frame: SecurityFrame, form: PostForm, at: datetime) -> dict[str, Page]:
    states = ("used", "next", "past")
    ours = tuple(CertificateLine("present", True, at + timedelta(days=20 * n), state) for n, state in enumerate(states))
    lines = (*ours, CertificateLine("esia.pem", False, at, "used"))
    errors = (ErrorLine(at, 2104, "Вход не настроен", "ESIA-007053", "007053"), ErrorLine(at, 2101, "Нет ответа", ""))
    fine = UpstreamPage(frame, None, lines, None, LastCheck(at, True, 1, False), (), form)
    return {
        "security, upstream": replace(fine, frame=replace(frame, done="upstream_checked")),
        "security, upstream trouble": replace(fine, trouble_since=at, days=12, errors_of_week=errors),
        "security, upstream clock": replace(fine, last=LastCheck(at, True, 340, True)),
        "security, upstream silent": replace(fine, last=LastCheck(at, False, None, False), certificates=None),
        "security, upstream shut": replace(fine, trouble_since=at, circuit="open", slowest=15),
        "security, upstream tried": replace(fine, trouble_since=at, circuit="half_open"),
        "security, upstream examined": replace(
            fine, frame=replace(frame, done="upstream_rehearsed"), examined=_examined(at), rehearse=form
        ),
        "security, upstream planned": replace(fine, planned=_planned(form, at), plan=form),
        "security, upstream not planned": replace(
            fine, plan=form, typed=("завтра", ""),
            errors=(FieldError("starts_at", "security.planned_start"), FieldError("ends_at", "security.planned_end")),
        ),
        "security, upstream work planned": replace(fine, frame=replace(frame, done="work_planned")),
        "security, upstream work withdrawn": replace(fine, frame=replace(frame, done="work_withdrawn")),
        "security, upstream not checked": replace(fine, last=None, check=None),
    }
