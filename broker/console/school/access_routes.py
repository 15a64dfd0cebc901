"""S5: somebody's ways in. Each deed names its consequence and asks for a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from broker.console.school.card_routes import case_of
from broker.console.school.lines import local_day
from broker.console.school.pause_lines import pause_lines
from broker.console.school.visit import Visit, here
from broker.console.school_access import Access, SecondPersonMissing
from broker.directory.pauses import PauseReason
from broker.directory.school_edits import CardRefused, Wrong
from broker.directory.school_person import NotHere, SchoolPerson
from broker.screens.field_errors import FieldError
from broker.screens.school_card_pages import AccessPage

_REASON = 300
# What needs words of explanation: it shuts somebody out.
_NEEDS_REASON = frozenset({"block", "unlink"})
_NOT_DONE = frozenset({"unlink_asked", "not_confirmed", "not_resumed"})


def access_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the console's blueprint."""

    @blueprint.get("/school/people/<person_id>/access")
    def access(person_id: str) -> AnyResponse:
        visit = here()
        return visit.show(_page(visit, person_id))

    @blueprint.post("/school/people/<person_id>/access")
    def act(person_id: str) -> AnyResponse:
        return _act(here(), person_id)


def _act(visit: Visit, person_id: str) -> AnyResponse:
    visit.cards.get(person_id)
    deed, number = request.form.get("deed", ""), case_of(visit)
    reason = request.form.get("reason", "").strip()[:_REASON] or number
    if deed not in _DEEDS:
        raise NotHere

    def do() -> str:
        if deed in _NEEDS_REASON and not reason:
            raise CardRefused(Wrong("reason", "card.reason_empty"))
        done = _DEEDS[deed](visit, person_id, reason)
        if number and done not in _NOT_DONE:
            if visit.room.cases.get(visit.cards, number, visit.actor).case.person_id == person_id:
                visit.room.cases.done(visit.cards, number, visit.actor)
            return f"/school/cases/{number}?done={done}"
        return f"/school/people/{person_id}/access?done={done}"

    try:
        return visit.once(do)
    except CardRefused as refused:
        return visit.show(_page(visit, person_id, tuple(FieldError(one.field, one.message) for one in refused.problems)), 422)
    except SecondPersonMissing:
        return visit.show(_page(visit, person_id, needs_region=True), 409)


def _unlock(visit: Visit, person_id: str, reason: str) -> str:
    visit.room.access.unlock(visit.cards, person_id, reason, visit.actor)
    return "unlocked"


def _end_sessions(visit: Visit, person_id: str, reason: str) -> str:
    visit.room.access.end_sessions(visit.cards, person_id, reason, visit.actor)
    return "sessions_ended"


def _block(visit: Visit, person_id: str, reason: str) -> str:
    visit.room.access.set_blocked(visit.cards, person_id, True, reason, visit.actor)
    return "blocked"


def _unblock(visit: Visit, person_id: str, reason: str) -> str:
    visit.room.access.set_blocked(visit.cards, person_id, False, reason, visit.actor)
    return "unblocked"


def _pause(visit: Visit, person_id: str, reason: str) -> str:
    try:
        why = PauseReason(request.form.get("why", ""))
    except ValueError:
        raise CardRefused(Wrong("why", "card.pause_why_none")) from None
    visit.room.access.pause(visit.cards, person_id, why, reason, visit.actor)
    return "paused"


def _resume(visit: Visit, person_id: str, reason: str) -> str:
    return "resumed" if visit.room.access.resume(visit.cards, person_id, reason, visit.actor) else "not_resumed"


def _unlink(visit: Visit, person_id: str, reason: str) -> str:
    return "unlinked" if visit.room.access.unlink(visit.cards, person_id, reason, visit.actor) else "unlink_asked"


def _confirm(visit: Visit, person_id: str, _reason: str) -> str:
    return "unlinked" if visit.room.access.confirm_unlink(visit.cards, person_id, visit.actor) else "not_confirmed"


def _leave(visit: Visit, person_id: str, reason: str) -> str:
    visit.cards.desk(visit.actor).leave(person_id, reason)
    return "left"


def _restore(visit: Visit, person_id: str, reason: str) -> str:
    visit.cards.desk(visit.actor).restore(person_id, reason)
    return "restored"


_DEEDS: Mapping[str, Callable[[Visit, str, str], str]] = {
    "unlock": _unlock,
    "end_sessions": _end_sessions,
    "block": _block,
    "unblock": _unblock,
    "pause": _pause,
    "resume": _resume,
    "unlink": _unlink,
    "confirm": _confirm,
    "leave": _leave,
    "restore": _restore,
}


def _page(
    visit: Visit, person_id: str, errors: tuple[FieldError, ...] = (), *, needs_region: bool = False
) -> AccessPage:
    found = visit.cards.get(person_id)
    access = visit.room.access.of(visit.cards, person_id)
    asked = access.asked
    asker = visit.cards.find(asked.by) if asked else None
    return AccessPage(
        frame=visit.frame("people"),
        person_id=found.id,
        name=found.full_name,
        form=visit.form(f"/school/people/{found.id}/access"),
        can=_can(visit, found, access),
        linked_on=local_day(visit, access.linked_at) if access.linked_at else None,
        sessions=access.sessions,
        locked_until=access.locked_until,
        invitation=access.invitation.state_at(visit.room.outside.now()) if access.invitation else "",
        is_blocked=found.person.is_blocked,
        paused=pause_lines(visit, found.id, access.pause),
        pause_reasons=tuple(one.value for one in PauseReason),
        why=request.form.get("why", "") if errors else "",
        is_guarded=found.is_guarded,
        asked_by=asker.full_name if asker else "",
        asked_until=asked.ends_at if asked else None,
        is_asker=asked is not None and asked.by == visit.actor.id,
        needs_second=visit.room.access.needs_second_person(visit.cards, found),
        needs_region=needs_region,
        case_number=case_of(visit),
        errors=errors,
    )


def _can(visit: Visit, found: SchoolPerson, access: Access) -> tuple[str, ...]:
    """The deeds that would do something now."""
    if found.is_guarded:
        return ()
    is_here, asked = found.is_here_on(visit.cards.today), access.asked
    may_confirm = asked is not None and asked.by != visit.actor.id
    possible = (
        ("confirm", access.linked_at is not None and may_confirm),
        ("unlink", access.linked_at is not None and not may_confirm),
        ("unlock", access.locked_until is not None),
        ("end_sessions", access.sessions > 0),
        ("resume", access.pause is not None and access.pause.is_schools),
        ("pause", access.pause is None),
        ("unblock", found.person.is_blocked),
        ("block", not found.person.is_blocked),
        ("restore", not is_here),
        ("leave", is_here),
    )
    return tuple(deed for deed, is_possible in possible if is_possible)
