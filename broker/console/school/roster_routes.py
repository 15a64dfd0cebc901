"""Lists from files: send, look, write; the template; the present list; readiness for the portfolio."""

from __future__ import annotations

import io
from collections.abc import Iterator

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from broker.console.school.lines import class_of
from broker.console.school.visit import Visit, here
from broker.console.school_rosters import MOST_BYTES, Job
from broker.directory.person import Role
from broker.directory.roster_files import write_csv, write_xlsx
from broker.directory.school_edits import CardRefused, Wrong
from broker.directory.school_person import NotHere, SchoolPerson
from broker.screens.field_errors import FieldError
from broker.screens.headers import PAGE_HEADERS
from broker.screens.school_roster_pages import PortfolioLine, PortfolioPage, RosterJobPage, RosterPage

ROSTER = "/school/roster"
_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_REFRESH_SECONDS = "3"


def roster_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the console's blueprint."""

    @blueprint.get(ROSTER)
    def roster() -> AnyResponse:
        return _page(here())

    @blueprint.post(ROSTER)
    def send_roster() -> AnyResponse:
        return _send(here())

    @blueprint.get(f"{ROSTER}/template.<kind>")
    def template(kind: str) -> AnyResponse:
        return _template(kind)

    @blueprint.post(f"{ROSTER}/export")
    def export() -> AnyResponse:
        visit = here()
        kind = request.form.get("kind", "")
        return _download(visit.room.rosters.export(visit.cards, _known(kind), visit.actor), kind, "school")

    @blueprint.get(f"{ROSTER}/<job_id>")
    def look(job_id: str) -> AnyResponse:
        return _look(here(), job_id)

    @blueprint.post(f"{ROSTER}/<job_id>")
    def write(job_id: str) -> AnyResponse:
        return _write(here(), job_id)

    @blueprint.get("/school/portfolio")
    def portfolio() -> AnyResponse:
        return _portfolio(here())

    @blueprint.errorhandler(RequestEntityTooLarge)
    def too_large(_error: RequestEntityTooLarge) -> AnyResponse:
        return _page(here(), (FieldError("file", "roster.big"),), 413)


def _page(visit: Visit, errors: tuple[FieldError, ...] = (), status: int = 200) -> AnyResponse:
    return visit.show(RosterPage(visit.frame("roster"), visit.form(ROSTER), visit.form(f"{ROSTER}/export"), errors), status)


def _send(visit: Visit) -> AnyResponse:
    def do() -> str:
        file = request.files.get("file")
        content = file.read(MOST_BYTES + 1) if file else b""
        if not content:
            raise CardRefused(Wrong("file", "roster.none"))
        return f"{ROSTER}/{visit.room.rosters.begin(visit.cards, content)}"

    try:
        return visit.once(do)
    except CardRefused as refused:
        return _page(visit, tuple(FieldError(one.field, one.message) for one in refused.problems), 422)


def _job(visit: Visit, job_id: str) -> Job:
    job = visit.room.rosters.find(visit.cards, job_id)
    if job is None:
        raise NotHere
    return job


def _look(visit: Visit, job_id: str) -> AnyResponse:
    job = _job(visit, job_id)
    address = f"{ROSTER}/{job.id}"
    page = RosterJobPage(
        frame=visit.frame("roster"),
        state=job.state,
        message=job.message,
        lines=job.lines,
        count_added=job.count_added,
        count_changed=job.count_changed,
        count_same=job.count_same,
        problems=job.problems,
        added=job.added,
        changed=job.changed,
        form=visit.form(address) if job.state == "ready" and job.count_added + job.count_changed else None,
        here_url=address,
    )
    response = visit.show(page)
    if job.is_at_work:
        response.headers["Refresh"] = _REFRESH_SECONDS
    return response


def _write(visit: Visit, job_id: str) -> AnyResponse:
    def do() -> str:
        job = _job(visit, job_id)
        visit.room.rosters.write(visit.cards, job, visit.actor)
        return f"{ROSTER}/{job.id}"

    return visit.once(do)


def _known(kind: str) -> str:
    if kind not in _TYPES:
        raise NotHere
    return kind


def _template(kind: str) -> Response:
    out = io.BytesIO()
    (write_xlsx if _known(kind) == "xlsx" else write_csv)((), out)
    return _download(out.getvalue(), kind, "template")


def _download(content: bytes, kind: str, name: str) -> Response:
    headers = {**PAGE_HEADERS, "Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(content, content_type=_TYPES[kind], headers=headers)


def _portfolio(visit: Visit) -> AnyResponse:
    lines = tuple(_classes(visit))
    pupils, ready = sum(one.pupils for one in lines), sum(one.ready for one in lines)
    share = ready * 100 // pupils if pupils else 100
    return visit.show(PortfolioPage(visit.frame("portfolio"), lines, pupils, ready, share, visit.cards.today))


def _classes(visit: Visit) -> Iterator[PortfolioLine]:
    by_class: dict[str, list[SchoolPerson]] = {}
    for one in visit.cards.people():
        if one.has_role(Role.PUPIL, visit.cards.today):
            by_class.setdefault(class_of(visit, one), []).append(one)
    for class_name, pupils in by_class.items():
        lacking = tuple((one.id, one.full_name) for one in pupils if not one.person.snils)
        yield PortfolioLine(class_name, len(pupils), len(pupils) - len(lacking), lacking)
