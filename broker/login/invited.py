"""A diary password or a temporary one, whichever form it was typed into, and what a right temporary one means for an attempt."""

from __future__ import annotations

from dataclasses import replace

from broker.directory.invitations import Opened
from broker.directory.person import Person
from broker.linking.facts import region_for, school_of
from broker.login.attempt import Attempt
from broker.login.neighbours import Neighbours
from broker.login.proving import shown_invitation
from broker.login.refusals import Happened, refusal_with_case
from broker.login.typed import Typed

PAUSED, BLOCKED, USED, EXPIRED = 3204, 4003, 4004, 4005


def either_password(rooms: Neighbours, typed: Typed) -> Person | Opened | None:
    """Whose password this is. Both kinds are looked for every time, so that a wrong one costs the same whoever it is for."""
    person = rooms.credentials.check(typed.login, typed.password)
    opened = rooms.invitations.open(typed.login, typed.password)
    return person or opened


def with_invitation(rooms: Neighbours, attempt: Attempt, opened: Opened) -> Attempt:
    """The wizard comes next, or the page that says why not; from here on the person's own region speaks. Not saved here."""
    person, day = opened.person, rooms.policies.of_region(attempt.region).local_day(rooms.outside.now())
    attempt = replace(attempt, region=region_for(person, day, attempt.region))
    if opened.state == "opened" and not person.is_shut_out:
        return shown_invitation(attempt, person.id, opened.invitation.id)
    cause = _why_not(opened)
    refusal = refusal_with_case(rooms, attempt, Happened(cause, cause, person.id))
    # The password was right, so the page may say which school helps (screens.md 2.2, L3).
    told = replace(refusal, until_at=opened.invitation.expires_at, school_id=school_of(person, day))
    return attempt.refused(told)


def _why_not(opened: Opened) -> int:
    """Who is shut out is told that first: a new invitation would be of no use."""
    if opened.person.is_shut_out:
        return PAUSED if opened.person.is_paused else BLOCKED
    return USED if opened.state == "used" else EXPIRED
