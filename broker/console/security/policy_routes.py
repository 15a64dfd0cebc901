"""A7: rules of regions, what a file would change, and the yes of two people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from broker.console.policy_desk import LONGEST
from broker.console.refused import Refused
from broker.console.rights import Action
from broker.console.security.entrance import not_here
from broker.console.security.needs import needs
from broker.console.security.visit import SecurityVisit, here
from broker.foundation.normal_forms import russian_date
from broker.screens.field_errors import FieldError
from broker.screens.policy_pages import (
    Counted,
    DraftLine,
    InventedLine,
    PeriodLine,
    PolicyDraftPage,
    PolicyPage,
    RegionCount,
    RegionRules,
    RuleLine,
)

PAGE: Final = "/admin/policy"
_DONE: Final = frozenset({"policy_asked", "policy_agreed"})


def policy_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the blueprint of security."""

    @blueprint.get(PAGE)
    @needs(Action.SEE_POLICY)
    def policy() -> AnyResponse:
        return _list(here())

    @blueprint.post(f"{PAGE}/compare")
    @needs(Action.SIMULATE_POLICY)
    def compare_policy() -> AnyResponse:
        return _compared(here(), request.form.get("rules", ""), request.form.get("on", "").strip())

    @blueprint.post(f"{PAGE}/plan")
    @needs(Action.PLAN_POLICY)
    def plan_policy() -> AnyResponse:
        return _planned(here(), request.form.get("rules", ""))

    @blueprint.get(f"{PAGE}/drafts/<digest>")
    @needs(Action.SEE_POLICY)
    def policy_draft(digest: str) -> AnyResponse:
        return _draft(here(), digest)

    @blueprint.post(f"{PAGE}/requests/<request_id>/agree")
    @needs(Action.CONFIRM_REQUEST)
    def agree_policy(request_id: str) -> AnyResponse:
        return _agreed(here(), request_id)


def _list(visit: SecurityVisit, typed: tuple[str, str] = ("", ""), problem: str = "", field: str = "") -> AnyResponse:
    language = visit.view.language
    errors = (FieldError(field, "security.policy_day" if field == "on" else "security.policy_file"),) if field else ()
    page = PolicyPage(
        frame=visit.frame("policy", _DONE),
        regions=tuple(_region(one, language) for one in visit.room.policy.regions()["regions"]),
        drafts=tuple(_line(one) for one in visit.room.policy.drafts()["drafts"]),
        compare=visit.form(f"{PAGE}/compare") if visit.may(Action.SIMULATE_POLICY) else None,
        rules=typed[0][:LONGEST],
        day=typed[1][:10],
        problem=problem,
        errors=errors,
    )
    return visit.show(page, 422 if errors else 200)


def _compared(visit: SecurityVisit, rules: str, typed_day: str) -> AnyResponse:
    day = russian_date(typed_day)
    if typed_day and day is None:
        return _list(visit, (rules, typed_day), "", "on")
    try:
        found = visit.room.policy.compare(rules, day.isoformat() if day else "")
    except Refused as refused:
        return _list(visit, (rules, typed_day), str(refused), refused.field or "rules")
    plan = visit.form(f"{PAGE}/plan") if visit.may(Action.PLAN_POLICY) and not found["conflicts"] else None
    return visit.show(_page(visit, found, rules, {"plan": plan}))


def _planned(visit: SecurityVisit, rules: str) -> AnyResponse:
    def do() -> str:
        visit.room.policy.plan(rules, visit.actor)
        return f"{PAGE}?done=policy_asked"

    try:
        return visit.once(do)
    except Refused as refused:
        return _list(visit, (rules, ""), str(refused), "rules")


def _draft(visit: SecurityVisit, digest: str, errors: tuple[FieldError, ...] = ()) -> AnyResponse:
    try:
        kept = visit.room.policy.draft(digest)
        found = visit.room.policy.compare(kept["rules"], counting=visit.may(Action.SIMULATE_POLICY))
    except Refused:
        return not_here(visit.room)
    may_agree = kept["request"] and visit.may(Action.CONFIRM_REQUEST) and kept["asked_by"] != visit.staff.id
    more = {
        "agree": visit.form(f"{PAGE}/requests/{kept['request']}/agree") if may_agree else None,
        "state_key": kept["state"],
        "asked_by": kept["asked_by"],
        "ends_at": datetime.fromisoformat(kept["ends_at"]) if kept["ends_at"] else None,
        "errors": errors,
    }
    return visit.show(_page(visit, found, kept["rules"], more), 422 if errors else 200)


def _agreed(visit: SecurityVisit, request_id: str) -> AnyResponse:
    def do() -> str:
        visit.room.policy.agree(request_id, visit.actor)
        return f"{PAGE}?done=policy_agreed"

    try:
        return visit.once(do)
    except Refused as refused:
        return _list(visit, problem=str(refused))


def _page(visit: SecurityVisit, found: Mapping[str, Any], rules: str, more: Mapping[str, Any]) -> PolicyDraftPage:
    said: dict[str, Any] = {"state_key": "", **more}
    counts = found["directory"]
    return PolicyDraftPage(
        frame=visit.frame("policy"),
        file_name=found["file"],
        digest=found["digest"],
        rules=rules,
        day=date.fromisoformat(found["on"]),
        conflicts=tuple(found["conflicts"]),
        warnings=tuple(found["warnings"]),
        invented=tuple(_invented(one) for one in found["invented"]),
        counted=None if counts is None else _counted(counts),
        **said,
    )


def _counted(counts: Mapping[str, Any]) -> Counted:
    return Counted(counts["people"], counts["is_whole"], tuple(RegionCount(**one) for one in counts["regions"]))


def _invented(one: Mapping[str, Any]) -> InventedLine:
    before, after = one["before"], one["after"]
    said = (before["verdict"], before["cause"], after["verdict"], after["cause"])
    return InventedLine(one["role"], one["age"], one["level"], *said)


def _region(one: Mapping[str, Any], language: str) -> RegionRules:
    periods = tuple(
        PeriodLine(
            date.fromisoformat(period["from_on"]),
            period["state"],
            period[f"basis_{language}"],
            tuple(RuleLine(rule["name"], rule[language]) for rule in period["rules"]),
        )
        for period in one["periods"]
    )
    return RegionRules(one["code"], one[f"name_{language}"], one["version"], one["agreed"], periods)


def _line(one: Mapping[str, Any]) -> DraftLine:
    asked_at = datetime.fromisoformat(one["asked_at"])
    return DraftLine(one["digest"], one["file"], one["state"], one["asked_by"], asked_at, f"{PAGE}/drafts/{one['digest']}")
