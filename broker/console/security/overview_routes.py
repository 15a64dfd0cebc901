"""A1: is anything wrong now."""

from __future__ import annotations

from typing import Final

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from broker.console.overview_actions import Overview
from broker.console.rights import Action
from broker.console.security.needs import needs
from broker.console.security.visit import SecurityVisit, here
from broker.screens.security_pages import NAVIGATION, OverviewPage

# Where each item leads: a key of the navigation, for those who are shown it.
_LEADS: Final = {
    "stale": "", "upstream": "upstream", "expired": "calendar", "failures": "audit", "unusual": "audit", "keys_overdue": "keys",
    "upstream_slow": "upstream", "expiry": "calendar", "waiting": "clients", "keys": "keys",
}  # fmt: skip


def overview_routes(blueprint: Blueprint) -> None:
    """Add the address to the blueprint of security."""

    @blueprint.get("/admin")
    @needs(Action.SEE_OVERVIEW)
    def overview() -> AnyResponse:
        visit = here()
        return visit.show(_page(visit, visit.room.overview.look()))


def _page(visit: SecurityVisit, found: Overview) -> OverviewPage:
    frame, now, paths = visit.frame("overview"), visit.room.outside.now(), dict(NAVIGATION)
    due = found.next_key_change
    return OverviewPage(
        frame=frame,
        at=found.at,
        is_stale=found.is_stale(now),
        attention=tuple(
            (word, paths[_LEADS[word]] if _LEADS[word] in frame.shown else "") for word in found.needs_attention(now)
        ),
        sign_ins=found.sign_ins,
        failures=found.failures,
        unusual=found.unusual,
        waiting=found.waiting,
        trouble_since=found.trouble_since,
        upstream_key=found.upstream.state,
        p95=None if found.upstream.p95 is None else max(1, round(found.upstream.p95 * 1000)),
        dates=(found.near, found.over),
        key_days=None if due is None else max(0, (due - now).days),
    )
