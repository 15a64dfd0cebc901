"""A6: the connection to Gosuslugi, and asking it whether it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from broker.console.rights import Action
from broker.console.security.events_shown import cause_title
from broker.console.security.needs import needs
from broker.console.security.visit import SecurityVisit, here
from broker.console.upstream_actions import UpstreamState
from broker.screens.upstream_pages import CertificateLine, ErrorLine, LastCheck, UpstreamPage

PAGE: Final = "/admin/upstream"
# From here on the page says how many days are left.
_SOON: Final = 60


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
            return f"{PAGE}?done=upstream_checked"

        return visit.once(do)


def _page(visit: SecurityVisit) -> AnyResponse:
    state, now = visit.room.upstream.look(), visit.room.outside.now()
    texts, language = visit.room.screens.texts, visit.view.language
    lines = None if state.certificates is None else _certificates(state.certificates, now)
    used = [one.ends_at for one in lines or () if one.is_ours and one.state_key == "used"]
    left = (min(used) - now).days if used else None
    page = UpstreamPage(
        frame=visit.frame("upstream", frozenset({"upstream_checked"})),
        trouble_since=state.trouble_since,
        certificates=lines,
        days=max(0, left) if left is not None and left <= _SOON else None,
        last=_last(state),
        errors_of_week=tuple(
            ErrorLine(one.at, one.cause, cause_title(texts, language, one.cause), one.detail) for one in state.errors
        ),
        check=visit.form(f"{PAGE}/check") if visit.may(Action.CHECK_UPSTREAM) else None,
    )
    return visit.show(page)


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
