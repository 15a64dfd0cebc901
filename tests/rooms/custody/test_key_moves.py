"""The plan is followed by whoever goes round, one step at a time, each with its event; evidence holds a promotion back."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from broker.audit.event import SYSTEM, Actor
from broker.custody import key_moves
from broker.custody.evidence import PromotionHeld
from broker.custody.key_moves import Override
from broker.custody.settings import CustodySettings
from broker.foundation.outside import Outside, real_outside
from broker.storage.database import Database
from keys.signing import rotation
from keys.signing.key import Family, KeyState, KeyUse
from keys.signing.lifecycle import MoveRefused
from keys.store import Changes, MovedTooLate
from tests.rooms.custody.key_house import SHORT, KeyHouse, key_house, service
from tests.rooms.keys.vaults import kid_of
from tests.support.clock import Clock, nothing_answers
from tests.support.databases import open_database

OFFICER = Actor("staff", "officer-1")
SECOND = timedelta(seconds=1)
CLAIMS = {"sub": "1"}
DIARY, APP = service("diary"), service("app", token_endpoint_auth_method="none")


@pytest.fixture
def house(sqlite_database: Database, outside: Outside) -> KeyHouse:
    return key_house(sqlite_database, outside)


class TestTick:
    def test_the_whole_life_of_a_key_by_the_plan(self, database: Database, outside: Outside, clock: Clock) -> None:
        house = key_house(database, outside)
        first = house.of(Family.P256)[KeyState.SIGNING][0]
        begun = clock.at
        seen: list[tuple[float, str]] = []
        while clock.at < begun + timedelta(seconds=190):
            for key in house.office.moves.tick():
                if key.family is Family.P256:
                    name = "old" if key.kid == first.kid else "new"
                    seen.append(((clock.at - begun).total_seconds(), f"{name} {key.state.value}"))
            clock.advance(SECOND)

        assert [
            (80, "new announced"), (100, "new signing"), (100, "old verifying"),
            (134, "old retired"), (180, "new announced"), (184, "old destroyed"),
        ] == seen  # fmt: skip
        names = [entry.name for entry in house.told() if first.kid in entry.fields.values()]
        assert ["key.promoted", "key.retired", "key.reported", "key.destroyed"][:2] == names[:2]
        assert "key.destroyed" == names[-1]
        assert {SYSTEM} == {entry.actor for entry in house.told()}

    def test_whoever_slept_catches_up_and_skips_no_announcement(self, house: KeyHouse, clock: Clock) -> None:
        before = kid_of(house.vault.ring.sign(CLAIMS, "ES256"))
        clock.advance(timedelta(days=400))

        woken = house.office.moves.tick()

        assert {KeyState.ANNOUNCED} == {key.state for key in woken}
        assert before == kid_of(house.vault.ring.sign(CLAIMS, "ES256"))
        assert () == house.office.moves.tick()
        clock.advance(SHORT.announced_for - SECOND)
        assert () == house.office.moves.tick()
        clock.advance(SECOND)
        assert {KeyState.SIGNING, KeyState.VERIFYING} == {key.state for key in house.office.moves.tick()}

    def test_two_processes_make_every_move_once(self, sqlite_database: Database, outside: Outside, clock: Clock) -> None:
        houses = [key_house(sqlite_database, outside) for _ in range(2)]
        for _ in range(120):
            for house in houses:
                house.office.moves.tick()
            clock.advance(SECOND)

        told = [(entry.name, entry.fields["kid"]) for entry in houses[0].told()]
        assert len(told) == len(set(told))
        assert 4 == sum(name == "key.promoted" for name, _kid in told)

    def test_a_move_that_another_process_made_is_nothing(self, sqlite_database: Database, outside: Outside, clock: Clock) -> None:
        one, other = (key_house(sqlite_database, outside) for _ in range(2))
        clock.advance(timedelta(seconds=80))
        due = one.vault.keeper.due(clock.at)
        other.office.moves.tick()

        assert () == one.vault.keeper.make(due[0])

    def test_a_change_that_takes_too_long_is_not_made(
        self, house: KeyHouse, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock.advance(timedelta(seconds=80))
        real = rotation.keep

        def slow(*said: Any) -> object:
            made = real(*said)
            clock.advance(SHORT.reload_every + SECOND)
            return made

        monkeypatch.setattr(rotation, "keep", slow)
        with pytest.raises(MovedTooLate):
            house.office.moves.tick()
        monkeypatch.undo()

        assert [] == house.of(Family.RSA)[KeyState.ANNOUNCED] == house.told()
        assert len(house.office.moves.tick()) == len(Family) + 1


class TestRounds:
    def test_a_round_looks_once_every_while_and_shows_what_it_found(self, house: KeyHouse, clock: Clock) -> None:
        shown: list[tuple[float, float, Mapping[str, int]]] = []
        house.office.rounds.show_to(lambda *said: shown.append(said))
        house.office.rounds.step()
        house.office.rounds.step()
        assert [(clock.at.timestamp(), 80.0, 4)] == [(at, ahead, states["signing"]) for at, ahead, states in shown]

        clock.advance(timedelta(seconds=80))
        house.office.rounds.step()

        assert (20.0, 4) == (shown[-1][1], shown[-1][2]["announced"])

    def test_where_the_workers_make_no_moves(self, sqlite_database: Database, outside: Outside, clock: Clock) -> None:
        house = key_house(sqlite_database, outside, custody=CustodySettings(enabled=False))
        clock.advance(timedelta(seconds=80))

        house.office.rounds.step()

        assert [] == house.told()


class TestByHand:
    def test_rotate_goes_as_far_as_is_safe(self, house: KeyHouse, clock: Clock) -> None:
        rotate = house.office.moves.rotate
        first = rotate("ES256", KeyUse.TOKENS, OFFICER)
        assert (KeyState.ANNOUNCED, KeyState.SIGNING) == (first.moved[0].state, first.next_to)
        assert clock.at + timedelta(seconds=14) == first.next_at
        assert () == rotate("ES256", KeyUse.TOKENS, OFFICER).moved

        clock.advance(timedelta(seconds=14))
        second = rotate("ES256", KeyUse.TOKENS, OFFICER)

        assert [KeyState.SIGNING, KeyState.VERIFYING] == [key.state for key in second.moved]
        assert (KeyState.RETIRED, clock.at + timedelta(seconds=34)) == (second.next_to, second.next_at)
        assert [OFFICER.kind] * 2 == [entry.actor.kind for entry in house.told()]

    def test_nothing_but_a_revocation_skips_the_announcement(self, house: KeyHouse) -> None:
        announced = house.office.moves.announce("ES256", KeyUse.TOKENS, OFFICER)
        with pytest.raises(MoveRefused):
            house.office.moves.promote(announced.kid, OFFICER, Override("in a hurry"))
        signer = house.of(Family.P256)[KeyState.SIGNING][0]
        with pytest.raises(MoveRefused):
            house.office.moves.retire(signer.kid, OFFICER)

        house.office.moves.revoke(signer.kid, OFFICER)

        assert [announced.kid] == [key.kid for key in house.of(Family.P256)[KeyState.SIGNING]]
        assert {"kid": signer.kid, "replaced_by": announced.kid} == house.told()[-1].fields

    def test_an_event_stands_only_with_its_move(self, house: KeyHouse) -> None:
        with pytest.raises(ZeroDivisionError), house.database.work():
            house.office.moves.announce("RS256", KeyUse.TOKENS, OFFICER)
            raise ZeroDivisionError

        assert [] == house.told() == house.of(Family.RSA)[KeyState.ANNOUNCED]


class TestEvidence:
    @pytest.fixture
    def house(self, database: Database, outside: Outside) -> KeyHouse:
        return key_house(database, outside, {"diary": DIARY, "app": APP})

    def asked(self, house: KeyHouse, *places: str) -> None:
        for place in places:
            house.office.sightings.asked(place, DIARY)
        house.office.rounds.write_down()

    def fetched(self, house: KeyHouse, place: str) -> None:
        house.office.sightings.fetched(place)
        house.office.rounds.write_down()

    def test_a_service_that_has_not_fetched_the_key_holds_it(self, house: KeyHouse, clock: Clock) -> None:
        self.asked(house, "192.0.2.1", "192.0.2.2")
        self.fetched(house, "192.0.2.1")
        announced = house.office.moves.announce("RS256", KeyUse.TOKENS, OFFICER)
        clock.advance(SHORT.announced_for)
        self.fetched(house, "203.0.113.9")

        assert [] == [key for key in house.office.moves.tick() if key.kid == announced.kid]
        with pytest.raises(PromotionHeld) as held:
            house.office.moves.promote(announced.kid, OFFICER)
        assert (["diary"], 1) == ([one.client_id for one in held.value.evidence.unseen], held.value.evidence.strangers)

        self.fetched(house, "192.0.2.2")
        moved = house.office.moves.tick()

        assert announced.kid == moved[0].kid
        fields = house.told("key.promoted")[-1].fields
        assert (["diary"], [], False) == (fields["seen"], fields["unseen"], fields["overridden"])

    def test_an_override_is_written_down_with_its_reason(self, house: KeyHouse, clock: Clock) -> None:
        self.asked(house, "192.0.2.1")
        announced = house.office.moves.announce("RS256", KeyUse.TOKENS, OFFICER)
        clock.advance(SHORT.announced_for)

        house.office.moves.promote(announced.kid, OFFICER, Override("the diary is being replaced"))

        told = house.told("key.promoted")[-1]
        assert (["diary"], True, "the diary is being replaced") == tuple(
            told.fields[name] for name in ("unseen", "overridden", "why")
        )
        assert OFFICER == told.actor

    def test_who_need_not_be_seen(self, house: KeyHouse, clock: Clock) -> None:
        house.office.sightings.asked("198.51.100.1", APP)
        house.office.rounds.write_down()
        announced = house.office.moves.announce("RS256", KeyUse.TOKENS, OFFICER)
        other = house.office.moves.announce("EdDSA", KeyUse.TOKENS, OFFICER)
        assert ["browsers"] == [one.how for one in house.office.book.evidence_of(announced).seen]
        self.asked(house, "192.0.2.1")
        assert ["diary"] == [one.client_id for one in house.office.book.evidence_of(announced).unseen]
        # Nothing of theirs is signed with it.
        assert () == house.office.book.evidence_of(other).all
        assert () == house.office.book.evidence_of(house.of(Family.ED25519, KeyUse.AUDIT)[KeyState.SIGNING][0]).all

        house.office.book.checked("diary", passed=True)
        assert ["checked"] == [one.how for one in house.office.book.evidence_of(announced).seen if one.client_id == "diary"]
        house.office.book.checked("diary", passed=False)
        assert {"diary": clock.at} == house.office.book.failed_checks()
        assert ["diary"] == [one.client_id for one in house.office.book.evidence_of(announced).unseen]
        clock.advance(timedelta(days=14, seconds=1))
        assert () == house.office.book.evidence_of(announced).all

    def test_a_service_that_is_excused(self, database: Database, outside: Outside) -> None:
        house = key_house(database, outside, {"diary": DIARY}, custody=CustodySettings(never_fetches=("diary",)))
        self.asked(house, "192.0.2.1")
        announced = house.office.moves.announce("RS256", KeyUse.TOKENS, OFFICER)

        assert ["never_fetches"] == [one.how for one in house.office.book.evidence_of(announced).seen]

    def test_what_was_noted_survives_a_database_that_is_away(
        self, house: KeyHouse, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        house.office.moves.announce("RS256", KeyUse.TOKENS, OFFICER)
        house.office.sightings.fetched("192.0.2.1")
        monkeypatch.setattr(house.database, "work", lambda: 1 / 0)
        assert house.office.rounds.step() is False
        assert ["a round of keys was not finished"] == [record.message for record in caplog.records]
        monkeypatch.undo()

        taken = house.office.sightings.take()

        assert ["192.0.2.1"] == [one.place for one in taken]

    def test_the_same_is_noted_once_an_hour(self, house: KeyHouse, clock: Clock) -> None:
        house.office.moves.announce("RS256", KeyUse.TOKENS, OFFICER)
        for _ in range(3):
            house.office.sightings.fetched("192.0.2.1")
            house.office.sightings.asked("192.0.2.1", DIARY)
        assert 2 == len(house.office.sightings.take())
        clock.advance(timedelta(hours=1))
        house.office.sightings.asked("192.0.2.1", DIARY)
        assert 1 == len(house.office.sightings.take())

    def test_old_evidence_is_forgotten(self, house: KeyHouse, clock: Clock) -> None:
        house.office.moves.announce("RS256", KeyUse.TOKENS, OFFICER)
        self.fetched(house, "192.0.2.1")
        self.asked(house, "192.0.2.1")
        assert 0 == house.office.book.tidy()
        clock.advance(timedelta(days=401))
        assert 2 == house.office.book.tidy()


# Where a process can die in a move: after each statement that changes a row, and on both sides of the commit.
STEPS = ("add_key", "move", "empty", "before event", "before commit", "after commit")
TICKED_AT: dict[str, tuple[int, ...]] = {"add_key": (), "empty": (80, 100, 134, 180)}
DIES_AT = {"add_key": 80, "empty": 184}


@pytest.mark.parametrize("step", STEPS)
def test_whoever_dies_in_a_move_leaves_what_the_next_tick_completes(
    sqlite_url: str, sqlite_database: Database, clock: Clock, outside: Outside, step: str
) -> None:
    house = key_house(sqlite_database, outside)
    begun = clock.at
    for seconds in TICKED_AT.get(step, (80,)):
        clock.at = begun + timedelta(seconds=seconds)
        house.office.moves.tick()
    clock.at = begun + timedelta(seconds=DIES_AT.get(step, 100))
    before = {key.kid: key.state for key in house.vault.keeper.all()}
    told = len(house.told())

    process = multiprocessing.get_context("spawn").Process(target=die_in_a_tick, args=(sqlite_url, clock, step))
    process.start()
    process.join(60)

    assert 9 == process.exitcode
    moved = {key.kid: key.state for key in house.vault.keeper.all()} != before
    assert moved is (step == "after commit")
    assert moved is (len(house.told()) > told)
    completed = house.office.moves.tick()
    assert completed or moved
    assert () == house.office.moves.tick()
    for family in Family:
        assert 1 == len(house.of(family)[KeyState.SIGNING])
    assert house.journal.verify().is_whole


def die_in_a_tick(url: str, clock: Clock, step: str) -> None:
    """A worker that is killed in the middle of its first move."""

    def killed(*_said: object, **_more: object) -> None:
        os._exit(9)

    app, database = open_database(url)
    with app.app_context():
        real = real_outside(nothing_answers)
        house = key_house(database, Outside(clock.now, real.random, real.send))
        if step in ("add_key", "move", "empty"):
            done = getattr(Changes, step)
            setattr(Changes, step, lambda *said: (done(*said), killed()))
        elif step == "before event":
            key_moves._told = killed  # type: ignore[assignment]
        elif step == "before commit":
            append = house.journal.append
            house.journal.append = lambda *said: (append(*said), database.before_commit(killed))  # type: ignore[method-assign, assignment]
        else:
            append = house.journal.append
            house.journal.append = lambda *said: (append(*said), database.after_commit(killed))  # type: ignore[method-assign, assignment]
        house.office.moves.tick()
