"""What belongs to a person goes with the card that is kept, on either database, and comes back when a merge is undone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.audit.event import SYSTEM, Actor
from broker.cases.case import Failure, State
from broker.console.merge_actions import MergeDesk
from broker.console.refused import Refused
from broker.console.school_duplicates import DuplicateDesk
from broker.directory.contact import Kind
from broker.directory.credentials import Credentials
from broker.directory.password_hash import PasswordHash
from broker.directory.pauses import PauseReason
from broker.directory.school_cards import SchoolCards
from broker.directory.school_person import NotHere
from broker.foundation.outside import Outside
from broker.house import House, open_house
from broker.linking.evidence import Evidence
from broker.school_door import duplicate_desk
from broker.sessions.opening import Opening
from config.load import load_settings
from tests.rooms.directory.samples import document, school
from tests.rooms.directory.school_house import pupil
from tests.rooms.linking.samples import identity
from tests.support.passwords import CHEAP
from tests.support.town import make_tables

STAFF, SECURITY = Actor("staff", "p-admin"), Actor("operator", "support")
PASSWORD = "семь-зелёных-дверей"


@pytest.fixture(scope="module")
def master_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("merges") / "master.key"


@pytest.fixture
def house(master_key: Path, database_url: str, outside: Outside) -> Iterator[House]:
    settings = load_settings({
        "BROKER_DEPLOYMENT__ENVIRONMENT": "test",
        "BROKER_STORAGE__URL": database_url,
        "BROKER_KEYS__MASTER_KEY_FILE": str(master_key),
    })
    make_tables(settings)
    built = open_house(settings, outside)
    with built.app.app_context():
        yield built
    built.database.close()


class Twins:
    """Two cards of one school, of a test's own: PostgreSQL is shared by the tests of this file."""

    def __init__(self, house: House, tag: str, kept_login: str | None = None):
        self.kept, self.gone = f"p-{tag}-kept", f"p-{tag}-gone"
        named = {"name": f"Тимур{tag}"}
        people = (pupil(self.kept, login=kept_login, **named), pupil(self.gone, login=f"{tag}.login", **named))
        said = document(*people, schools=(school("29-001"),))
        house.directory.import_document(json.loads(json.dumps(said)), house.journal, SYSTEM)
        hashes = PasswordHash(house.outside.random, CHEAP)
        self.house = house
        self.credentials = Credentials(house.database, house.directory, house.journal, house.outside, hashes)
        self.desk: DuplicateDesk = duplicate_desk(house)
        self.cards: SchoolCards = house.schools.cards("29-001")

    def give_password(self, person_id: str) -> None:
        person = self.house.directory.find_person(person_id)
        assert person is not None
        self.credentials.set_password(person, self.credentials.prepare(person, PASSWORD), SYSTEM, accepts_rules=True)

    def holder(self, login: str) -> str | None:
        """Whom this login and the password open."""
        found = self.credentials.check(login, PASSWORD)
        return None if found is None or found.is_blocked else found.id

    def contacts(self, person_id: str) -> dict[str, tuple[str, bool]]:
        return {one.kind.value: (one.value, one.confirmed_at is not None) for one in self.house.contacts.of(person_id)}

    def items(self, person_id: str) -> dict[str, tuple[str, ...]]:
        return {one.client_id: one.items for one in self.house.consents.of_person(person_id)}

    def sign_in(self, person_id: str) -> None:
        self.house.sessions.open(Opening(person_id=person_id, connector="esia", level="confirmed", methods=(), region="29"))


def test_what_belongs_to_the_person_goes_with_the_kept_card(house: House) -> None:
    twins = Twins(house, "one")
    twins.give_password(twins.gone)
    house.contacts.put(twins.kept, Kind.EMAIL, "typed@example.org", SYSTEM)
    house.contacts.vouch(twins.gone, Kind.EMAIL, "true@example.org")
    house.contacts.vouch(twins.kept, Kind.PHONE, "+7 900 000-00-21")
    house.contacts.vouch(twins.gone, Kind.PHONE, "+7 900 000-00-22")
    house.consents.give("club", twins.kept, ("email",), house.journal)
    for client in ("club", "contest"):
        house.consents.give(client, twins.gone, ("email", "phone"), house.journal)
    case = house.cases.open(Failure(cause=3108, real_cause=3108, region="29", person_id=twins.gone))
    for person_id in (twins.kept, twins.gone):
        twins.sign_in(person_id)

    twins.desk.merge(twins.cards, twins.kept, twins.gone, STAFF)

    assert twins.kept == twins.holder("one.login")
    known = twins.credentials.of(twins.kept)
    assert known is not None and known.rules_accepted_at is not None
    assert {"email": ("true@example.org", True), "phone": ("+79000000021", True)} == twins.contacts(twins.kept)
    assert {"club": ("email",), "contest": ("phone", "email")} == twins.items(twins.kept)
    moved = house.cases.find(case.number)
    assert moved is not None
    assert (twins.kept, State.FIXED) == (moved.person_id, moved.state)
    assert (1, 0) == (len(house.sessions.of_person(twins.kept)), len(house.sessions.of_person(twins.gone)))

    twins.desk.undo(twins.cards, twins.desk.recent(twins.cards)[0].id, STAFF)

    assert twins.gone == twins.holder("one.login")
    left = twins.credentials.of(twins.kept)
    assert left is not None and not left.has_password
    assert twins.cards.get(twins.kept).person.login is None
    assert {"phone": ("+79000000021", True)} == twins.contacts(twins.kept)
    assert {"club": ("email",)} == twins.items(twins.kept)
    back = house.cases.find(case.number)
    assert back is not None and twins.gone == back.person_id
    assert () == tuple(house.sessions.of_person(twins.kept))


def test_what_the_kept_card_has_it_keeps_and_a_pause_shuts_it(house: House) -> None:
    twins = Twins(house, "two", "two.kept")
    for person_id in (twins.kept, twins.gone):
        twins.give_password(person_id)
    kept_login = twins.cards.get(twins.kept).person.login
    gone = twins.cards.get(twins.gone).person
    twins.credentials.change_login(gone, "two.again", SYSTEM)
    house.pauses.pause(twins.gone, PauseReason.FAMILY, Actor("cli", "op"))
    twins.sign_in(twins.kept)

    twins.desk.merge(twins.cards, twins.kept, twins.gone, STAFF)

    kept = twins.credentials.of(twins.kept)
    assert kept is not None and kept.login_changed_at is not None
    assert (kept_login, None) == (twins.cards.get(twins.kept).person.login, twins.holder("two.again"))
    pause = house.pauses.find(twins.kept)
    assert pause is not None and not pause.is_schools
    assert () == tuple(house.sessions.of_person(twins.kept))


@pytest.mark.parametrize("is_kept", [True, False])
def test_the_school_says_two_people_and_who_was_stopped_may_try_again(house: House, is_kept: bool) -> None:
    twins = Twins(house, "three")
    case = house.cases.open(Failure(cause=3108, real_cause=3108, region="29", person_id=twins.kept if is_kept else twins.gone))

    twins.desk.keep_apart(twins.cards, twins.kept, twins.gone, STAFF)

    found = house.cases.find(case.number)
    assert found is not None and State.FIXED is found.state
    assert {(twins.gone, twins.kept)} == house.directory.kept_apart([twins.kept, twins.gone])


class TestAcrossSchools:
    """`broker people merge`: what neither school may do alone."""

    def twins(self, house: House, tag: str) -> MergeDesk:
        named = {"name": f"Олег{tag}"}
        people = (
            pupil(f"p-{tag}-kept", login=None, **named),
            pupil(f"p-{tag}-gone", school_id="29-002", login=f"{tag}.login", **named),
            pupil(f"p-{tag}-other", login=None, name="Совсем"),
        )
        said = document(*people, schools=(school("29-001"), school("29-002")))
        house.directory.import_document(json.loads(json.dumps(said)), house.journal, SYSTEM)
        return MergeDesk(house.directory, house.schools, duplicate_desk(house))

    def test_two_schools_become_one_card_and_no_school_undoes_it(self, house: House) -> None:
        desk = self.twins(house, "far")
        case = house.cases.open(Failure(cause=3108, real_cause=3108, region="29", person_id="p-far-gone"))
        near, far = house.schools.cards("29-001"), house.schools.cards("29-002")
        with pytest.raises(NotHere):
            desk.duplicates.merge(near, "p-far-kept", "p-far-gone", STAFF)

        desk.merge("p-far-kept", "p-far-gone", "school 29-002 has asked", SECURITY)

        kept = house.directory.find_person("p-far-kept")
        assert kept is not None and ["29-001", "29-002"] == sorted(held.school.id for held in kept.memberships)
        moved = house.cases.find(case.number)
        assert moved is not None and ("p-far-kept", State.FIXED) == (moved.person_id, moved.state)
        told = [entry.record for entry in house.journal.tail(50) if entry.record.name == "card.changed"]
        assert {"29-001", "29-002"} <= {record.fields["school_id"] for record in told}, told
        for cards in (near, far):
            assert [] == [one for one in desk.duplicates.recent(cards) if one.kept_id == "p-far-kept"]

    @pytest.mark.parametrize(("kept", "gone", "reason"), [
        ("p-no-kept", "p-no-kept", "one and the same"),
        ("p-no-kept", "p-no-other", "not alike"),
        ("p-no-kept", "p-nobody", "nobody"),
        ("p-no-kept", "p-no-gone", " "),
    ])  # fmt: skip
    def test_what_cannot_be_one_person_stays_two(self, house: House, kept: str, gone: str, reason: str) -> None:
        desk = self.twins(house, "no")

        with pytest.raises(Refused):
            desk.merge(kept, gone, reason, SECURITY)

        assert house.directory.find_by_login("no.login") is not None

    def test_two_links_are_for_the_support_to_choose_from(self, house: House) -> None:
        desk = self.twins(house, "both")
        for person_id in ("p-both-kept", "p-both-gone"):
            house.links.tie(identity(subject=person_id), person_id, Evidence.DIARY_PASSWORD, "v", SYSTEM)

        with pytest.raises(Refused, match="unlink"):
            desk.merge("p-both-kept", "p-both-gone", "their parent has asked", SECURITY)
