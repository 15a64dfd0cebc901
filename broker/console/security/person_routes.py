"""A8: one person on one day. Nobody is found by name; who looked, and why, is in the journal before anything is shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.console.grounds import GROUNDS
from broker.console.refused import Refused
from broker.console.rights import Action
from broker.console.security.entrance import not_here
from broker.console.security.events_shown import cause_title, event_line
from broker.console.security.needs import needs
from broker.console.security.visit import SecurityVisit, here
from broker.console.story_actions import Found, Sought, Story
from broker.directory.pauses import PauseReason
from broker.foundation.encoding import canonical_json, digest
from broker.foundation.normal_forms import russian_date
from broker.screens.field_errors import FieldError
from broker.screens.person_pages import CaseOf, FindPersonPage, Refusal, StoryPage

PAGE: Final = "/admin/person"
_KIND: Final = "security.story"
_OPEN_FOR: Final = timedelta(minutes=30)
_REASONS: Final = tuple(reason.value for reason in PauseReason)
_DONE: Final = frozenset({"sign_ins_ended", "blocked", "unblocked"})
_LONGEST: Final = 64


def person_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the blueprint of security."""

    @blueprint.get(PAGE)
    @needs(Action.SEE_STORY)
    def person() -> AnyResponse:
        return _search(here())

    @blueprint.post(PAGE)
    @needs(Action.SEE_STORY)
    def find_person() -> AnyResponse:
        return _found(here())

    @blueprint.get(f"{PAGE}/<key>")
    @needs(Action.SEE_STORY)
    def story(key: str) -> AnyResponse:
        return _story(here(), key)

    @blueprint.post(f"{PAGE}/<key>/end")
    @needs(Action.END_SESSIONS)
    def end_sign_ins(key: str) -> AnyResponse:
        return _ended(here(), key)

    @blueprint.post(f"{PAGE}/<key>/block")
    @needs(Action.BLOCK_PERSON)
    def block_person(key: str) -> AnyResponse:
        return _blocked(here(), key)

    @blueprint.post(f"{PAGE}/<key>/unblock")
    @needs(Action.BLOCK_PERSON)
    def unblock_person(key: str) -> AnyResponse:
        return _unblocked(here(), key)


def _search(visit: SecurityVisit, sought: Sought | None = None, errors: tuple[FieldError, ...] = ()) -> AnyResponse:
    clients = visit.room.clients.clients.all()
    names = tuple((one.client_id, one.client_name if visit.view.language == "ru" else one.client_name_en) for one in clients)
    kept = sought or Sought()
    page = FindPersonPage(
        visit.frame("person"), names, GROUNDS, visit.form(PAGE), kept.case, kept.client_id, kept.subject, errors
    )
    return visit.show(page, 422 if errors else 200)


def _found(visit: SecurityVisit) -> AnyResponse:
    said = {name: request.form.get(name, "").strip()[:_LONGEST] for name in ("case", "client_id", "subject", "grounds")}
    sought = Sought(said["case"], said["client_id"], said["subject"])
    if said["grounds"] not in GROUNDS:
        return _search(visit, sought, (FieldError("grounds", "security.grounds_missing"),))

    def do() -> str:
        found = visit.room.stories.open(sought, said["grounds"], visit.actor)
        key = visit.room.outside.token(16)
        kept = {"session": visit.session.id, "person": found.person_id, "case": found.case_number}
        visit.room.shelf.put(_KIND, digest(key), canonical_json(kept), _OPEN_FOR)
        return f"{PAGE}/{key}"

    try:
        return visit.once(do)
    except Refused:
        field = "case" if sought.case else "subject"
        return _search(visit, sought, (FieldError(field, "security.nobody"),))


def _opened(visit: SecurityVisit, key: str) -> Found | None:
    """Whose story this session has opened under the key, by a reason; None for anybody else's."""
    kept = visit.room.shelf.get(_KIND, digest(key)) if len(key) <= _LONGEST else None
    said = json.loads(kept) if kept is not None else {}
    return Found(said["person"], said["case"]) if said.get("session") == visit.session.id else None


def _story(visit: SecurityVisit, key: str, errors: tuple[FieldError, ...] = ()) -> AnyResponse:
    found = _opened(visit, key)
    if found is None:
        return not_here(visit.room)
    typed = request.args.get("day", "").strip()
    day = russian_date(typed)
    if typed and day is None:
        errors = (*errors, FieldError("day", "date.format"))
    page = _page(visit, visit.room.stories.tell(found, day), f"{PAGE}/{key}")
    return visit.show(replace(page, errors=errors), 422 if errors else 200)


def _page(visit: SecurityVisit, story: Story, url: str) -> StoryPage:
    texts, language, rules = visit.room.screens.texts, visit.view.language, story.rules
    person_id, pause = story.found.person_id, story.pause
    acts = person_id and not story.is_blocked and visit.may(Action.BLOCK_PERSON)
    causes = [(one.at, _cause(one.fields.get("cause"))) for one in story.entries if one.name == "login.refused"]
    return StoryPage(
        frame=replace(visit.frame("person", _DONE), zone=story.zone),
        person_id=person_id,
        day=story.day,
        day_url=url,
        is_blocked=story.is_blocked,
        pause_key=pause.reason.value if pause else "",
        paused_at=pause.at if pause else None,
        is_connected=story.is_connected,
        sessions=story.sessions,
        refusals=tuple(Refusal(at, code, cause_title(texts, language, code)) for at, code in causes),
        verdict_key=rules["verdict"] if rules else "",
        sentences=tuple(rules[language]) if rules else (),
        lines=tuple(event_line(visit.room, one) for one in story.entries),
        cases=tuple(
            CaseOf(one.number, one.real_cause, cause_title(texts, language, one.real_cause), one.state.value)
            for one in story.cases
        ),
        grounds=GROUNDS,
        reasons=_REASONS,
        end=visit.form(f"{url}/end") if person_id and visit.may(Action.END_SESSIONS) else None,
        block=visit.form(f"{url}/block") if acts and pause is None else None,
        unblock=visit.form(f"{url}/unblock") if acts and pause is not None else None,
    )


def _cause(said: object) -> int:
    return said if isinstance(said, int) else 0


def _ended(visit: SecurityVisit, key: str) -> AnyResponse:
    grounds = request.form.get("grounds", "")
    if grounds not in GROUNDS:
        return _story(visit, key, (FieldError("grounds", "security.grounds_missing"),))
    return _done(visit, key, "sign_ins_ended", lambda person: visit.room.stories.end_sign_ins(person, grounds, visit.actor))


def _blocked(visit: SecurityVisit, key: str) -> AnyResponse:
    reason = request.form.get("reason", "")
    if reason not in _REASONS:
        return _story(visit, key, (FieldError("reason", "security.block_reason"),))
    return _done(visit, key, "blocked", lambda person: visit.room.stories.block(person, reason, visit.actor))


def _unblocked(visit: SecurityVisit, key: str) -> AnyResponse:
    return _done(visit, key, "unblocked", lambda person: visit.room.stories.unblock(person, visit.actor))


def _done(visit: SecurityVisit, key: str, word: str, act: Callable[[str], object]) -> AnyResponse:
    found = _opened(visit, key)
    if found is None or not found.person_id:
        return not_here(visit.room)

    def do() -> str:
        act(found.person_id)
        return f"{PAGE}/{key}?done={word}"

    try:
        return visit.once(do)
    except Refused:
        # Somebody was faster: the page shows how it is now.
        return redirect(f"{PAGE}/{key}", 303)
