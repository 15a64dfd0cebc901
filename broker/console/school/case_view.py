"""A case as its page shows it: the cause in words, what differs, hints from the school's own card, the one action."""

from __future__ import annotations

from flask import request

from broker.cases.case import State
from broker.console.school.lines import hint_lines, local_day
from broker.console.school.pause_lines import pause_lines
from broker.console.school.visit import Visit
from broker.console.school_cases import SchoolCase, hints_of, hints_of_differences
from broker.console.school_fixes import DIFFERENT
from broker.directory.card_changes import Wanted
from broker.policy.decide import DIFFERS, MISSING_HERE
from broker.policy.decision import Match
from broker.screens.school_case_pages import CaseAction, CaseLine, CasePage
from broker.screens.school_pages import HintLine
from broker.screens.texts import words_of
from broker.screens.values import Value

# Causes with a sentence of their own; all others share one.
SENTENCES = frozenset({
    2109, 2110, 2111, 2112, 2115, 3101, 3102, 3103, 3104, 3105, 3106, 3107, 3108, 3109, 3110, 3111, 3113, 3114, 3115, 3116, 3117,
    3201, 3202, 3204, 4002, 4003, 4004, 4005, 5001, 5010, 6004, 6005, 7009,
})  # fmt: skip
_NOT_FOUND, _PAUSED = 3101, 3204
# Causes that say what does not match; when the card says so by now, another sentence is true.
_OF_FIELDS = frozenset({3101, *DIFFERS.values(), *MISSING_HERE.values()})
_DEEDS = frozenset({"restore", "unblock", "unlock", "resume"})


def case_line(visit: Visit, found: SchoolCase) -> CaseLine:
    """One line of the queue."""
    return CaseLine(
        number=found.case.number,
        url=f"/school/cases/{found.case.number}",
        cause=_sentence(found, found.case.compared),
        words=_words(found),
        person=found.person.full_name if found.person else None,
        since_at=found.case.opened_at,
        waits_for_us=found.waits_for_us,
    )


def case_page(visit: Visit, found: SchoolCase) -> CasePage:
    """S2. What was compared is compared again with the card as it is now, so that the page is never behind it."""
    case, person = found.case, found.person
    compared = visit.room.cases.now_compared(found)
    differing = tuple(field for field, word in compared if word in DIFFERENT)
    is_open = case.state is State.OPEN
    own = person is not None and not found.is_homeless
    return CasePage(
        frame=visit.frame("cases"),
        number=case.number,
        cause=_sentence(found, compared),
        words=_words(found),
        state=case.state.value,
        opened_at=case.opened_at,
        person=person.full_name if person else None,
        person_url=f"/school/people/{person.id}?case={case.number}" if person and own else None,
        compared=compared,
        wrong_fields=case.wrong_fields,
        facts=_facts(visit, found) if own else (),
        hints=_hints(visit, found, differing) if own and is_open else (),
        fix=_deed(visit, found),
        action=_action(visit, found) if is_open else None,
        needs_document=found.fix.document and is_open,
        check=visit.form(f"/school/cases/{case.number}/check") if found.is_about_fields and own else None,
        still=differing,
        was_checked=request.args.get("checked") == "1",
    )


def _sentence(found: SchoolCase, compared: tuple[tuple[str, str], ...]) -> str:
    """The headline, which follows the rows below it: they may match by now, or another field than the first may differ still."""
    cause, is_over = found.case.real_cause, found.case.state is State.CLOSED
    if cause in _OF_FIELDS and compared and not is_over:
        missing = Match.MISSING_HERE.value
        left = [(MISSING_HERE if word == missing else DIFFERS)[field] for field, word in compared if word in DIFFERENT]
        if not left:
            return "matches"
        cause = cause if cause in left or cause == _NOT_FOUND else left[0]
    return str(cause) if cause in SENTENCES else "other"


def _words(found: SchoolCase) -> dict[str, Value]:
    fields = found.case.wrong_fields or found.differing
    return {"fields": words_of(fields, "field") if fields else "—"}


def _hints(visit: Visit, found: SchoolCase, differing: tuple[str, ...]) -> tuple[HintLine, ...]:
    assert found.person is not None
    invitation = visit.room.invitations.of_person(found.person.id)
    state = invitation.state_at(visit.room.outside.now()) if invitation else ""
    has_parents = bool(visit.cards.kin_of(found.person.id).parents)
    own = hints_of(visit.cards, found.person, invitation_state=state, has_parents=has_parents)
    return hint_lines(found.person.person, (*own, *hints_of_differences(differing)))


def _facts(visit: Visit, found: SchoolCase) -> tuple[HintLine, ...]:
    """What the school itself has on record about this cause, each as a sentence with a date."""
    assert found.person is not None
    person_id, cause = found.person.id, found.case.real_cause
    if cause in (3110, 4004, 4005):
        return _invited(visit, person_id)
    if cause in (3201, 3202):
        linked_at = visit.room.access.of(visit.cards, person_id).linked_at
        return (HintLine("linked", "", {"date": local_day(visit, linked_at)}),) if linked_at else ()
    if cause == 3111:
        place = found.person.place_on(visit.cards.today)
        return (HintLine("left", "", {"date": place.left_on}),) if place and place.left_on else ()
    if cause == _PAUSED:
        return pause_lines(visit, person_id, visit.room.access.of(visit.cards, person_id).pause)
    if cause == 4003:
        last = visit.room.schools.changes.of_school(visit.cards.school.id, Wanted(action="blocked", person_id=person_id), 1)
        return tuple(
            HintLine("blocked", "", {"date": local_day(visit, one.at), "reason": one.reason or "—"}) for one in last
        )
    return ()


def _invited(visit: Visit, person_id: str) -> tuple[HintLine, ...]:
    found = visit.room.invitations.of_person(person_id)
    if found is None:
        return (HintLine("not_invited", ""),)
    state = found.state_at(visit.room.outside.now())
    at = {"used": found.used_at, "expired": found.expires_at}.get(state) or found.issued_at
    return (HintLine(f"invitation_{state}", "", {"date": local_day(visit, at)}),)


def _deed(visit: Visit, found: SchoolCase) -> str:
    """What is to be done; only the region's support helps with what is not this school's alone."""
    deed = found.fix.deed
    if found.person is None:
        return deed
    if deed == "resume":
        pause = visit.room.access.of(visit.cards, found.person.id).pause
        return deed if pause is None or pause.is_schools else "region"
    if deed == "duplicates":
        pairs = visit.room.duplicates.pairs(visit.cards)
        is_own = any(pair.can_merge and found.person.id in (pair.one.id, pair.other.id) for pair in pairs)
        return deed if is_own else "region"
    return deed


def _action(visit: Visit, found: SchoolCase) -> CaseAction | None:
    number, deed = found.case.number, _deed(visit, found)
    if deed in ("attach", "take_in"):
        return CaseAction(url=f"/school/cases/{number}/{'attach' if deed == 'attach' else 'take-in'}")
    if found.person is None or deed in ("nothing", "region") or found.person.is_guarded:
        return None
    card = f"/school/people/{found.person.id}"
    if deed == "card":
        return CaseAction(url=f"{card}?case={number}#{found.fix.field}")
    if deed in ("kin", "children", "invite_parent"):
        return CaseAction(url=f"{card}?case={number}#kin")
    if deed == "unlink":
        return CaseAction(url=f"{card}/access?case={number}")
    if deed == "duplicates":
        return CaseAction(url="/school/duplicates")
    if deed in _DEEDS:
        return CaseAction(form=visit.form(f"{card}/access"), fields=(("deed", deed), ("case", number)))
    return CaseAction(form=visit.form("/school/invites/print"), fields=(("person", found.person.id), ("case", number)))
