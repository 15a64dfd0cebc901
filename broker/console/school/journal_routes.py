"""S8: the school's journal, with filters and export."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from broker.console.school.lines import change_lines
from broker.console.school.visit import Visit, here
from broker.directory.card_changes import ACTIONS, Wanted
from broker.directory.person import Role
from broker.directory.roster_files import harmless
from broker.foundation.normal_forms import russian_date
from broker.screens.field_errors import FieldError
from broker.screens.headers import PAGE_HEADERS
from broker.screens.school_pages import ChangeLine
from broker.screens.school_roster_pages import JournalPage

JOURNAL = "/school/journal"
_ON_A_PAGE = 50
_MOST_EXPORTED = 10_000
_COLUMNS = ("at", "staff", "deed", "person", "fields", "why")


def journal_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the console's blueprint."""

    @blueprint.get(JOURNAL)
    def journal() -> AnyResponse:
        return _page(here())

    @blueprint.post(f"{JOURNAL}/export")
    def export_journal() -> AnyResponse:
        return _export(here())


def _page(visit: Visit) -> AnyResponse:
    wanted, errors = _wanted(visit)
    found = visit.room.schools.changes.of_school(visit.cards.school.id, wanted, _ON_A_PAGE + 1)
    shown = found[:_ON_A_PAGE]
    people = visit.cards.people()
    staff = tuple((one.id, one.full_name) for one in people if one.has_role(Role.SCHOOL_ADMINISTRATOR, visit.cards.today))
    typed = {name: request.args.get(name, "") for name in ("since", "until")}
    kept = {"action": wanted.action, "staff": wanted.actor_id, **{name: text for name, text in typed.items() if not errors}}
    more = f"{JOURNAL}?{urlencode({**kept, 'before': shown[-1].id})}" if len(found) > _ON_A_PAGE else None
    page = JournalPage(
        frame=visit.frame("journal"),
        lines=change_lines(visit, shown),
        actions=ACTIONS,
        staff=staff,
        action=wanted.action,
        actor_id=wanted.actor_id,
        # Shown again only when it was a day: an address must not put words on our page.
        since=typed["since"] if wanted.since else "",
        until=typed["until"] if wanted.until else "",
        next_url=more,
        export=visit.form(f"{JOURNAL}/export"),
        errors=errors,
    )
    return visit.show(page, 422 if errors else 200)


def _wanted(visit: Visit) -> tuple[Wanted, tuple[FieldError, ...]]:
    action, staff = request.values.get("action", ""), request.values.get("staff", "")[:64]
    since, until = _midnight(visit, "since"), _midnight(visit, "until")
    span = (("since", since), ("until", until))
    errors = tuple(FieldError(name, "date.format") for name, at in span if request.values.get(name) and at is None)
    wanted = Wanted(
        action=action if action in ACTIONS else "",
        actor_id=staff if visit.cards.find(staff) else "",
        since=since,
        # The last day counts whole.
        until=until + timedelta(days=1) if until else None,
        before_id=request.values.get("before", "")[:36],
    )
    return wanted, errors


def _midnight(visit: Visit, name: str) -> datetime | None:
    day = russian_date(request.values.get(name, "").strip())
    return datetime.combine(day, time(), visit.zone).astimezone(UTC) if day else None


def _export(visit: Visit) -> Response:
    wanted, _ = _wanted(visit)
    found = visit.room.schools.changes.of_school(visit.cards.school.id, wanted, _MOST_EXPORTED)
    lines = change_lines(visit, found)
    with visit.room.database.work():
        visit.cards.desk(visit.actor).note("exported", None)
    headers = {**PAGE_HEADERS, "Content-Disposition": 'attachment; filename="journal.csv"'}
    return Response(_csv(visit, lines), content_type="text/csv; charset=utf-8", headers=headers)


def _csv(visit: Visit, lines: tuple[ChangeLine, ...]) -> bytes:
    """Words in the language of the page; the time in the zone of the school."""
    texts, language = visit.room.screens.texts, visit.view.language
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow([texts.get(language, f"value.journal.{name}") for name in _COLUMNS])
    for line in lines:
        fields = ", ".join(texts.get(language, f"school.field.{one}") for one in line.fields)
        at = f"{line.at.astimezone(visit.zone):%d.%m.%Y %H:%M}"
        cells = (at, line.staff, texts.get(language, f"school.deed.{line.action}"), line.person, fields, line.reason)
        writer.writerow([harmless(cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig")
