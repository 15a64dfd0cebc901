"""The journal, one person's story and the connection to Gosuslugi in the JSON API: the same desks as the pages."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from broker.console.doctor_actions import described
from broker.console.refused import Refused
from broker.console.rights import Action
from broker.console.security.api_call import Answer, Asked, Call
from broker.console.security.audit_routes import FILTERS, number_of, question_of
from broker.console.story_actions import Sought
from broker.console.upstream_actions import probe_shown

_MOST: Final = 200


def _day(asked: Asked, name: str) -> date | None:
    said = asked.word_or(name)
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        raise Refused(f"{name} must be a day, like 2026-09-01.") from None


def _search(asked: Asked) -> Answer:
    said = {name: asked.word_or(name)[:128] for name in FILTERS}
    days = _span(asked)
    question, errors = question_of(asked.room, {**said, "since": "", "until": ""}, days)
    if errors:
        raise Refused(f"Nothing can be found by this {errors[0].field}.")
    before = asked.word_or("before")
    return asked.room.audit.actions.search(question, number_of(before) if before else None, _MOST).described()


def _span(asked: Asked) -> tuple[datetime | None, datetime | None]:
    """The days `since` and `until` (UTC); the last one counts whole."""
    since, until = _day(asked, "since"), _day(asked, "until")
    begins = datetime.combine(since, time(), UTC) if since else None
    return begins, datetime.combine(until, time(), UTC) + timedelta(days=1) if until else None


def _export(asked: Asked) -> Answer:
    made = asked.room.audit.export(_span(asked), asked.word("grounds"), asked.actor)
    return {"first": made.first, "last": made.last, "document": made.data.decode("utf-8")}


def _verified(asked: Asked) -> Answer:
    found = asked.room.audit.check()
    return {"is_whole": found.is_whole, "checked": found.checked, "broken_seq": found.broken_seq, "problem": found.problem}


def _names(asked: Asked) -> Answer:
    return {"names": dict(asked.room.audit.reveal(number_of(asked.about["seq"]), asked.word("grounds"), asked.actor))}


def _story(asked: Asked) -> Answer:
    sought = Sought(asked.word_or("case"), asked.word_or("client_id"), asked.word_or("subject"))
    return asked.room.stories.told(sought, asked.word("grounds"), _day(asked, "day"), asked.actor)


STORY_CALLS: Final[tuple[Call, ...]] = (
    Call("audit", "GET", "/audit", Action.SEE_AUDIT, _search),
    Call("verify_audit", "GET", "/audit/check", Action.SEE_AUDIT, _verified),
    Call(
        "checkpoint_audit", "POST", "/audit/checkpoint", Action.CHECKPOINT_AUDIT,
        lambda asked: asked.room.audit.actions.checkpoint(asked.actor),
    ),
    Call("export_audit", "POST", "/audit/export", Action.EXPORT_AUDIT, _export),
    Call(
        "audit_entry", "GET", "/audit/<seq>", Action.SEE_AUDIT,
        lambda asked: asked.room.audit.shown(number_of(asked.about["seq"])),
    ),
    Call("reveal_name", "POST", "/audit/<seq>/name", Action.REVEAL_NAME, _names),
    Call("upstream", "GET", "/upstream", Action.SEE_UPSTREAM, lambda asked: asked.room.upstream.described()),
    Call(
        "check_upstream", "POST", "/upstream/check", Action.CHECK_UPSTREAM,
        lambda asked: probe_shown(asked.room.upstream.check(asked.actor)),
    ),
    Call(
        "examine_upstream", "POST", "/upstream/examine", Action.CHECK_UPSTREAM,
        lambda asked: described(asked.room.doctor.ask(asked.actor)),
    ),
    Call(
        "rehearse_upstream", "POST", "/upstream/rehearse", Action.CHECK_UPSTREAM,
        lambda asked: described(asked.room.doctor.try_next(asked.actor)),
    ),
    Call("planned_work", "GET", "/upstream/planned", Action.SEE_UPSTREAM, lambda asked: asked.room.planned.all()),
    Call(
        "plan_work", "POST", "/upstream/planned", Action.PLAN_WORK,
        lambda asked: asked.room.planned.plan(asked.word_or("starts_at"), asked.word("ends_at"), asked.actor),
    ),
    Call(
        "withdraw_work", "POST", "/upstream/planned/<planned_id>/withdraw", Action.PLAN_WORK,
        lambda asked: asked.room.planned.withdraw(asked.about["planned_id"], asked.actor),
    ),
    Call("story", "POST", "/people/story", Action.SEE_STORY, _story),
    Call(
        "end_sign_ins", "POST", "/people/<person_id>/end", Action.END_SESSIONS,
        lambda asked: asked.room.stories.end_sign_ins(asked.about["person_id"], asked.word("grounds"), asked.actor),
    ),
    Call(
        "block_person", "POST", "/people/<person_id>/block", Action.BLOCK_PERSON,
        lambda asked: asked.room.stories.block(asked.about["person_id"], asked.word("reason"), asked.actor),
    ),
    Call(
        "unblock_person", "POST", "/people/<person_id>/unblock", Action.BLOCK_PERSON,
        lambda asked: asked.room.stories.unblock(asked.about["person_id"], asked.actor),
    ),
)  # fmt: skip
