"""CHOOSE: the page with one button; and the use of a session that is alive already."""

from __future__ import annotations

from dataclasses import replace

from flask import Response

from broker.login.attempt import Attempt
from broker.login.facts import Facts
from broker.login.fits import session_may_be_chosen
from broker.login.neighbours import Neighbours
from broker.login.region import first_region, name_of, policy_of
from broker.login.visit import Visit, address_of, back_to_dispatcher, see_other, service_name
from broker.policy.entry import entry_page
from broker.screens.pages import AlreadyIn, Banner, ChoosePage
from broker.screens.view import View


def choose(rooms: Neighbours, visit: Visit) -> Response:
    """E1. The region is settled here, because only the browser knows the host and what was chosen before."""
    attempt = visit.attempt
    if not attempt.region:
        client = visit.facts.client
        wishes = (attempt.asked.region if attempt.asked else "", client.default_region if client else "", visit.brought.region)
        found = first_region(rooms, wishes, visit.brought.host)
        if found:
            attempt = attempt.in_region(found)
            rooms.attempts.save(attempt)
    page = ChoosePage(
        service=service_name(visit.facts.client, visit.view),
        region=name_of(rooms, attempt.region),
        regions_url=address_of(attempt, "/regions"),
        esia_url=address_of(attempt, f"/to/{rooms.settings.connectors[0]}"),
        banner=_banner(rooms, attempt),
        already=_already(rooms, attempt, visit.facts),
        warning=_warning(rooms, attempt, visit.view),
    )
    return rooms.screens.render(page, visit.view)


def adopt(rooms: Neighbours, visit: Visit) -> Response:
    """ADOPT: a live session that fits is used without a question."""
    session = visit.facts.session
    if session is None:
        return back_to_dispatcher(visit.attempt)
    attempt = visit.attempt.adopting(session.id, session.person_id)
    rooms.attempts.save(replace(attempt, region=attempt.region or session.region))
    return back_to_dispatcher(attempt)


def go_on(rooms: Neighbours, visit: Visit) -> Response:
    """The person said "continue" on a page that showed who is signed in."""
    if visit.attempt.asked is None:
        return see_other(rooms.settings.home_url)
    return adopt(rooms, visit) if _may_go_on(rooms, visit.attempt, visit.facts) else back_to_dispatcher(visit.attempt)


def somebody_else(rooms: Neighbours, visit: Visit) -> Response:
    """The person said "sign in as someone else"."""
    attempt = visit.attempt.wanting("")
    rooms.attempts.save(attempt)
    return back_to_dispatcher(attempt)


def _may_go_on(rooms: Neighbours, attempt: Attempt, facts: Facts) -> bool:
    session = facts.session
    if session is None:
        return False
    if attempt.asked is not None and not session_may_be_chosen(attempt.asked, session, rooms.outside.now()):
        return False
    return rooms.standing.of(session.person_id, session.connector, session.level, session.authenticated_at).is_allowed


def _already(rooms: Neighbours, attempt: Attempt, facts: Facts) -> AlreadyIn | None:
    was_asked = attempt.asked is None or "select_account" in attempt.asked.prompt
    if not was_asked or attempt.refuses_session or facts.session is None or not _may_go_on(rooms, attempt, facts):
        return None
    return already_in(rooms, facts, (address_of(attempt, "/continue"), address_of(attempt, "/other")))


def already_in(rooms: Neighbours, facts: Facts, urls: tuple[str, str]) -> AlreadyIn | None:
    """Who is signed in, as first name and initial: the computer may be shared. `urls`: to go on, to be somebody else."""
    person = rooms.directory.find_person(facts.session.person_id) if facts.session else None
    if person is None:
        return None
    return AlreadyIn(person.name, f"{person.surname[:1]}.", urls[0], urls[1])


def _banner(rooms: Neighbours, attempt: Attempt) -> Banner | None:
    """Trouble first, since it is now; planned work may be a week away."""
    now, zone = rooms.outside.now(), policy_of(rooms, attempt.region).zone
    if rooms.health.trouble_since(rooms.settings.connectors[0]) is not None:
        return Banner(checked_at=now, zone=zone)
    planned = rooms.screens.settings.planned_soon(now)
    return Banner(starts_at=planned[0], ends_at=planned[1], zone=zone) if planned else None


def _warning(rooms: Neighbours, attempt: Attempt, view: View) -> str | None:
    if not attempt.region:
        return None
    warning = entry_page(policy_of(rooms, attempt.region), rooms.outside.now()).warning
    if warning is None:
        return None
    return warning.ru if view.language == "ru" else warning.en
