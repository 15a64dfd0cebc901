"""The signed report of a rotation that is over, as a page."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from broker.console.refused import Refused
from broker.console.rights import Action
from broker.console.security.entrance import not_here
from broker.console.security.events_shown import events_with_words
from broker.console.security.needs import needs
from broker.console.security.visit import SecurityVisit, here
from broker.screens.report_pages import ReportPage, ReportStep

PAGE: Final = "/admin/keys/<kid>/report"


def report_routes(blueprint: Blueprint) -> None:
    """Add the address to the blueprint of security."""

    @blueprint.get(PAGE)
    @needs(Action.SEE_KEYS)
    def key_report(kid: str) -> AnyResponse:
        return _page(here(), kid)


def _page(visit: SecurityVisit, kid: str) -> AnyResponse:
    try:
        signed, report = visit.room.keys.reported(kid)
    except Refused:
        return not_here(visit.room)
    words = events_with_words(visit.room.screens.texts)
    steps = tuple(
        ReportStep(one.seq, datetime.fromisoformat(one.at), one.name, one.name if one.name in words else "")
        for one in report.steps
    )
    page = ReportPage(
        frame=visit.frame("keys"),
        kid=report.kid,
        before=report.before,
        algorithms=", ".join(report.algorithms),
        signed_from=datetime.fromisoformat(report.signed_from),
        ended_key=report.before_ended,
        seen=report.seen,
        unseen=report.unseen,
        why=report.why,
        steps=steps,
        made_at=datetime.fromisoformat(report.made_at),
        signed=signed,
    )
    return visit.show(page)
