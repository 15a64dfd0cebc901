"""D6: the sign-ins of a service for 30 days, by cause and by case number. No names, no SNILS, no addresses of anybody."""

from __future__ import annotations

import csv
import io
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from broker.audit.entry import Entry, OfClient
from broker.cases.case import Case
from broker.clients.client import Client
from broker.console.developers.states import KEPT_FOR, MISTAKE, REFUSED, cause_shown, step_of
from broker.console.developers.visit import DevVisit, here
from broker.screens.causes import CAUSES
from broker.screens.developer_service_pages import DevLogPage, LogLine
from broker.screens.field_errors import FieldError
from broker.screens.headers import PAGE_HEADERS

# What the service is shown of the journal: the event, its result and its step.
_RESULTS: Final = {
    "login.finished": ("signed_in", "page"),
    REFUSED: ("refused", ""),
    "tokens.issued": ("issued", "exchange"),
    "code.reused": ("code_reused", "code"),
    "refresh.reused": ("refresh_reused", "exchange"),
    "policy.refused": ("withdrawn", "person"),
    MISTAKE: ("mistaken", ""),
}
# A service has learnt nothing of whom we did not let in, and does not learn it here.
_WITHOUT_SUBJECT: Final = (REFUSED, "policy.refused", MISTAKE)
_ON_A_PAGE: Final = 50
_MOST_READ: Final = 2_000
_MOST_EXPORTED: Final = 10_000
_COLUMNS: Final = ("time", "result", "cause", "step", "sub", "said")


def log_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the blueprint of developers."""

    @blueprint.get("/dev/<client_id>/log")
    def log(client_id: str) -> AnyResponse:
        visit = here()
        return _page(visit, visit.client(client_id))

    @blueprint.post("/dev/<client_id>/log/export")
    def export_log(client_id: str) -> AnyResponse:
        visit = here()
        return _export(visit, visit.client(client_id))


def _page(visit: DevVisit, client: Client) -> AnyResponse:
    cause, number = _cause_asked(), request.args.get("number", "").strip()
    before = request.args.get("before", "")
    found = _entries(visit, client, cause, _MOST_READ, int(before) if before.isascii() and before.isdecimal() else 0)
    shown = found[:_ON_A_PAGE]
    case = _case(visit, client, number) if number else None
    more = {"cause": cause, "before": shown[-1].seq} if len(found) > _ON_A_PAGE else None
    errors = (FieldError("number", "case.not_found"),) if number and case is None else ()
    page = DevLogPage(
        frame=visit.frame(client, "log"),
        lines=tuple(_line(visit, client, entry) for entry in shown),
        causes=tuple(str(code) for code in CAUSES),
        cause=cause,
        export=visit.form(f"/dev/{client.client_id}/log/export"),
        case=case,
        next_url=f"/dev/{client.client_id}/log?{urlencode(more)}" if more else None,
        errors=errors,
    )
    return visit.show(page, 422 if errors else 200)


def _cause_asked() -> str:
    wanted = request.values.get("cause", "")
    return wanted if wanted in {str(code) for code in CAUSES} else ""


def _entries(visit: DevVisit, client: Client, cause: str, most: int, before: int = 0) -> list[Entry]:
    since = visit.room.outside.now() - KEPT_FOR
    names = (REFUSED, MISTAKE) if cause else tuple(_RESULTS)
    wanted = OfClient(client.client_id, names, since, *((before,) if before else ()))
    found = visit.room.journal.of_client(wanted, most)
    return [entry for entry in found if not cause or str(cause_shown(dict(entry.fields))) == cause]


def _line(visit: DevVisit, client: Client, entry: Entry) -> LogLine:
    result, step = _RESULTS[entry.name]
    cause = 0
    if entry.name == REFUSED:
        cause = cause_shown(dict(entry.fields))
        step = step_of(cause)
    if entry.name == MISTAKE:
        return _mistake(entry)
    person_id = entry.fields.get("person_id")
    knows = isinstance(person_id, str) and person_id and entry.name not in _WITHOUT_SUBJECT
    sub = visit.room.subject(client, str(person_id)) if knows else ""
    return LogLine(entry.at, result, step, str(cause) if cause in CAUSES else "", sub)


def _mistake(entry: Entry) -> LogLine:
    """A request of the service itself that was wrong: where, and what its protocol calls it."""
    cause, said = cause_shown(dict(entry.fields)), entry.fields
    words = [str(said.get(name, "")) for name in ("endpoint", "error", "rule")]
    step = "request" if said.get("endpoint") in ("authorization", "pushed_authorization_request") else "exchange"
    return LogLine(entry.at, "mistaken", step, str(cause) if cause in CAUSES else "", "", ": ".join(filter(None, words)))


def _case(visit: DevVisit, client: Client, number: str) -> LogLine | None:
    """The case that a person names, if it began at this service. Whoever tries numbers soon finds none at all."""
    room = visit.room
    case = room.cases.find(number)
    if case is None or not _began_here(visit, client, case):
        room.limits.spend(room.numbers, visit.developer.person_id)
        return None
    if not room.limits.look(room.numbers, visit.developer.person_id).is_allowed:
        return None
    return LogLine(case.seen_at, "refused", step_of(case.cause), str(case.cause), "")


def _began_here(visit: DevVisit, client: Client, case: Case) -> bool:
    """A case is one however many services a person was stopped at, and it names the first; the journal knows the others."""
    if case.client_id == client.client_id:
        return True
    found = _entries(visit, client, str(case.cause), _MOST_READ)
    return case.person_id is not None and any(entry.fields.get("person_id") == case.person_id for entry in found)


def _export(visit: DevVisit, client: Client) -> Response:
    lines = [_line(visit, client, entry) for entry in _entries(visit, client, _cause_asked(), _MOST_EXPORTED)]
    headers = {**PAGE_HEADERS, "Content-Disposition": 'attachment; filename="sign-ins.csv"'}
    return Response(_csv(visit, lines), content_type="text/csv; charset=utf-8", headers=headers)


def _csv(visit: DevVisit, lines: list[LogLine]) -> bytes:
    """Words in the language of the page; instants in UTC, because programs read them."""
    texts, language = visit.room.screens.texts, visit.view.language
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow([texts.get(language, f"dev.log.{name}") for name in _COLUMNS])
    for line in lines:
        result, step = texts.get(language, f"dev.result.{line.result_key}"), texts.get(language, f"dev.step.{line.step_key}")
        writer.writerow([line.at.isoformat(timespec="seconds"), result, line.cause, step, line.sub, line.said])
    return out.getvalue().encode("utf-8-sig")
