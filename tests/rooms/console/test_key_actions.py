"""What commands say of keys: states with what comes next, the plan, refusals in a sentence, reports that need no house."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from broker.audit.event import Actor
from broker.console.cli import keys as cli
from broker.console.cli.command import At
from broker.console.key_actions import KeyActions, keys_in, verify_report
from broker.console.readiness.desk import ReadinessDesk
from broker.console.refused import Refused
from broker.custody.rotation_report import RotationReport
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.settings import KeySettings
from keys.signing.key import Family, KeyState, KeyUse
from tests.rooms.custody.key_house import SHORT, KeyHouse, key_house, service
from tests.support.clock import Clock

OPERATOR = Actor("cli", "root")
DIARY = service("diary")


@pytest.fixture
def house(sqlite_database: Database, outside: Outside) -> KeyHouse:
    return key_house(sqlite_database, outside, {"diary": DIARY})


class Rooms:
    """The part of the open house that these commands use."""

    def __init__(self, house: KeyHouse):
        self.vault, self.key_office = house.vault, house.office


def run(house: KeyHouse | None, outside: Outside, *words: str) -> Any:
    """A command as it is typed, up to its answer."""
    command = next(one for one in cli.COMMANDS if one.words[1] == words[0])
    parser = ArgumentParser()
    command.arguments(parser)
    asked: Namespace = parser.parse_args(cli.kids_last(words[1:]))

    def rooms() -> Any:
        assert house is not None, "this command opens no house"
        return Rooms(house)

    return command.run(asked, At(None, outside, OPERATOR, rooms))


def rotated(house: KeyHouse, clock: Clock, outside: Outside) -> str:
    """A rotation by hand, to its end; the kid of the key that came."""
    kid = run(house, outside, "rotate", "ES256")["moved"][0]["kid"]
    clock.advance(SHORT.announced_for)
    before = run(house, outside, "promote", kid)["moved"][1]["kid"]
    clock.advance(timedelta(seconds=34))
    run(house, outside, "retire", before)
    return str(kid)


def test_status_says_what_comes_next_and_who_is_missing(house: KeyHouse, outside: Outside, clock: Clock) -> None:
    house.office.sightings.asked("192.0.2.1", DIARY)
    house.office.rounds.write_down()
    house.office.book.checked("diary", passed=False)
    announced = run(house, outside, "announce", "RS256")["kid"]

    status = run(house, outside, "status")

    assert status["can_sign"]
    assert {"RS256", "PS256", "ES256", "EdDSA"} == {name for key in status["keys"] for name in key["algorithms"]}
    said = next(key for key in status["keys"] if key["kid"] == announced)
    assert ("announced", "software", "tokens") == (said["state"], said["where"], said["use"])
    assert {"to": "signing", "at": (clock.at + timedelta(seconds=20)).isoformat()} == said["next"]
    assert ["diary"] == [one["client_id"] for one in said["unseen"]]
    assert ["diary"] == [one["client_id"] for one in status["fail_with_a_new_key"]]
    assert "audit" in {key["use"] for key in status["keys"]}
    actions = KeyActions(house.vault, house.office, clock.now)
    assert ["diary"] == [one.client_id for one in actions.evidence(announced).unseen]
    with pytest.raises(Refused):
        actions.evidence("x" * 43)
    assert "private" not in json.dumps(status)


def test_the_plan_of_a_year(sqlite_database: Database, outside: Outside, clock: Clock) -> None:
    usual = replace(KeySettings(), master_key=SHORT.master_key)
    house = key_house(sqlite_database, outside, keys=usual)

    moves = run(house, outside, "plan", "--until", (clock.at + timedelta(days=100)).date().isoformat())["moves"]

    assert sorted(move["at"] for move in moves) == [move["at"] for move in moves]
    assert "keys.sign_for" == moves[0]["follows_from"]
    assert len(moves) < len(run(house, outside, "plan")["moves"])


def test_tick_makes_what_is_due_and_names_what_waits(house: KeyHouse, outside: Outside, clock: Clock) -> None:
    house.office.sightings.asked("192.0.2.1", DIARY)
    house.office.rounds.write_down()
    clock.advance(timedelta(seconds=80))
    assert 4 == len(run(house, outside, "tick")["moved"])
    clock.advance(timedelta(seconds=20))

    answer = run(house, outside, "tick")

    waiting = house.of(Family.RSA)[KeyState.ANNOUNCED][0].kid
    assert [waiting] == answer["waiting"]
    with pytest.raises(Refused, match=r"have not fetched this key yet: diary"):
        run(house, outside, "promote", waiting)
    with pytest.raises(Refused, match="belong together"):
        run(house, outside, "promote", waiting, "--override")
    with pytest.raises(Refused, match="belong together"):
        run(house, outside, "promote", waiting, "--reason", "why")
    with pytest.raises(Refused, match="printable"):
        run(house, outside, "promote", waiting, "--override", "--reason", "x" * 201)
    assert waiting == run(house, outside, "rotate", "RS256", "--override", "--reason", "moved away")["moved"][0]["kid"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("promote", "x" * 43), "no key with this kid"),
        (("promote", "-" * 43, "--override", "--reason", "why"), "no key with this kid"),
        (("announce", "ES256", "--use", "audit"), "No key of this use"),
        (("report", "x" * 43), "nothing to report yet"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(house: KeyHouse, outside: Outside, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(Refused, match=said):
        run(house, outside, *words)


def test_a_signer_is_not_retired(house: KeyHouse, outside: Outside) -> None:
    with pytest.raises(Refused, match="may not move from signing to retired"):
        run(house, outside, "retire", house.of(Family.RSA)[KeyState.SIGNING][0].kid)


def test_rotate_says_when_the_next_step_may_come(house: KeyHouse, outside: Outside, clock: Clock) -> None:
    answer = run(house, outside, "rotate", "ES256")
    assert ("signing", (clock.at + timedelta(seconds=14)).isoformat()) == (answer["next"], answer["not_before"])
    with pytest.raises(Refused, match=r"too early for this move, not before 2026"):
        run(house, outside, "promote", answer["moved"][0]["kid"])


class TestReport:
    def test_it_is_verified_with_the_public_key_alone(
        self, house: KeyHouse, outside: Outside, clock: Clock, tmp_path: Path
    ) -> None:
        kid = rotated(house, clock, outside)
        report, jwks = tmp_path / "report.jws", tmp_path / "jwks.json"
        jwks.write_text(json.dumps(house.vault.audit_ring.published()))
        told = run(house, outside, "report", kid, "--file", str(report))

        found = run(None, outside, "report", kid, "--verify", str(report), "--keys", str(jwks))

        assert found.pop("is_ours") is True
        assert told == found
        assert (kid, "retired", False) == (found["kid"], found["before_ended"], found["overridden"])
        assert ["key.announced", "key.promoted", "key.retired"] == [
            step["name"] for step in found["steps"] if step["name"] != "key.made"
        ]
        assert {("cli", "root")} == {(step["actor"], step["by"]) for step in found["steps"]}
        hashes = {entry.seq: entry.hash for entry in house.journal.tail(100)}
        assert all(hashes[step["seq"]] == step["hash"] for step in found["steps"])
        assert run(house, outside, "report", kid, "--verify", str(report))["is_ours"]
        with pytest.raises(Refused, match="exists already"):
            run(house, outside, "report", kid, "--file", str(report))

    def test_it_is_made_once_by_whoever_comes_first(self, house: KeyHouse, outside: Outside, clock: Clock) -> None:
        kid = rotated(house, clock, outside)

        assert [kid] == run(house, outside, "tick")["reported"]

        assert [] == run(house, outside, "tick")["reported"]
        assert run(house, outside, "report", kid)["signed"] == house.office.reports.find(kid)
        assert {kid} == house.office.reports.kids()
        actions = KeyActions(house.vault, house.office, outside.now)
        assert (house.office.reports.find(kid), kid) == (actions.reported(kid)[0], actions.reported(kid)[1].kid)
        with pytest.raises(Refused, match="no report"):
            actions.reported("k" * 43)
        assert 1 == len(house.told("key.reported"))

    def test_a_report_that_is_not_ours(self, house: KeyHouse, outside: Outside, clock: Clock, tmp_path: Path) -> None:
        kid = rotated(house, clock, outside)
        signed, trusted = run(house, outside, "report", kid)["signed"], KeyActions(house.vault, house.office, clock.now).trusted()
        head, body, signature = signed.split(".")
        other_type = house.vault.audit_ring.sign({"at": clock.at.isoformat()}, "EdDSA", "audit-export+jwt")
        not_a_report = house.vault.audit_ring.sign({"at": clock.at.isoformat()}, "EdDSA", "rotation-report+jwt")
        of_tokens = house.vault.ring.sign({"at": clock.at.isoformat()}, "EdDSA", "rotation-report+jwt")
        half_steps = house.vault.audit_ring.sign(
            dict.fromkeys(RotationReport.__dataclass_fields__, ()) | {"at": clock.at.isoformat(), "steps": "x"},
            "EdDSA", "rotation-report+jwt",
        )  # fmt: skip
        for forged in (f"{head}.{body[:-4]}AAAA.{signature}", other_type, not_a_report, of_tokens, half_steps, "x", ""):
            with pytest.raises(Refused, match="The report "):
                verify_report(forged, kid, trusted)
        with pytest.raises(Refused, match="another key"):
            verify_report(signed, "x" * 43, trusted)
        jwks = tmp_path / "jwks.json"
        jwks.write_text(json.dumps(house.vault.audit_ring.published()))
        (tmp_path / "empty").write_text("{}")
        for path in (tmp_path / "empty", tmp_path / "missing"):
            with pytest.raises(Refused):
                keys_in(path)
        with pytest.raises(Refused, match="cannot be read"):
            run(None, outside, "report", kid, "--verify", str(tmp_path / "missing"), "--keys", str(jwks))


def test_a_key_is_destroyed_by_hand(house: KeyHouse, outside: Outside, clock: Clock) -> None:
    rotated(house, clock, outside)
    old = house.of(Family.P256)[KeyState.RETIRED][0]
    clock.advance(timedelta(seconds=50))

    assert "destroyed" == run(house, outside, "destroy", old.kid)["state"]


def test_keys_of_the_journal_rotate_too(house: KeyHouse, outside: Outside) -> None:
    assert "audit" == run(house, outside, "rotate", "EdDSA", "--use", "audit")["moved"][0]["use"]
    assert 1 == len(house.of(Family.ED25519, KeyUse.AUDIT)[KeyState.ANNOUNCED])


@pytest.mark.parametrize("passed", [True, False])
def test_the_readiness_check_says_who_follows_a_new_key(house: KeyHouse, outside: Outside, passed: bool) -> None:
    desk = ReadinessDesk(Rooms(house), "https://id.example", outside)  # type: ignore[arg-type]
    announced = house.office.moves.announce("RS256", KeyUse.TOKENS, OPERATOR)
    house.office.sightings.asked("192.0.2.1", DIARY)
    house.office.rounds.write_down()

    desk._remember(SimpleNamespace(client=DIARY), [{"line": "new_key", "passed": passed, "seen": ""}])  # type: ignore[arg-type]

    evidence = house.office.book.evidence_of(announced)
    assert ["diary"] == [one.client_id for one in (evidence.seen if passed else evidence.unseen)]
