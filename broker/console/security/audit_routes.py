"""A5: who did what, when and why; whether the journal is whole; a copy of it, and a name with a reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from broker.audit.search import Question, Result, names_of
from broker.console.audit_desk import people_of
from broker.console.grounds import GROUNDS
from broker.console.refused import Refused
from broker.console.rights import Action
from broker.console.security.entrance import not_here
from broker.console.security.events_shown import event_line, events_with_words
from broker.console.security.needs import needs
from broker.console.security.room import SecurityRoom
from broker.console.security.visit import SecurityVisit, here
from broker.foundation.normal_forms import russian_date
from broker.screens.audit_pages import AuditAsked, AuditCheckPage, AuditPage, EntryPage, EventsPicture, events_picture
from broker.screens.field_errors import FieldError
from broker.screens.headers import PAGE_HEADERS

PAGE: Final = "/admin/audit"
FILTERS: Final = ("since", "until", "event", "result", "actor", "object", "cause", "case")
_LONGEST: Final = 128

Span = tuple[datetime | None, datetime | None]


def audit_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the blueprint of security."""

    @blueprint.get(PAGE)
    @needs(Action.SEE_AUDIT)
    def audit() -> AnyResponse:
        return _list(here())

    @blueprint.get(f"{PAGE}/check")
    @needs(Action.SEE_AUDIT)
    def check_audit() -> AnyResponse:
        visit = here()
        found = visit.room.audit.check()
        at = visit.room.outside.now()
        return visit.show(AuditCheckPage(visit.frame("audit"), at, found.checked, found.checkpoints, found.broken_seq))

    @blueprint.post(f"{PAGE}/export")
    @needs(Action.EXPORT_AUDIT)
    def export_audit() -> AnyResponse:
        return _exported(here())

    @blueprint.get(f"{PAGE}/<seq>")
    @needs(Action.SEE_AUDIT)
    def entry(seq: str) -> AnyResponse:
        return _entry(here(), seq)

    @blueprint.post(f"{PAGE}/<seq>/name")
    @needs(Action.REVEAL_NAME)
    def reveal_name(seq: str) -> AnyResponse:
        return _revealed(here(), seq)


def number_of(seq: str) -> int:
    """The number of an entry. Raises Refused when it is none."""
    if not (seq.isascii() and seq.isdigit() and len(seq) < 18):
        raise Refused("An entry has a number.")
    return int(seq)


def question_of(room: SecurityRoom, said: dict[str, str], span: Span) -> tuple[Question, tuple[FieldError, ...]]:
    """What is asked for by the words of a form or of an address; what cannot be understood is an error of its field."""
    errors = []
    case = room.stories.cases.find(said["case"]) if said["case"] else None
    if said["case"] and case is None:
        errors.append(FieldError("case", "security.case"))
    if said["cause"] and not (said["cause"].isascii() and said["cause"].isdigit() and len(said["cause"]) == 4):
        errors.append(FieldError("cause", "security.code"))
    result = next((one for one in Result if one.value == said["result"]), None)
    known = events_with_words(room.screens.texts)
    names: tuple[str, ...] = (said["event"],) if said["event"] in known else ()
    if result is not None:
        names = names_of(result, names or known) or ("none",)
    question = Question(
        since=span[0],
        until=span[1],
        names=names,
        actor_id=said["actor"].rpartition(":")[2],
        cause=int(said["cause"]) if said["cause"] and not errors else 0,
        **_about(room, said["object"], case.id if case else ""),
    )
    return question, tuple(errors)


def _span(said: dict[str, str], zone: ZoneInfo) -> tuple[Span, tuple[FieldError, ...]]:
    """The days of a form as instants; the last one counts whole."""
    days = {name: russian_date(said[name]) for name in ("since", "until")}
    errors = tuple(FieldError(name, "date.format") for name, day in days.items() if said[name] and day is None)
    begins, ends = days["since"], days["until"]
    return (_midnight(begins, zone), _midnight(ends + timedelta(days=1), zone) if ends else None), errors


def _about(room: SecurityRoom, unverified_object: str, case_id: str) -> dict[str, Any]:
    """Whether somebody means a person, a service or another thing is seen from what there is."""
    if room.journal.alias_of(unverified_object) is not None:
        return {"person_id": unverified_object, "object_id": case_id}
    if unverified_object and room.clients.clients.latest(unverified_object) is not None:
        return {"client_id": unverified_object, "object_id": case_id}
    return {"object_id": case_id or unverified_object}


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day, time(), zone).astimezone(UTC) if day else None


def _typed() -> dict[str, str]:
    return {name: request.values.get(name, "").strip()[:_LONGEST] for name in FILTERS}


def _list(visit: SecurityVisit, more_errors: tuple[FieldError, ...] = ()) -> AnyResponse:
    room, typed, frame = visit.room, _typed(), visit.frame("audit")
    zone = ZoneInfo(frame.zone)
    span, wrong_days = _span(typed, zone)
    question, wrong = question_of(room, typed, span)
    errors = (*wrong_days, *wrong)
    before = request.args.get("before", "")
    found = room.audit.office.search.page(question, int(before) if before.isdigit() and len(before) < 18 else None)
    kept = {name: value for name, value in typed.items() if value}
    page = AuditPage(
        frame=frame,
        # An address must not put words on our page: a day that is none is not shown again.
        asked=AuditAsked(**{**typed, **{error.field: "" for error in errors}}),
        events=events_with_words(room.screens.texts),
        lines=tuple(event_line(room, one) for one in found.entries) if not errors else (),
        picture=_picture(room, question, zone),
        older_url=f"{PAGE}?{urlencode({**kept, 'before': found.older})}" if found.older and not errors else "",
        grounds=GROUNDS,
        export=visit.form(f"{PAGE}/export") if visit.may(Action.EXPORT_AUDIT) else None,
        errors=(*errors, *more_errors),
    )
    return visit.show(page, 422 if page.errors else 200)


def _picture(room: SecurityRoom, question: Question, zone: ZoneInfo) -> EventsPicture | None:
    try:
        found = room.audit.actions.picture(question, zone)
    except Refused:
        return None
    bars = [(bar.begins, {result.value: count for result, count in bar.counts.items()}) for bar in found.bars]
    return events_picture(bars, found.step)


def _entry(visit: SecurityVisit, seq: str, names: Any = (), errors: tuple[FieldError, ...] = ()) -> AnyResponse:
    try:
        entry = visit.room.audit.entry(number_of(seq))
    except Refused:
        return not_here(visit.room)
    shown = tuple((name, str(value)) for name, value in entry.fields.items())
    may_reveal = visit.may(Action.REVEAL_NAME) and bool(people_of(entry)) and not names
    page = EntryPage(
        frame=visit.frame("audit"),
        line=event_line(visit.room, entry),
        fields=shown,
        previous=entry.previous,
        hash=entry.hash,
        names=tuple(names),
        grounds=GROUNDS,
        reveal=visit.form(f"{PAGE}/{entry.seq}/name") if may_reveal else None,
        errors=errors,
    )
    return visit.show(page, 422 if errors else 200)


def _revealed(visit: SecurityVisit, seq: str) -> AnyResponse:
    """Shown in the answer itself: no address of ours ever opens a name."""
    grounds = request.form.get("grounds", "")
    if grounds not in GROUNDS:
        return _entry(visit, seq, errors=(FieldError("grounds", "security.grounds_missing"),))
    try:
        names = visit.room.audit.reveal(number_of(seq), grounds, visit.actor)
    except Refused:
        return _entry(visit, seq, errors=(FieldError("grounds", "security.no_card"),))
    return _entry(visit, seq, tuple(names.items()))


def _exported(visit: SecurityVisit) -> AnyResponse:
    grounds = request.form.get("grounds", "")
    span, errors = _span(_typed(), ZoneInfo(visit.frame("audit").zone))
    if grounds not in GROUNDS or errors:
        return _list(visit, () if errors else (FieldError("grounds", "security.grounds_missing"),))
    try:
        made = visit.room.audit.export(span, grounds, visit.actor)
    except Refused:
        return _list(visit, (FieldError("since", "security.too_long"),))
    name = f'attachment; filename="journal-{made.first}-{made.last}.jsonl"'
    headers = {**PAGE_HEADERS, "Content-Disposition": name}
    return Response(made.data, content_type="application/jsonl; charset=utf-8", headers=headers)
