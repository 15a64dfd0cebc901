"""What staff and programs are told of the connection to Gosuslugi: refusals in words, whether it is asked, how long it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from broker.audit.catalogue import UpstreamRefused
from broker.audit.event import SYSTEM
from broker.connectors.esia.talk.codes import CODES
from broker.console.desk_making import upstream_desk
from broker.console.upstream_actions import UpstreamDesk
from broker.house import House, open_house
from tests.support.clock import Clock, outside_at
from tests.support.town import make_tables, settings_for

pytestmark = pytest.mark.xdist_group("upstream-desk")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    settings = settings_for(tmp_path_factory.mktemp("desk"), ("http://127.0.0.1:9", "http://127.0.0.1:9"), {})
    make_tables(settings)
    house = open_house(settings, outside_at(Clock()))
    with house.app.app_context():
        yield house
    house.database.close()


def desk(house: House, told: Mapping[str, object] | None = None) -> UpstreamDesk:
    made = upstream_desk(house, house.outside, house.settings.esia, lambda: None)
    return made if told is None else replace(made, told=lambda: told)


def test_a_refusal_is_told_with_what_its_code_means(house: House) -> None:
    details = ("ESIA-007053", "http: timeout", "ESIA-009999")
    with house.database.work():
        for detail in details:
            house.journal.append(UpstreamRefused("esia", 2104, detail), SYSTEM)

    told = {one["detail"]: one for one in desk(house).described()["errors"]}

    assert set(details) == set(told)
    row = CODES["007053"]
    assert ("us", row.meaning, row.staff) == tuple(told["ESIA-007053"][name] for name in ("fault", "meaning", "staff"))
    assert "meaning" not in told["http: timeout"]
    assert "This broker does not know the code." == told["ESIA-009999"]["meaning"]
    assert ["unknown", None, "007053"] == [one.code and one.code.words for one in desk(house).look().errors]


@pytest.mark.parametrize(("told", "circuit", "seconds"), [
    (None, None, None), ({"state": "open", "p95_seconds": None}, "open", None), ({"state": "closed", "p95_seconds": 1.5},
                                                                                    "closed", 1.5),
])  # fmt: skip
def test_whether_it_is_asked_and_how_long_it_takes(
    house: House, told: Mapping[str, object] | None, circuit: str | None, seconds: float | None
) -> None:
    found = desk(house, told)

    assert (circuit, seconds) == tuple(found.described()[name] for name in ("circuit", "p95_seconds"))
    assert (timedelta(seconds=seconds) if seconds else None) == found.look().slowest
