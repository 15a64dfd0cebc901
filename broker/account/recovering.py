"""What the pages of recovery do. Nothing here lets anybody see whether a login, phone or e-mail is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from broker.account.posted import Stopped
from broker.account.room import AccountRoom
from broker.audit.catalogue_own import PasswordRecovered, RecoveryAsked
from broker.audit.event import SYSTEM, Actor
from broker.cases.case import Failure
from broker.directory.contact import Contact, Kind, form_of
from broker.directory.credentials import NewPassword
from broker.directory.person import Person
from broker.foundation.encoding import digest
from broker.foundation.outside import monotonic
from broker.limits.guesses import sms_limit
from broker.limits.limits import Limit
from broker.limits.places import place_of
from broker.messages.outbox import Channel, Letter
from broker.screens.view import Language

TOO_MANY, TOO_OFTEN = 1011, 6004
_REQUEST = "account.recovery"
_CODE_LIVES = timedelta(minutes=15)
_CHANNELS = {Kind.EMAIL: Channel.MAIL, Kind.PHONE: Channel.SMS}
_LONGEST_NAME = 254


@contextmanager
def even_time(room: AccountRoom) -> Iterator[None]:
    """Whatever is done inside takes the same time: a letter that is written for somebody known must not be heard on the clock.

    Work that takes longer is rounded up to the next such span. Not to be used inside a unit of work.
    """
    begun, span = monotonic(), room.even_time.total_seconds()
    try:
        yield
    finally:
        room.pause(span - (monotonic() - begun) % span)


def refused_tries(room: AccountRoom, secret: str, address: str) -> Stopped | None:
    """One post of a form that tests a secret or makes a letter, counted per browser and per network address."""
    tries, limits = room.changing.tries, room.changing.limits
    here = (
        (Limit("secret.browser", tries.tries_per_browser, tries.tries_within), digest(secret)),
        (Limit("secret.address", tries.tries_per_address, tries.tries_within), place_of(address)),
    )
    for limit, who in here:
        counted = limits.spend(limit, who)
        if not counted.is_allowed:
            return Stopped(TOO_MANY, None, counted.opens_at)
    return None


def refused_name(room: AccountRoom, wish: str, unverified_name: str) -> Stopped | None:
    """One letter asked for by a name, counted for names that nobody has just the same. Who asks too often is sent to the school,
    with a number that it will find."""
    tries = room.changing.tries
    limit = Limit(f"recover.{wish}", tries.codes_per_name, tries.codes_within)
    counted = room.changing.limits.spend(limit, _one_form(unverified_name))
    if counted.is_allowed:
        return None
    return Stopped(TOO_OFTEN, None, counted.opens_at, number_for_school(room, TOO_OFTEN, unverified_name))


def number_for_school(room: AccountRoom, cause: int, unverified_name: str) -> str:
    """The number of today's case of this name: by a login the school sees whose it is, by anything else it finds out.

    Looking for people by phone or e-mail would join their cases, and the number would tell that two names are one person's.
    """
    person = room.belongings.directory.find_by_login(unverified_name[:_LONGEST_NAME].strip())
    failure = Failure(cause=cause, real_cause=cause, region="", person_id=person.id if person else None)
    return room.changing.numbers.number_of(_one_form(unverified_name), failure)


def _may_send(room: AccountRoom, contact: Contact) -> bool:
    """Whether a number may get one more SMS today; e-mail costs nobody anything. Silently: the page says the same."""
    if contact.kind is not Kind.PHONE:
        return True
    return room.changing.limits.spend(sms_limit(room.changing.tries), contact.value).is_allowed


def send_codes(room: AccountRoom, unverified_name: str, secret: str, language: Language) -> None:
    """Begin a recovery of this browser and write what there is to write. An older one of this browser gives way."""
    begun = room.changing.recovery.begin(unverified_name[:_LONGEST_NAME], secret)
    sendings = [sending for sending in begun.sendings if _may_send(room, sending.contact)]
    with room.database.work():
        for sending in sendings:
            said = {"code": sending.code} | ({"login": sending.login} if sending.kind == "code_for_login" else {})
            room.changing.outbox.put(_letter(sending.kind, sending.contact, language, (sending.person_id, said)))
        room.changing.journal.append(RecoveryAsked(wish="password"), SYSTEM)
    room.shelf.put(_REQUEST, digest(secret), begun.id.encode("ascii"), _CODE_LIVES)


def send_logins(room: AccountRoom, unverified_text: str, language: Language) -> None:
    """Write the login to everybody who has confirmed this phone or e-mail."""
    everybody = room.changing.recovery.logins_of(unverified_text[:_LONGEST_NAME])
    found = [one for one in everybody if _may_send(room, one[1])]
    with room.database.work():
        for person_id, contact, login in found:
            room.changing.outbox.put(_letter("login", contact, language, (person_id, {"login": login})))
        room.changing.journal.append(RecoveryAsked(wish="login"), SYSTEM)


def request_of(room: AccountRoom, secret: str) -> str | None:
    """The identifier of this browser's recovery, or None. It is kept here and in no address, so nobody can pass it on."""
    found = room.shelf.get(_REQUEST, digest(secret))
    return None if found is None else found.decode("ascii")


def find_proven(room: AccountRoom, secret: str) -> Person | None:
    """The person whose code this browser has shown; the proof stays."""
    request_id = request_of(room, secret)
    person_id = room.changing.recovery.find_proven(request_id, secret) if request_id is not None else None
    return room.belongings.directory.find_person(person_id) if person_id is not None else None


def take_proof(room: AccountRoom, secret: str, person: Person) -> bool:
    """Spend the proof that this browser is this person's: True once."""
    request_id = request_of(room, secret)
    return request_id is not None and room.changing.recovery.take(request_id, secret) == person.id


def set_recovered_password(room: AccountRoom, person: Person, password: NewPassword, language: Language) -> None:
    """The new password; every session of the person ends with the old one, and they are told."""
    actor, changing = Actor("person", person.id), room.changing
    with room.database.work():
        room.belongings.credentials.set_password(person, password, actor)
        ended = changing.sign_out.end_others(person.id, "", "password_recovered", actor)
        changing.notices.tell(person.id, "password_changed", language, link=f"{room.issuer}/recover")
        changing.journal.append(PasswordRecovered(person_id=person.id, sessions=len(ended)), actor)


def _letter(kind: str, contact: Contact, language: Language, about: tuple[str, dict[str, str]]) -> Letter:
    person_id, variables = about
    return Letter(kind, _CHANNELS[contact.kind], contact.value, language, person_id, variables)


def _one_form(unverified_name: str) -> str:
    """One form of a name for counting, however it is written."""
    text = unverified_name[:_LONGEST_NAME]
    forms = (form_of(kind, text) for kind in Kind)
    return next((form for form in forms if form is not None), text.strip().casefold())
