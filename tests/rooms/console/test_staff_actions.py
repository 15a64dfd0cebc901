"""Who is staff: the first officer by one link, later ones by officers, and nobody locked out of the house."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from broker.audit.event import Actor
from broker.console.cli.main import COMMANDS, main
from broker.console.refused import Refused
from broker.console.rights import DANGEROUS, PUBLIC, RIGHTS, Action, NotAllowedTo, StaffRole, may, require_right, rights_of
from broker.console.staff_actions import OFFICER, StaffDesk
from broker.console.staff_by_two import StaffByTwo
from broker.custody.two_people import TwoPeople
from broker.directory.document import STAFF_ROLES
from broker.directory.staff_store import StaffRoles
from broker.passkeys.store import PasskeyStore, StaffLinks
from broker.passkeys.wire import Made
from tests.rooms.console.conftest import STAFF, Office
from tests.rooms.directory.samples import document, person, place
from tests.support.clock import Clock

AT_THE_MACHINE = Actor("cli", "root")
Run = Callable[..., dict[str, Any]]


class TestRights:
    def test_every_role_and_every_action_is_in_the_table(self) -> None:
        assert set(StaffRole) == set(RIGHTS)
        assert set(Action) == frozenset().union(*RIGHTS.values()) | PUBLIC
        assert {role.value for role in StaffRole} - {"operator", "school_administrator"} == set(STAFF_ROLES)

    def test_people_of_a_school_and_words_nobody_knows_may_nothing_here(self) -> None:
        assert {Action.RUN_SCHOOL} == rights_of(["school_administrator"])
        assert set() == rights_of(["pupil", "owner", ""])
        with pytest.raises(NotAllowedTo):
            require_right(["auditor"], Action.REVOKE_KEY)

    def test_an_auditor_changes_nothing_and_a_registrar_sees_no_keys(self) -> None:
        changing = {action for action in rights_of(["auditor"]) if not action.value.endswith(".see")}

        assert {
            Action.KEEP_OWN_PASSKEYS, Action.CHANGE_OWN_PASSKEYS, Action.EXPORT_AUDIT, Action.CHECKPOINT_AUDIT,
            Action.REVEAL_NAME,
        } == changing  # fmt: skip
        assert not may(["registrar"], Action.SEE_KEYS)
        assert not may(["security_officer"], Action.APPROVE_CLIENT), "who guards the keys does not open the data"

    def test_the_second_of_two_people_is_never_the_machine(self) -> None:
        assert not may(["operator"], Action.CONFIRM_REQUEST)
        assert Action.CONFIRM_REQUEST in DANGEROUS

    def test_every_command_states_something_the_operator_may(self) -> None:
        assert [] == [command.words for command in COMMANDS if not may(["operator"], command.action)]


@pytest.fixture
def desk(office: Office) -> StaffDesk:
    return desk_of(office)


def desk_of(office: Office) -> StaffDesk:
    """The house of three teachers who are nobody of the staff yet."""
    people = [person(name, memberships=[place(role="teacher")]) for name in ("p-anna", "p-boris", "p-vera")]
    office.people_desk.import_document(document(*people), STAFF, is_dry_run=False)
    return StaffDesk(
        database=office.database,
        roles=StaffRoles(office.database),
        passkeys=PasskeyStore(office.database, office.outside),
        links=StaffLinks(office.database, office.outside),
        journal=office.journal,
        origin="https://signin.example",
        two_people=TwoPeople(office.database, office.journal, office.outside, str.__eq__, is_officer(office)),
    )


def is_officer(office: Office) -> Callable[[str], bool]:
    return lambda person_id: (person_id, OFFICER) in StaffRoles(office.database).all()


def with_passkey(desk: StaffDesk, person_id: str) -> str:
    with desk.database.work():
        return desk.passkeys.add(person_id, "ключ", Made(person_id.encode(), b"public", 0, False))


def code(told: Any) -> str:
    address, _, secret = str(told["link"]).partition("#")
    assert "https://signin.example/admin/start" == address
    return secret


class TestFirstOfficer:
    def test_whoever_opens_the_link_is_the_first_officer_once(self, desk: StaffDesk, office: Office) -> None:
        link = code(desk.first_officer(AT_THE_MACHINE))

        desk.use_link(link, "p-anna")

        assert (("p-anna", OFFICER),) == desk.roles.all()
        with pytest.raises(Refused):
            desk.use_link(link, "p-boris")
        assert ["staff_link.made", "staff_role.given", "staff_link.used"] == [name for name, _ in office.events()][-3:]
        assert link not in json.dumps(office.events()), "no secret in the journal"

    def test_there_is_no_second_first_officer(self, desk: StaffDesk) -> None:
        early = code(desk.first_officer(AT_THE_MACHINE))
        desk.add("p-anna", OFFICER, AT_THE_MACHINE)
        with_passkey(desk, "p-anna")

        with pytest.raises(Refused):
            desk.first_officer(AT_THE_MACHINE)
        with pytest.raises(Refused):
            desk.use_link(early, "p-boris")
        assert desk.find_link(early) is None

    def test_a_link_lasts_a_day(self, desk: StaffDesk, clock: Clock) -> None:
        link = code(desk.first_officer(AT_THE_MACHINE))
        clock.advance(timedelta(hours=24))

        with pytest.raises(Refused):
            desk.use_link(link, "p-anna")


class TestLaterOnes:
    def test_somebody_new_gets_a_link_of_their_own(self, desk: StaffDesk) -> None:
        link = code(desk.add("p-anna", "auditor", AT_THE_MACHINE))

        with pytest.raises(Refused):
            desk.use_link(link, "p-boris")
        desk.use_link(link, "p-anna")
        with_passkey(desk, "p-anna")
        assert "link" not in desk.add("p-anna", "support", AT_THE_MACHINE), "who has a passkey needs no link"
        assert [{"person_id": "p-anna", "roles": ["auditor", "support"], "passkeys": 1}] == desk.all()["staff"]

    @pytest.mark.parametrize(("person_id", "role"), [("nobody", "auditor"), ("p-anna", "owner"), ("p-anna", "pupil")])
    def test_neither_strangers_nor_invented_roles(self, desk: StaffDesk, person_id: str, role: str) -> None:
        with pytest.raises(Refused):
            desk.add(person_id, role, AT_THE_MACHINE)

    def test_the_only_officer_with_a_passkey_cannot_be_removed(self, desk: StaffDesk) -> None:
        for name in ("p-anna", "p-boris"):
            desk.add(name, OFFICER, AT_THE_MACHINE)
        with_passkey(desk, "p-anna")

        with pytest.raises(Refused):
            desk.remove("p-anna", "", AT_THE_MACHINE, officers_too=True)
        with_passkey(desk, "p-boris")
        desk.remove("p-anna", "", AT_THE_MACHINE, officers_too=True)
        assert () == desk.passkeys.of_person("p-anna"), "with the last role the passkeys go"
        assert (("p-boris", OFFICER),) == desk.roles.all()

    def test_the_last_officer_stays_also_without_a_passkey(self, desk: StaffDesk) -> None:
        desk.add("p-anna", OFFICER, AT_THE_MACHINE)
        with pytest.raises(Refused, match="last officer"):
            desk.remove("p-anna", OFFICER, AT_THE_MACHINE, officers_too=True)
        desk.add("p-boris", OFFICER, AT_THE_MACHINE)
        desk.remove("p-anna", OFFICER, AT_THE_MACHINE, officers_too=True)

    def test_one_keeps_ones_last_passkey_and_another_officer_takes_it(self, desk: StaffDesk) -> None:
        desk.add("p-anna", "auditor", AT_THE_MACHINE)
        only = with_passkey(desk, "p-anna")

        with pytest.raises(Refused):
            desk.remove_passkey("p-anna", only, Actor("staff", "p-anna"))
        desk.remove_passkey("p-anna", only, Actor("staff", "p-boris"))
        assert "link" in desk.new_link("p-anna", AT_THE_MACHINE)


class TestTwoOfficers:
    """`p-anna` and `p-boris` are officers with passkeys; `p-vera` is to join, or to go."""

    ANNA, BORIS = Actor("staff", "p-anna"), Actor("staff", "p-boris")

    @pytest.fixture(autouse=True)
    def officers(self, desk: StaffDesk) -> None:
        for name in ("p-anna", "p-boris"):
            desk.add(name, OFFICER, AT_THE_MACHINE)
            with_passkey(desk, name)

    def test_an_officer_goes_when_a_second_one_agrees(self, desk: StaffDesk, office: Office) -> None:
        for role in (OFFICER, "auditor"):
            desk.add("p-vera", role, AT_THE_MACHINE)
        with_passkey(desk, "p-vera")

        asked = StaffByTwo(desk).remove("p-vera", "", self.ANNA)
        assert [("p-vera", "staff.leaves")] == [(one["person_id"], one["act"]) for one in StaffByTwo(desk).waiting()["waiting"]]
        assert ("p-vera", OFFICER) in desk.roles.all(), "nothing has happened yet"
        with pytest.raises(Refused, match="Another human being"):
            StaffByTwo(desk).agree(asked["request"], self.ANNA)
        assert ["auditor", OFFICER] == StaffByTwo(desk).agree(asked["request"], self.BORIS)["removed"]

        assert () == desk.passkeys.of_person("p-vera")
        said = [fields for name, fields in office.events() if name.startswith("two_people")]
        assert ["", ""] == [fields["about"] for fields in said], "the chain knows people by aliases"
        assert ["p-vera", "p-vera"] == [fields["person_id"] for fields in said]

    def test_the_role_alone_may_go_and_others_need_no_second(self, desk: StaffDesk) -> None:
        for role in (OFFICER, "auditor"):
            desk.add("p-vera", role, AT_THE_MACHINE)
        with_passkey(desk, "p-vera")
        asked = StaffByTwo(desk).remove("p-vera", OFFICER, self.ANNA)
        assert [OFFICER] == StaffByTwo(desk).agree(asked["request"], self.BORIS)["removed"]
        assert 1 == len(desk.passkeys.of_person("p-vera"))
        assert ["auditor"] == StaffByTwo(desk).remove("p-vera", "auditor", self.ANNA)["removed"]

    def test_the_last_one_with_a_passkey_is_not_even_asked_about(self, desk: StaffDesk) -> None:
        asked = StaffByTwo(desk).remove("p-boris", "", self.ANNA)
        desk.remove("p-anna", "", AT_THE_MACHINE, officers_too=True)
        with pytest.raises(Refused, match="last officer"):
            StaffByTwo(desk).remove("p-boris", "", self.ANNA)
        # Who asked is an officer no more, so nobody can agree.
        with pytest.raises(Refused, match="decided, over"):
            StaffByTwo(desk).agree(asked["request"], self.BORIS)
        assert (("p-boris", OFFICER),) == desk.roles.all()

    def test_who_becomes_an_officer_a_moment_before_stays_one(self, desk: StaffDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        desk.add("p-vera", "auditor", AT_THE_MACHINE)
        look = StaffDesk.leaving

        def look_too_early(desk: StaffDesk, person_id: str, role: str) -> list[str]:
            found = look(desk, person_id, role)
            monkeypatch.setattr(StaffDesk, "leaving", look)
            desk.add(person_id, OFFICER, AT_THE_MACHINE)
            return found

        monkeypatch.setattr(StaffDesk, "leaving", look_too_early)
        with pytest.raises(Refused, match="a second officer has to agree"):
            StaffByTwo(desk).remove("p-vera", "", self.ANNA)
        assert {("p-vera", OFFICER), ("p-vera", "auditor")} <= set(desk.roles.all())

    def test_a_request_ends_with_the_role_of_who_asked_for_good(self, desk: StaffDesk, office: Office) -> None:
        asked = StaffByTwo(desk).add("p-vera", OFFICER, self.ANNA)
        desk.remove("p-anna", OFFICER, AT_THE_MACHINE, officers_too=True)
        assert {"waiting": []} == StaffByTwo(desk).waiting()
        assert "two_people.withdrawn" in [name for name, _ in office.events()]
        desk.add("p-anna", OFFICER, AT_THE_MACHINE)
        with pytest.raises(Refused, match="decided, over"):
            StaffByTwo(desk).agree(asked["request"], self.BORIS)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line on an empty disk."""
    monkeypatch.setenv("BROKER_DEPLOYMENT__ENVIRONMENT", "test")
    monkeypatch.setenv("BROKER_STORAGE__URL", f"sqlite:///{tmp_path}/broker.sqlite")
    monkeypatch.setenv("BROKER_KEYS__MASTER_KEY_FILE", str(tmp_path / "keys" / "master.key"))
    monkeypatch.setenv("BROKER_KEYS__MAKE_MASTER_KEY", "false")

    def call(*words: str) -> dict[str, Any]:
        status = main([*words, "--json"])
        said = capsys.readouterr()
        return json.loads(said.out) if status == 0 else {"refused": said.err}

    return call


def test_init_makes_what_is_missing_and_nothing_twice(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "keys" / "master.key"

    first = run("init")
    made = file.read_text()
    again = run("init")

    assert ("made", "kept") == (first["master_key"], again["master_key"])
    assert made == file.read_text()
    assert 0o600 == file.stat().st_mode & 0o777
    assert first["link"].startswith("http://127.0.0.1:8000/admin/start#")
    assert first["link"] != again["link"]
    assert run("keys", "status")["can_sign"]
    assert [] == run("staff", "list")["staff"]


def test_init_makes_no_new_master_key_for_a_database_with_keys(run: Run, tmp_path: Path) -> None:
    run("init")
    (tmp_path / "keys" / "master.key").unlink()

    assert "bring it back" in run("init")["refused"]
    assert not (tmp_path / "keys" / "master.key").exists()
