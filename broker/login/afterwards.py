"""What else follows from a sign-in: cases close, the card is completed, the person hears of a device not used before."""

from __future__ import annotations

from datetime import UTC, datetime

from broker.cases.case import CHILDREN_DIFFER, Failure
from broker.directory.person import Person
from broker.linking.facts import normal_fields
from broker.login.attempt import Attempt
from broker.login.kin_noted import kin_of, note_kin
from broker.login.neighbours import Neighbours
from broker.login.refusals import subject_of
from broker.screens.device_words import device_words
from broker.screens.view import Language

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def is_new_device(rooms: Neighbours, person_id: str, device: str) -> bool:
    """Whether the person has signed in before, and never on this kind of device. Ask before the session is opened."""
    return not rooms.sessions.knows_device(person_id, device) and bool(rooms.sessions.history(person_id, _EVER, 1))


def tell_of_device(rooms: Neighbours, person_id: str, device: str, said: tuple[Language, str]) -> None:
    """A letter about a sign-in on a new kind of device, in the unit of work that opens the session. `said`: language, region."""
    language, region = said
    policy = rooms.policies.of_region(region)
    rooms.notices.tell(
        person_id,
        "new_device",
        language,
        browser=device_words(rooms.screens.texts, language, device),
        region=policy.name_ru if language == "ru" else policy.name_en,
        time=str(rooms.screens.texts.value(language, rooms.outside.now(), policy.zone)),
        link=f"{rooms.issuer}/me/devices",
    )


def settle(rooms: Neighbours, attempt: Attempt, person: Person) -> None:
    """Part of the unit of work that opens the session. Gaps of the card are filled; what differs becomes a case of its own, and
    the cases that kept the person out are over."""
    identity, subject = attempt.identity, subject_of(rooms, attempt.identity)
    differing = rooms.synchronise.after(identity, person) if identity is not None else None
    causes = differing.causes if differing is not None else ()
    kin = kin_of(rooms, attempt, person)
    # What is not known to be equal now may differ still.
    still = causes if kin is not None and kin.is_equal else (*causes, CHILDREN_DIFFER)
    rooms.cases.close_of(person.id, subject, still)
    if kin is not None:
        note_kin(rooms, attempt, (person, subject), kin)
    if identity is None or differing is None or not causes:
        return
    rooms.cases.open(
        Failure(
            cause=causes[0],
            real_cause=causes[0],
            region=attempt.region,
            client_id=attempt.client_id,
            person_id=person.id,
            subject_print=subject,
            compared=tuple((field, gave.value) for field, gave in differing.compared),
            said=normal_fields(identity),
        )
    )
