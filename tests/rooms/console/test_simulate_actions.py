"""policy simulate as an operator meets it: the report in three forms, supposed rules, refusals."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert

from broker.audit.event import SYSTEM
from broker.console import simulate_actions
from broker.console.refused import Refused
from broker.console.simulate_actions import Question
from broker.directory.tables import CredentialRow
from broker.linking.simulation import Rules, Simulated, Simulation
from config.settings import SHIPPED_REGIONS
from tests.rooms.console.conftest import Office
from tests.rooms.directory.samples import document, person, place, school
from tests.support.clock import FIRST_BELL

BEFORE, AFTER = date(2024, 6, 30), date(2024, 7, 1)


def report(office: Office, question: Question, noted: list[Simulated] | None = None) -> dict[str, object]:
    used, supposed = simulate_actions.policies_of(question)
    rules = [Rules(policies, day, lambda _policy: AFTER) for policies, day in ((used, question.from_on), (supposed, question.on))]
    simulation = Simulation(office.database, office.directory, *rules)
    told: list[int] = []
    answer = simulate_actions.report(simulation, question, told.append, (noted if noted is not None else []).append)
    assert [simulation.count()] == told[-1:]
    return dict(answer)


@pytest.fixture(autouse=True)
def people(office: Office) -> None:
    blocked = {"state": "blocked", "memberships": [place("38-001")]}
    office.directory.import_document(
        document(
            person("p-1"),
            person("p-2", snils=None, memberships=[place("38-001", role="pupil")], birth_date="2008-01-01"),
            person("p-3", snils=None, **blocked),
            schools=(school(), school("38-001")),
        ),
        office.journal,
        SYSTEM,
    )
    with office.database.work() as connection:
        connection.execute(insert(CredentialRow).values(person_id="p-2", password_hash="x", changed_at=FIRST_BELL))


def test_the_report_counts_by_region_school_and_cause(office: Office) -> None:
    noted: list[Simulated] = []
    answer = report(office, Question(AFTER, BEFORE, SHIPPED_REGIONS, None), noted)
    assert (3, "2024-06-30", "2024-07-01", "in use") == tuple(answer[name] for name in ("people", "from", "on", "rules"))
    assert [
        {"region": "29", "people": 1, "loses": 0, "gains": 0, "harder": 0, "easier": 0},
        {"region": "38", "people": 2, "loses": 0, "gains": 0, "harder": 1, "easier": 0},
    ] == answer["regions"]
    lines = list(csv.reader(simulate_actions.as_csv(answer)))
    assert [["region", "school", "change", "cause", "people"], ["38", "38-001", "harder", "3106", "1"]] == lines
    assert ["p-2"] == [one.person_id for one in noted]


def test_a_supposed_file_counts_on_the_second_day_only(office: Office, tmp_path: Path) -> None:
    stricter = (SHIPPED_REGIONS / "29-dvinaland.toml").read_text(encoding="utf-8")
    for old, new in (
        ('nothing_to_compare = "prove"', 'nothing_to_compare = "refuse"'),
        ('match = ["surname", "name", "patronymic", "snils"]', 'match = ["surname", "name", "patronymic", "snils", "sex"]'),
        ('match_if_both = ["birth_date", "sex"]', 'match_if_both = ["birth_date"]'),
    ):
        stricter = stricter.replace(old, new)
    supposed = tmp_path / "29-dvinaland.toml"
    supposed.write_text(stricter.replace("29@school", "other@school"), encoding="utf-8")
    office.directory.import_document(document(person("p-1", sex=None), schools=(school(),)), office.journal, SYSTEM)
    noted: list[Simulated] = []
    answer = report(office, Question(AFTER, AFTER, SHIPPED_REGIONS, supposed), noted)
    assert [("p-1", "loses", 3105)] == [(one.person_id, one.change.value, one.cause) for one in noted]
    assert "p-1,29,29-001,loses,3105,first_sign_in,none" == simulate_actions.person_line(noted[0])
    assert len(simulate_actions.person_headings().split(",")) == len(simulate_actions.person_line(noted[0]).split(","))
    assert [{"region": "29", "school": "29-001", "change": "loses", "cause": 3105, "people": 1}] == answer["changes"]
    rules = simulate_actions.policies_of(Question(AFTER, None, SHIPPED_REGIONS, supposed))
    early = simulate_actions.early_changes(*rules, FIRST_BELL)
    assert any("has begun and may not change" in sentence for sentence in early)


@pytest.mark.parametrize("content", [None, "code = 29", 'code = "29"'])
def test_rules_that_may_not_be_used_are_refused(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "29-dvinaland.toml"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(Refused, match="may not be used"):
        simulate_actions.policies_of(Question(AFTER, None, SHIPPED_REGIONS, file))


def test_a_second_file_of_a_region_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "29-other.toml"
    text = (SHIPPED_REGIONS / "29-dvinaland.toml").read_text(encoding="utf-8")
    file.write_text(text.replace('slug = "dvinaland"', 'slug = "other"'), encoding="utf-8")
    with pytest.raises(Refused, match="belongs to region 29 already"):
        simulate_actions.policies_of(Question(AFTER, None, SHIPPED_REGIONS, file))
