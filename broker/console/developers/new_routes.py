"""D2: the questions of a new service, one a page, and everything once more before it is sent."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.console.developers.answers import Wrong, answered, first_unanswered
from broker.console.developers.drafts import Drafts
from broker.console.developers.new_service import make
from broker.console.developers.service_routes import uploaded_text
from broker.console.developers.visit import DevVisit, NotMine, here
from broker.console.refused import Refused
from broker.screens.developer_pages import QUESTIONS, Answers, DevCheckPage, DevQuestionPage
from broker.screens.field_errors import FieldError

CHECK: Final = "/dev/new/check"


def new_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the blueprint of developers."""

    @blueprint.get("/dev/new")
    def begin() -> AnyResponse:
        return redirect("/dev/new/1", 303)

    @blueprint.get("/dev/new/<int:step>")
    def question(step: int) -> AnyResponse:
        visit = here()
        return _question(visit, step, Drafts(visit.room).find(visit.session.id))

    @blueprint.post("/dev/new/<int:step>")
    def answer(step: int) -> AnyResponse:
        return _answered(here(), step)

    @blueprint.get(CHECK)
    def look() -> AnyResponse:
        visit = here()
        return _look(visit, Drafts(visit.room).find(visit.session.id))

    @blueprint.post(CHECK)
    def send() -> AnyResponse:
        return _send(here())


def _question(visit: DevVisit, step: int, answers: Answers, errors: tuple[FieldError, ...] = ()) -> AnyResponse:
    if not 1 <= step <= len(QUESTIONS):
        raise NotMine
    service = visit.room.service
    scopes = tuple(scope for scope in service.scopes if scope != "openid")
    form = visit.form(f"/dev/new/{step}")
    page = DevQuestionPage(visit.frame(), step, answers, form, scopes, tuple(service.sensitive), errors)
    return visit.show(page, 422 if errors else 200)


def _answered(visit: DevVisit, step: int) -> AnyResponse:
    if not 1 <= step <= len(QUESTIONS):
        raise NotMine
    drafts = Drafts(visit.room)
    before = drafts.find(visit.session.id)

    def do() -> str:
        answers = answered(before, step, request.form, uploaded_text(), visit.room.service)
        drafts.keep(visit.session.id, answers, min(step + 1, len(QUESTIONS)))
        return f"/dev/new/{step + 1}" if step < len(QUESTIONS) else CHECK

    try:
        return visit.once(do)
    except Wrong as wrong:
        return _question(visit, step, wrong.answers, wrong.errors)


def _look(visit: DevVisit, answers: Answers, problem: str = "") -> AnyResponse:
    missing = first_unanswered(answers, visit.room.service)
    if missing:
        return redirect(f"/dev/new/{missing}", 303)
    return visit.show(DevCheckPage(visit.frame(), answers, visit.form(CHECK), problem), 422 if problem else 200)


def _send(visit: DevVisit) -> AnyResponse:
    drafts = Drafts(visit.room)
    answers = drafts.find(visit.session.id)

    def do() -> str:
        missing = first_unanswered(answers, visit.room.service)
        if missing:
            return f"/dev/new/{missing}"
        client = make(visit.room, visit.developer, answers, visit.actor)
        drafts.forget(visit.session.id)
        waits = client.waiting_scopes or not client.is_enabled
        return f"/dev/{client.client_id}?done={'asked' if waits else 'made'}"

    try:
        return visit.once(do)
    except Refused as refused:
        return _look(visit, answers, str(refused))
