"""E1, the start of every sign-in, as a value: one button; below it a form where the region still has it; links."""

from __future__ import annotations

from broker.connectors.identity import Level
from broker.linking.standing import DIARY
from broker.login.attempt import Attempt
from broker.login.clock import CLOCK_URL, milliseconds
from broker.login.facts import Facts
from broker.login.fits import level_is_enough, session_may_be_chosen, why_again
from broker.login.neighbours import Neighbours
from broker.login.region import name_of, policy_of
from broker.login.upstream_health import DIRECTORY
from broker.login.visit import Visit, address_of, service_name
from broker.login.ways import main_way, title_of, ways_in
from broker.policy.entry import entry_page
from broker.screens.pages import AlreadyIn, Banner, ChoosePage, ClockCheck
from broker.screens.password_form import PasswordForm
from broker.screens.view import View
from broker.screens.ways import OtherWay


def start_page(rooms: Neighbours, visit: Visit) -> ChoosePage:
    """The page as this browser may see it."""
    attempt = visit.attempt
    return ChoosePage(
        service=service_name(visit.facts.client, visit.view),
        region=name_of(rooms, attempt.region),
        regions_url=address_of(attempt, "/regions"),
        esia_url=address_of(attempt, f"/to/{main_way(rooms, attempt.region)}"),
        upstream=title_of(rooms, main_way(rooms, attempt.region)),
        others=_others(rooms, attempt),
        banner=_banner(rooms, attempt),
        already=_already(rooms, attempt, visit.facts),
        warning=_warning(rooms, attempt, visit.view),
        first_url=address_of(attempt, "/first"),
        recover_url=address_of(attempt, "/recover"),
        password=_password_form(rooms, attempt),
        clock=_clock(rooms, attempt),
        why=why_again(attempt.asked, visit.facts.session, rooms.outside.now()) if attempt.asked is not None else "",
    )


def _others(rooms: Neighbours, attempt: Attempt) -> tuple[OtherWay, ...]:
    further = ways_in(rooms, attempt.region)[1:]
    return tuple(OtherWay(title_of(rooms, name), address_of(attempt, f"/to/{name}")) for name in further)


def already_in(rooms: Neighbours, facts: Facts, urls: tuple[str, str]) -> AlreadyIn | None:
    """Who is signed in, as first name and initial: the computer may be shared. `urls`: to go on, to be somebody else."""
    person = rooms.directory.find_person(facts.session.person_id) if facts.session else None
    if person is None:
        return None
    return AlreadyIn(person.name, f"{person.surname[:1]}.", urls[0], urls[1])


def password_form_is_open(rooms: Neighbours, attempt: Attempt) -> bool:
    """Whether anybody of the region gets in by the password alone today, and the service would take it."""
    if attempt.asked is not None and not level_is_enough(attempt.asked, DIARY, Level.NOT_CONFIRMED.value):
        return False
    return entry_page(policy_of(rooms, attempt.region), rooms.outside.now()).password_form


def password_purpose(attempt: Attempt) -> str:
    """What a key of the password form is good for: its attempt, under the rules of one region."""
    return f"password:{attempt.id}:{attempt.region}"


def may_go_on(rooms: Neighbours, attempt: Attempt, facts: Facts) -> bool:
    """Whether "continue" leads anywhere: the live session may serve this attempt, and its person may still be here."""
    session = facts.session
    if session is None:
        return False
    if attempt.asked is not None and not session_may_be_chosen(attempt.asked, session, rooms.outside.now()):
        return False
    return rooms.standing.of(session.person_id, session.connector, session.level, session.authenticated_at).is_allowed


def may_choose_session(rooms: Neighbours, attempt: Attempt, facts: Facts) -> bool:
    """Whether the page asks: go on as who you are, or be somebody else?"""
    was_asked = attempt.asked is None or "select_account" in attempt.asked.prompt
    return was_asked and not attempt.refuses_session and facts.session is not None and may_go_on(rooms, attempt, facts)


def _clock(rooms: Neighbours, attempt: Attempt) -> ClockCheck | None:
    """Whose clock is wrong is told once."""
    if attempt.knows_clock:
        return None
    return ClockCheck(milliseconds(rooms.outside.now()), CLOCK_URL, address_of(attempt, "/clock/"))


def _already(rooms: Neighbours, attempt: Attempt, facts: Facts) -> AlreadyIn | None:
    if not may_choose_session(rooms, attempt, facts):
        return None
    return already_in(rooms, facts, (address_of(attempt, "/continue"), address_of(attempt, "/other")))


def _password_form(rooms: Neighbours, attempt: Attempt) -> PasswordForm | None:
    """No field at all where it is closed: people would type their Gosuslugi password into it."""
    if not attempt.region or not password_form_is_open(rooms, attempt):
        return None
    key = rooms.form_keys.issue(attempt.browser, password_purpose(attempt))
    return PasswordForm(address_of(attempt, "/password"), key, attempt.typed_login)


def _banner(rooms: Neighbours, attempt: Attempt) -> Banner | None:
    """Trouble first, since it is now; planned work may be a week away."""
    now, zone = rooms.outside.now(), policy_of(rooms, attempt.region).zone
    if rooms.health.trouble_since(DIRECTORY) is not None:
        return Banner(checked_at=now, zone=zone, is_directory=True)
    for name in ways_in(rooms, attempt.region):
        if rooms.health.trouble_since(name) is not None:
            return Banner(checked_at=now, zone=zone, upstream=title_of(rooms, name))
    planned = rooms.planned.announced(now)
    return Banner(starts_at=planned[0], ends_at=planned[1], zone=zone) if planned else None


def _warning(rooms: Neighbours, attempt: Attempt, view: View) -> str | None:
    if not attempt.region:
        return None
    warning = entry_page(policy_of(rooms, attempt.region), rooms.outside.now()).warning
    if warning is None:
        return None
    return warning.ru if view.language == "ru" else warning.en
