"""A change of the rules on its way: compared, agreed to by two people, never more than a file that somebody puts in its place."""

from __future__ import annotations

import re
import shutil
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from broker.audit.event import Actor
from broker.console import policy_preview
from broker.console.cli.policy import COMMANDS as POLICY_COMMANDS
from broker.console.policy_desk import PolicyDesk
from broker.console.refused import Refused
from broker.custody.two_people import TwoPeople
from broker.policy.drafts import digest_of
from broker.policy.policies import load_policies
from tests.rooms.console.conftest import STAFF, Office
from tests.rooms.directory.samples import document, person, place
from tests.support.clock import Clock
from tests.support.policies import REGIONS

ANNA, BORIS = Actor("staff", "officer-1"), Actor("staff", "officer-2")
FILE, IRKUTSK = "29-dvinaland.toml", "38-irkutsk.toml"
# Later than anything in the shipped file, and later than the clock of the tests.
NEW = "2030-09-01"

Desk = Callable[[], PolicyDesk]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REGIONS, tmp_path / "regions"))


@pytest.fixture
def open_desk(office: Office, files: Path) -> Desk:
    """As one process opens it: the rules are read once."""
    two = TwoPeople(office.database, office.journal, office.outside, str.__eq__, lambda _person_id: True)

    def opened() -> PolicyDesk:
        rules = load_policies(files)
        return PolicyDesk(office.database, office.journal, office.outside, office.directory, rules, files, two)

    return opened


@pytest.fixture
def desk(open_desk: Desk) -> PolicyDesk:
    return open_desk()


def changed(files: Path, level: str = "any", day: str = NEW, name: str = FILE) -> str:
    """The file of a region, 29 if nothing is said, with one more period, in which pupils need an account of this level."""
    text = (files / name).read_text(encoding="utf-8")
    last = text[text.rindex("[[period]]"):]
    last = re.sub(r"^from = .*$", f"from = {day}", last, flags=re.MULTILINE)
    last = re.sub(r"\n\[period\.warning\]\n(?:.+\n)+", "\n", last)
    return text + "\n" + re.sub(r'^level = ".*"$', f'level = "{level}"', last, flags=re.MULTILINE)


def of(desk: PolicyDesk, code: str) -> dict[str, Any]:
    return next(one for one in desk.regions()["regions"] if one["code"] == code)


def test_every_region_with_what_is_in_force(desk: PolicyDesk) -> None:
    states = [one["state"] for one in of(desk, "29")["periods"]]

    assert ["past"] * (len(states) - 1) + ["active"] == states
    assert not of(desk, "29")["agreed"]
    assert {"29", "38", "default"} <= {one["code"] for one in desk.regions()["regions"]}


def test_what_a_file_would_change_is_said_of_people_who_do_not_exist(desk: PolicyDesk, office: Office, files: Path) -> None:
    pupil = person("p-1", memberships=[place(role="pupil")])
    office.people_desk.import_document(document(pupil), STAFF, is_dry_run=False)

    found = desk.compare(changed(files))

    assert (NEW, FILE, []) == (found["on"], found["file"], found["conflicts"])
    pupils = {(one["age"], one["level"]): one for one in found["invented"] if one["role"] == "pupil"}
    assert ("refuse", 2109) == tuple(pupils[16, "standard"]["before"].values())
    assert "allow" == pupils[16, "standard"]["after"]["verdict"]
    assert pupils[16, "confirmed"]["before"] == pupils[16, "confirmed"]["after"]
    assert (1, True) == (found["directory"]["people"], found["directory"]["is_whole"])
    assert "p-1" not in str(found)
    assert {"drafts": []} == desk.drafts(), "to compare keeps nothing"


def test_a_large_directory_is_counted_in_part_and_says_so(
    desk: PolicyDesk, office: Office, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [person(f"p-{n}", memberships=[place(role="teacher")]) for n in range(3)]
    office.people_desk.import_document(document(*people), STAFF, is_dry_run=False)
    for most, expected in ((2, (2, False)), (3, (3, True))):
        monkeypatch.setattr(policy_preview, "COUNTED", most)
        found = desk.compare(changed(files))["directory"]
        assert expected == (found["people"], found["is_whole"])


def test_who_may_not_simulate_asks_the_directory_nothing(desk: PolicyDesk, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_preview.Simulation, "run", lambda _simulation: pytest.fail("the directory was asked"))

    found = desk.compare(changed(files), counting=False)

    assert (None, NEW, True) == (found["directory"], found["on"], bool(found["invented"]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1 to"),
        ("x" * 16_001, "1 to"),
        ("code = ", "not a TOML file"),
        ("code = " + "[" * 9000, "not a TOML file"),
        ("code = " + "9" * 9000, "not a TOML file"),
        ('code = "29"', "must be named"),
        ('code = "../x"', "draft.toml"),
    ],
)
def test_what_is_no_region_file(desk: PolicyDesk, text: str, said: str) -> None:
    with pytest.raises(Refused, match=said) as refused:
        desk.compare(text)
    assert "rules" == refused.value.field


def test_what_has_begun_is_shown_as_a_conflict_and_cannot_be_planned(desk: PolicyDesk, files: Path) -> None:
    late = changed(files, day="2025-01-01")

    assert ["29: the new period 2025-01-01 begins in the past; choose a later day"] == desk.compare(late)["conflicts"]
    with pytest.raises(Refused, match="begins in the past"):
        desk.plan(late, ANNA)
    with pytest.raises(Refused, match="in use already"):
        desk.plan((files / FILE).read_text(encoding="utf-8"), ANNA)
    assert {"drafts": []} == desk.drafts()


def test_what_has_begun_in_its_region_has_begun(desk: PolicyDesk, files: Path, clock: Clock) -> None:
    """Eight in the evening in UTC is four in the morning of the next day in Irkutsk."""
    clock.at = datetime(2030, 8, 31, 20, tzinfo=UTC)
    text = changed(files, name=IRKUTSK)

    assert "38: the new period 2030-09-01 begins in the past; choose a later day" in desk.compare(text)["conflicts"]
    with pytest.raises(Refused, match="begins in the past"):
        desk.plan(text, ANNA)
    clock.at = datetime(2030, 8, 31, 15, tzinfo=UTC)
    assert [] == desk.compare(text)["conflicts"]


def test_two_people_agree_and_somebody_puts_the_file_in_its_place(
    desk: PolicyDesk, open_desk: Desk, office: Office, files: Path
) -> None:
    text = changed(files).replace("\n", "\r\n")
    asked = desk.plan(text, ANNA)
    with pytest.raises(Refused, match="waits for a second"):
        desk.plan(text, BORIS)
    with pytest.raises(Refused, match="Another human being"):
        desk.agree(asked["request"], ANNA)
    assert ["waiting"] == [one["state"] for one in desk.drafts()["drafts"]]

    assert {"agreed": asked["digest"]} == desk.agree(asked["request"], BORIS)
    with pytest.raises(Refused, match="decided, over"):
        desk.agree(asked["request"], BORIS)
    with pytest.raises(Refused, match="agreed to this file already"):
        desk.plan(text, ANNA)

    kept = desk.draft(asked["digest"])
    assert ("agreed", digest_of(kept["rules"].encode())) == (kept["state"], asked["digest"])
    assert "scheduled" not in [one["state"] for one in of(desk, "29")["periods"]], "nothing is in force by a yes alone"
    (files / FILE).write_text(kept["rules"], encoding="utf-8")
    again = open_desk()
    assert ["installed"] == [one["state"] for one in again.drafts()["drafts"]]
    assert of(again, "29")["agreed"]
    assert "scheduled" == of(again, "29")["periods"][-1]["state"]
    told = [(name, fields["digest"]) for name, fields in office.events() if name.startswith("policy.")]
    assert [("policy.planned", asked["digest"]), ("policy.agreed", asked["digest"])] == told


def test_the_command_line_writes_what_was_agreed_to_and_nothing_else(
    desk: PolicyDesk, office: Office, files: Path, tmp_path: Path
) -> None:
    run = next(one.run for one in POLICY_COMMANDS if one.words == ("policy", "draft"))
    rooms = SimpleNamespace(
        database=office.database, journal=office.journal, directory=office.directory, policies=desk.policies,
        emergency=SimpleNamespace(two_people=desk.two_people),
    )  # fmt: skip
    at: Any = SimpleNamespace(rooms=lambda: rooms, outside=office.outside, settings=SimpleNamespace(regions_directory=files))
    asked = desk.plan(changed(files), ANNA)
    wanted = Namespace(digest=asked["digest"], out=tmp_path)

    with pytest.raises(Refused, match="not agreed"):
        run(wanted, at)
    desk.agree(asked["request"], BORIS)
    told = run(wanted, at)

    assert (asked["digest"], str(tmp_path / FILE)) == (digest_of((tmp_path / FILE).read_bytes()), told["written"])
    with pytest.raises(Refused, match="cannot be written"):
        run(wanted, at)


def test_rules_that_changed_meanwhile_are_looked_at_again(desk: PolicyDesk, open_desk: Desk, files: Path) -> None:
    asked = desk.plan(changed(files), ANNA)
    other = files / "38-irkutsk.toml"
    other.write_text(other.read_text(encoding="utf-8").replace('slug = "irkutsk"', 'slug = "dvinaland"'), encoding="utf-8")
    with pytest.raises(Refused, match="may not be used"):
        desk.agree(asked["request"], BORIS)
    assert ["waiting"] == [one["state"] for one in desk.drafts()["drafts"]]
