"""Keys and rules as staff see them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from broker.console import policy_actions
from broker.console.policy_actions import Supposed
from broker.console.refused import Refused
from config.settings import SHIPPED_REGIONS
from tests.rooms.console.conftest import Office
from tests.support.clock import FIRST_BELL


def test_the_shipped_rules_may_be_used() -> None:
    answer = policy_actions.check(SHIPPED_REGIONS, None, FIRST_BELL)

    assert {"29", "38"} <= {region["code"] for region in answer["regions"]}


def test_rules_that_rewrite_the_past_are_refused(tmp_path: Path) -> None:
    older = tmp_path / "older"
    shutil.copytree(SHIPPED_REGIONS, older)
    file = next(older.glob("29-*.toml"))
    file.write_text(file.read_text(encoding="utf-8").replace('level = "confirmed"', 'level = "any"'), encoding="utf-8")

    with pytest.raises(Refused, match="29"):
        policy_actions.check(SHIPPED_REGIONS, older, FIRST_BELL)


def test_a_form_that_only_leads_to_gosuslugi_is_doubted(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(SHIPPED_REGIONS, rules)
    assert "warnings" not in policy_actions.check(rules, None, FIRST_BELL, strict=True)
    file = rules / "38-irkutsk.toml"
    # Both of the periods in which the password opens the diary; the one after them demands Gosuslugi anyway.
    file.write_text(file.read_text("utf-8").replace("may_skip_linking = true", "may_skip_linking = false"), encoding="utf-8")

    warnings = policy_actions.check(rules, None, FIRST_BELL)["warnings"]
    assert [("38, period 2010-01-01", True), ("38, period 2017-09-01", True)] == [
        (warning.partition(":")[0], "local_password is allowed" in warning) for warning in warnings
    ]
    with pytest.raises(Refused, match="minors, adults"):
        policy_actions.check(rules, None, FIRST_BELL, strict=True)


def test_broken_rules_are_refused_with_the_reason(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED_REGIONS, tmp_path / "rules")
    (tmp_path / "rules" / "_default.toml").unlink()

    with pytest.raises(Refused, match=r"_default\.toml is missing"):
        policy_actions.check(tmp_path / "rules", None, FIRST_BELL)


@pytest.mark.parametrize(
    ("region", "day", "age", "role", "level", "has_snils", "verdict", "causes"),
    [
        ("29", date(2024, 6, 30), 40, "parent", "standard", True, "allow", []),
        ("29", date(2024, 7, 1), 40, "parent", "standard", True, "refuse", [2109]),
        ("29", date(2024, 7, 1), 40, "parent", "confirmed", True, "allow", []),
        ("38", date(2024, 6, 30), 17, "pupil", "confirmed", True, "prove", None),
        ("38", date(2024, 6, 30), 30, "teacher", "standard", False, "prove", [3106]),
    ],
)
def test_a_day_is_explained(
    office: Office,
    region: str,
    day: date,
    age: int,
    role: str,
    level: str,
    has_snils: bool,
    verdict: str,
    causes: list[int] | None,
) -> None:
    supposed = Supposed(
        region=region, day=day, age=age, roles=(role,), level=level, has_snils=has_snils, child_of_parent=age < 18
    )

    answer = policy_actions.explain_for(office.policies, supposed)

    assert verdict == answer["verdict"]
    assert causes is None or causes == answer["causes"]
    assert day.isoformat() == answer["day"]
    assert len(answer["ru"]) == len(answer["en"]) > 2


def test_a_birthday_on_the_leap_day_has_the_age_asked_for(office: Office) -> None:
    supposed = Supposed(region="29", day=date(2024, 2, 29), age=13, roles=("pupil",), level="confirmed")

    assert any("13" in sentence for sentence in policy_actions.explain_for(office.policies, supposed)["en"])
