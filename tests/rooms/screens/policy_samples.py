"""Examples of the pages about rules of regions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from broker.screens.field_errors import FieldError
from broker.screens.pages import Page
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
from broker.screens.school_pages import PostForm
from broker.screens.security_pages import SecurityFrame

_STATES = ("past", "active", "scheduled")
_DRAFTS = ("waiting", "agreed", "installed", "lapsed")
_DIGEST = "0123456789abcdef" * 4


def policy_samples(outer: SecurityFrame, form: PostForm, at: datetime) -> dict[str, Page]:
    """The list in its states, a comparison before and after two people spoke."""
    frame = replace(outer, current="policy")
    rules = (RuleLine("children", "Правило просит подтверждённую запись. Пароль дневника — только для первого входа."),)
    periods = tuple(PeriodLine(date(2010 + 8 * n, 7, 1), state, "Письмо № 1", rules) for n, state in enumerate(_STATES))
    regions = (RegionRules("29", "Архангельская область", "0123456789abcdef", True, periods),
               RegionRules("default", "Другие регионы", "0123456789abcdef", False, periods[:1]))  # fmt: skip
    drafts = tuple(DraftLine(_DIGEST, "29-dvinaland.toml", one, "demo-dorofeev", at, "/admin/policy/drafts/x") for one in _DRAFTS)
    page = PolicyPage(frame, regions, drafts, form)
    wrong = (FieldError("rules", "security.policy_file"), FieldError("on", "security.policy_day"))
    return {
        "security, rules": page,
        "security, rules seen": replace(page, drafts=(), compare=None),
        "security, rules asked": replace(page, frame=replace(frame, done="policy_asked")),
        "security, rules agreed": replace(page, frame=replace(frame, done="policy_agreed")),
        "security, rules wrong": replace(page, rules='code = "29"', day="вчера", problem="code is missing", errors=wrong),
        **_drafts(frame, form, at),
    }


def _drafts(frame: SecurityFrame, form: PostForm, at: datetime) -> dict[str, Page]:
    invented = (
        InventedLine("pupil", 16, "standard", "allow", 0, "refuse", 2109),
        InventedLine("pupil", 8, "child", "prove", 3101, "prove", 3101),
        InventedLine("parent", 40, "simplified", "refuse", 2110, "refuse", 2110),
        InventedLine("teacher", 40, "confirmed", "allow", 0, "allow", 0),
    )
    counts = Counted(61, True, (RegionCount("29", 0, 1, 2, 3), RegionCount("none", 0, 0, 0, 0)))
    page = PolicyDraftPage(
        frame, "29-dvinaland.toml", _DIGEST, 'code = "29"\n', date(2027, 9, 1), "", (), (), invented, counts, form
    )
    return {
        "security, rules compared": page,
        "security, rules conflict": replace(page, conflicts=("29: the period 2024-07-01 has begun",), plan=None),
        "security, rules doubt": replace(
            page, warnings=("29: hardly meant",), counted=replace(counts, is_whole=False, people=20_000)
        ),
        "security, rules wait": replace(
            page, state_key="waiting", plan=None, agree=form, asked_by="demo-dorofeev", ends_at=at
        ),
        "security, rules agreed by two": replace(page, state_key="agreed", plan=None),
        "security, rules not counted": replace(page, state_key="agreed", plan=None, counted=None),
    }
