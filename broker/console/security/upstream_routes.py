"""A6: the connection to Gosuslugi, and asking it whether it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from broker.console.refused import Refused
from broker.console.rights import Action
from broker.console.security.events_shown import cause_title
from broker.console.security.needs import needs
from broker.console.security.visit import SecurityVisit, here
from broker.console.upstream_actions import UpstreamState
from broker.screens.field_errors import FieldError
from broker.screens.school_pages import PostForm
from broker.screens.upstream_pages import (
    CertificateLine,
    ErrorLine,
    Examined,
    FindingLine,
    LastCheck,
    PlannedLine,
    UpstreamPage,
)

PAGE: Final = "/admin/upstream"
# From here on the page says how many days are left.
_SOON: Final = 60
_DONE: Final = frozenset({"upstream_checked", "upstream_rehearsed", "work_planned", "work_withdrawn"})


def upstream_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the blueprint of security."""

    @blueprint.get(PAGE)
    @needs(Action.SEE_UPSTREAM)
    def upstream() -> AnyResponse:
        return _page(here())

    @blueprint.post(f"{PAGE}/check")
    @needs(Action.CHECK_UPSTREAM)
    def check_upstream() -> AnyResponse:
        visit = here()

        def do() -> str:
            visit.room.upstream.check(visit.actor)
            visit.room.doctor.ask(visit.actor)
            return f"{PAGE}?done=upstream_checked"

        return visit.once(do)

    @blueprint.post(f"{PAGE}/rehearse")
    @needs(Action.CHECK_UPSTREAM)
    def rehearse_upstream() -> AnyResponse:
        return _rehearsed(here())

    @blueprint.post(f"{PAGE}/planned")
    @needs(Action.PLAN_WORK)
    def plan_work() -> AnyResponse:
        return _planned(here())

    @blueprint.post(f"{PAGE}/planned/<planned_id>/withdraw")
    @needs(Action.PLAN_WORK)
    def withdraw_work(planned_id: str) -> AnyResponse:
        return _withdrawn(here(), planned_id)


def _rehearsed(visit: SecurityVisit) -> AnyResponse:
    def do() -> str:
        visit.room.doctor.try_next(visit.actor)
        return f"{PAGE}?done=upstream_rehearsed"

    try:
        return visit.once(do)
    except Refused:
        # Somebody has taken the next certificate out of the settings.
        return _page(visit)


def _planned(visit: SecurityVisit) -> AnyResponse:
    typed = (request.form.get("starts_at", "")[:40], request.form.get("ends_at", "")[:40])

    def do() -> str:
        visit.room.planned.plan(*typed, visit.actor)
        return f"{PAGE}?done=work_planned"

    try:
        return visit.once(do)
    except Refused as wrong:
        error = "security.planned_start" if wrong.field == "starts_at" else "security.planned_end"
        return _page(visit, typed, (FieldError(wrong.field, error),))


def _withdrawn(visit: SecurityVisit, planned_id: str) -> AnyResponse:
    def do() -> str:
        visit.room.planned.withdraw(planned_id, visit.actor)
        return f"{PAGE}?done=work_withdrawn"

    try:
        return visit.once(do)
    except Refused:
        return _page(visit)


def _page(visit: SecurityVisit, typed: tuple[str, str] = ("", ""), errors: tuple[FieldError, ...] = ()) -> AnyResponse:
    state, now = visit.room.upstream.look(), visit.room.outside.now()
    texts, language = visit.room.screens.texts, visit.view.language
    lines = None if state.certificates is None else _certificates(state.certificates, now)
    used = [one.ends_at for one in lines or () if one.is_ours and one.state_key == "used"]
    left = (min(used) - now).days if used else None
    page = UpstreamPage(
        frame=visit.frame("upstream", _DONE),
        trouble_since=state.trouble_since,
        certificates=lines,
        days=max(0, left) if left is not None and left <= _SOON else None,
        last=_last(state),
        errors_of_week=tuple(
            ErrorLine(
                one.at, one.cause, cause_title(texts, language, one.cause), one.detail, one.code.words if one.code else ""
            )
            for one in state.errors
        ),
        check=visit.form(f"{PAGE}/check") if visit.may(Action.CHECK_UPSTREAM) else None,
        examined=_examined(visit),
        rehearse=visit.form(f"{PAGE}/rehearse") if visit.room.doctor.desk.has_next and visit.may(Action.CHECK_UPSTREAM) else None,
        planned=_planned_lines(visit, now),
        plan=visit.form(f"{PAGE}/planned") if visit.may(Action.PLAN_WORK) else None,
        typed=typed,
        errors=errors,
        circuit=state.circuit,
        # A tenth of a second more or less says nothing; less than one is one.
        slowest=None if state.slowest is None else max(1, round(state.slowest.total_seconds())),
    )
    return visit.show(page, 422 if errors else 200)


def _examined(visit: SecurityVisit) -> Examined | None:
    report = visit.room.doctor.last()
    if report is None:
        return None
    lines = [
        FindingLine(one.check, one.state.name.lower(), one.code, one.facts.get("esia_code", "")) for one in report.findings
    ]
    return Examined(report.at, tuple(lines))


def _planned_lines(visit: SecurityVisit, now: datetime) -> tuple[PlannedLine, ...]:
    def form(planned_id: str) -> PostForm | None:
        # What the settings say is changed there.
        return visit.form(f"{PAGE}/planned/{planned_id}/withdraw") if planned_id and visit.may(Action.PLAN_WORK) else None

    ahead = visit.room.planned.works.ahead(now)
    return tuple(PlannedLine(one.starts_at, one.ends_at, one.starts_at <= now, form(one.id)) for one in ahead)


def _certificates(found: Any, now: datetime) -> tuple[CertificateLine, ...]:
    ours = [CertificateLine(one["name"], True, _at(one["ends_at"]), _state(one, now)) for one in found["ours"]]
    theirs = [CertificateLine(one["name"], False, _at(one["ends_at"]), _state(one, now)) for one in found["esia"]]
    return (*ours, *theirs)


def _state(one: Any, now: datetime) -> str:
    if one["is_used"]:
        return "used"
    return "next" if one["used_from"] and _at(one["used_from"]) > now else "past"


def _at(instant: str) -> datetime:
    return datetime.fromisoformat(instant)


def _last(state: UpstreamState) -> LastCheck | None:
    if state.last is None:
        return None
    clock = state.last.clock
    seconds = None if clock is None else int(clock.total_seconds())
    return LastCheck(state.last.at, state.last.answers, seconds, clock is not None and abs(clock) > state.leeway)
