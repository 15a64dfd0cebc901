"""The wizard of the first sign-in: who is in it and by what right, how long a page waits, how a form is answered once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Response

from broker.directory.invitations import Invitation, Opened, Stage
from broker.directory.person import Person
from broker.linking.facts import is_only_parent, person_facts, region_for
from broker.login.answered import answered_once
from broker.login.attempt import Attempt
from broker.login.invited import with_invitation
from broker.login.neighbours import Neighbours
from broker.login.visit import Visit, address_of, back_to_dispatcher, see_other
from broker.policy.entry import Entry, entry_of
from broker.screens.pages import Page
from broker.screens.wizard_pages import Deadline

# More time may be asked for this often on one attempt, so that no page stays open for ever (WCAG 2.2.1 asks for ten).
MOST_STAYS = 12
FIRST_FORM = "first"
_ORDER = tuple(Stage)


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody in the wizard. `region` is their own, `is_done` says that they have finished it in this very attempt."""

    person: Person
    invitation: Invitation
    region: str
    is_done: bool

    def __repr__(self) -> str:
        return "Guest(...)"

    @property
    def stage(self) -> Stage:
        """The step that comes next."""
        return Stage.DONE if self.is_done else self.invitation.stage

    def may_answer(self, stage: Stage) -> bool:
        """Whether the form of a step may be sent: its turn has come, and the end has not."""
        return not self.is_done and _ORDER.index(stage) <= _ORDER.index(self.stage)


Doing = Callable[[Neighbours, Visit, Guest], Response]


class Overtaken(Exception):
    """The invitation was used, cancelled or ran out while its wizard was open."""


def with_guest(rooms: Neighbours, visit: Visit, doing: Doing) -> Response:
    """Do something for somebody in the wizard. Whoever is not, or not any more, sees the dispatcher or the reason."""
    guest = _guest(rooms, visit.attempt)
    if guest is None:
        return back_to_dispatcher(visit.attempt)
    is_open = guest.is_done or guest.invitation.state_at(rooms.outside.now()) == "opened"
    if not is_open or guest.person.is_shut_out:
        return see_other(stopped(rooms, visit.attempt, guest))
    return doing(rooms, visit, guest)


def stopped(rooms: Neighbours, attempt: Attempt, guest: Guest) -> str:
    """Write down why the wizard cannot go on: used elsewhere (4004), too late or cancelled (4005). The address of that page."""
    invitation = rooms.invitations.find(guest.invitation.id) or guest.invitation
    state = invitation.state_at(rooms.outside.now())
    # `opened` is what a mere loser of a race would see: the winner has used it in the meantime.
    opened = Opened(guest.person, invitation, "used" if state == "opened" else state)
    rooms.attempts.save(replace(with_invitation(rooms, attempt, opened), proof=None))
    return address_of(attempt)


def _guest(rooms: Neighbours, attempt: Attempt) -> Guest | None:
    proof = attempt.proof
    if proof is None or proof.invitation_id is None:
        return None
    person, invitation = rooms.directory.find_person(proof.person_id), rooms.invitations.find(proof.invitation_id)
    if person is None or invitation is None or invitation.person_id != person.id:
        return None
    return Guest(person, invitation, region_of_person(rooms, person, attempt.region), proof.is_spent)


def region_of_person(rooms: Neighbours, person: Person, chosen: str) -> str:
    """The region whose rules hold for somebody: the chosen one only if they have a school there."""
    return region_for(person, rooms.policies.of_region(chosen).local_day(rooms.outside.now()), chosen)


def entry_for(rooms: Neighbours, person: Person, region: str) -> Entry:
    """What the region's rules say about this person's contacts, password and linking."""
    policy, now = rooms.policies.of_region(region), rooms.outside.now()
    day = policy.local_day(now)
    children = rooms.directory.children_count(person.id) if is_only_parent(person, day) else 0
    return entry_of(policy, person_facts(person, day, children, region), now)


def deadline_of(rooms: Neighbours, visit: Visit, guest: Guest) -> Deadline:
    """Until when the page waits, in the person's own time zone."""
    attempt = visit.attempt
    seconds = int((attempt.ends_at - rooms.outside.now()).total_seconds())
    return Deadline(
        ends_at=attempt.ends_at,
        seconds=max(1, seconds),
        zone=rooms.policies.of_region(guest.region).zone,
        stay_url=address_of(attempt, "/stay"),
        leave_url=address_of(attempt, "/other"),
    )


def with_more_time(rooms: Neighbours, attempt: Attempt) -> Attempt:
    """As an attempt is that somebody is still at work on."""
    return replace(attempt, ends_at=max(attempt.ends_at, rooms.outside.now() + rooms.settings.attempt_ttl))


def advanced(rooms: Neighbours, visit: Visit, guest: Guest, stage: Stage) -> str:
    """A step is done: the address of the next one, which has its whole time before it."""
    rooms.invitations.advance(guest.invitation.id, stage)
    rooms.attempts.save(with_more_time(rooms, visit.attempt))
    return address_of(visit.attempt)


def form_key(rooms: Neighbours, visit: Visit, form: str) -> str:
    """A fresh key for a form of the wizard."""
    return rooms.form_keys.issue(visit.attempt.browser, purpose_of(visit, form))


def form_answered(
    rooms: Neighbours, visit: Visit, sent: tuple[str, str | None], make_answer: Callable[[], str]
) -> str | Response:
    """The answer to a form of the wizard, made by its first post only. `sent`: the form's name and the key that came with it."""
    form, unverified_key = sent
    return answered_once(rooms, visit, (purpose_of(visit, form), unverified_key), make_answer)


def sent_on(answer: str | Response) -> Response:
    """A 303 to the address that a form was answered with."""
    return see_other(answer) if isinstance(answer, str) else answer


def shown(rooms: Neighbours, visit: Visit, page: Page, *, has_errors: bool = False) -> Response:
    """A page of the wizard; 400 when it comes back with errors."""
    return rooms.screens.render(page, visit.view, status=400 if has_errors else 200)


def purpose_of(visit: Visit, form: str) -> str:
    """What the key of a form of the wizard is good for."""
    # A key shown to one invited person must not send the answers of the next one at the same computer. The first form has none
    # yet, and its second post comes when the first has already brought one.
    proof = visit.attempt.proof
    whose = proof.invitation_id if proof and form != FIRST_FORM else ""
    return f"wizard.{form}:{visit.attempt.id}:{whose}"
