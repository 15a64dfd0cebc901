"""Diaries and Gosuslugi accounts that are taken: who is told what, which case the school finds, how the person gets in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from broker.audit.event import SYSTEM
from broker.connectors.identity import Level, UpstreamIdentity
from broker.linking.evidence import Evidence
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.linking import (
    as_before,
    at_the_proof,
    give_password,
    link_of,
    show,
    shown_case,
    shown_code,
    to_the_service,
    unlink,
)
from tests.support.page import Page
from tests.support.town import Town, town
from tests.support.visits import rewrite_card

ZHDANOVA = "demo-zhdanova"
# Another Gosuslugi account of the same person, made before this one.
OLD_ACCOUNT = UpstreamIdentity(
    connector="esia",
    subject="900100",
    level=Level.CONFIRMED,
    surname="Жданова",
    name="Марина",
    patronymic="Викторовна",
    birth_date=date(1979, 11, 2),
    sex="F",
    snils=None,
    email=None,
    phone=None,
    child_of_parent=False,
    checks_pending=False,
    methods=("pwd",),
)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("conflicts"), Clock()) as built:
        give_password(built, ZHDANOVA, "demo-semyonov", "demo-filippov")
        yield built


@pytest.fixture(autouse=True)
def alone(there: Town) -> Iterator[None]:
    there.clock.advance(timedelta(hours=25))
    yield
    as_before(there, ZHDANOVA)


def _tie(there: Town, identity: UpstreamIdentity, person_id: str) -> None:
    with there.house.app.app_context():
        there.house.links.tie(identity, person_id, Evidence.DIARY_PASSWORD, "tests", SYSTEM)


def _real_cause(there: Town, page: Page) -> tuple[int, str | None]:
    with there.house.app.app_context():
        found = there.house.cases.find(shown_case(page))
    assert found is not None, page.text
    return found.real_cause, found.person_id


def test_a_diary_that_is_connected_while_the_password_is_typed(there: Town, browser: Browser) -> None:
    page, _, _ = at_the_proof(there, browser, "zhdanova")
    _tie(there, OLD_ACCOUNT, ZHDANOVA)

    taken = show(browser, page, "zhdanova.diary")

    assert (409, "3201") == (taken.status, shown_code(taken))
    assert (3201, ZHDANOVA) == _real_cause(there, taken)
    assert "38-002" not in taken.body


def test_the_school_unties_and_the_person_is_in(there: Town, browser: Browser) -> None:
    _tie(there, OLD_ACCOUNT, ZHDANOVA)
    page, party, request = at_the_proof(there, browser, "zhdanova")
    taken = show(browser, page, "zhdanova.diary")
    assert "3201" == shown_code(taken)
    number = shown_case(taken)

    unlink(there, ZHDANOVA)
    page = there.sign_in(browser, "zhdanova", taken.link("Войти снова").url)
    to_the_service(browser, show(browser, page, "zhdanova.diary"), party, request)

    with there.house.app.app_context():
        found = there.house.cases.find(number)
    assert found is not None and "signed_in" == found.closed_why


def test_a_password_does_not_get_round_a_field_that_differs(there: Town, browser: Browser) -> None:
    """The rule compares surnames, and the school learns what differs."""
    page, _, _ = at_the_proof(there, browser, "zhdanova")
    rewrite_card(there, ZHDANOVA, surname="Иванова")

    refused = show(browser, page, "zhdanova.diary")

    assert (403, "3102") == (refused.status, shown_code(refused))
    assert (3102, ZHDANOVA) == _real_cause(there, refused)
    assert "Иванова" not in refused.text
    rewrite_card(there, ZHDANOVA)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"memberships": []}, "3109"),
        ({"memberships": [{"school": "38-002", "role": "teacher", "class_name": None, "left_on": "2026-06-01"}]}, "3111"),
        ({"state": "blocked"}, "4003"),
        ({"birth_date": "1979-02-11"}, "3104"),
    ],
)
def test_what_the_password_opens_is_still_looked_at(
    there: Town, browser: Browser, changes: dict[str, object], code: str
) -> None:
    page, _, _ = at_the_proof(there, browser, "zhdanova")
    rewrite_card(there, ZHDANOVA, **changes)

    refused = show(browser, page, "zhdanova.diary")

    assert code == shown_code(refused), refused.text
    assert link_of(there, ZHDANOVA) is None
    rewrite_card(there, ZHDANOVA)


def test_a_school_that_mends_a_card_closes_the_case_at_the_next_sign_in(there: Town, browser: Browser) -> None:
    party = there.relying_party()
    request = party.begin(region="29")
    refused = there.sign_in(browser, "nikitina", request.url)
    assert "3104" == shown_code(refused)
    number = shown_case(refused)

    rewrite_card(there, "demo-nikitina", birth_date=there.people["nikitina"].get("birth_date", "1984-05-03"))
    page = there.sign_in(browser, "nikitina", refused.link("Войти снова").url)

    assert party.answer(page.headers["location"], request)["code"]
    with there.house.app.app_context():
        found = there.house.cases.find(number)
    assert found is not None and "signed_in" == found.closed_why


def test_a_difference_found_after_signing_in_becomes_a_case(there: Town, browser: Browser) -> None:
    """Linked long ago; since then the name at Gosuslugi and the one on the card have come apart (F15)."""
    party = there.relying_party()
    request = party.begin(region="29")
    assert party.answer(there.sign_in(browser, "orlova", request.url).headers["location"], request)["code"]
    rewrite_card(there, "demo-orlova", surname="Петрова")

    with Browser() as later:
        request = party.begin(region="29")
        assert party.answer(there.sign_in(later, "orlova", request.url).headers["location"], request)["code"]

    with there.house.app.app_context():
        cases = there.house.cases.of_people(["demo-orlova"])
    assert [3102] == [case.real_cause for case in cases]
    rewrite_card(there, "demo-orlova")


def test_nothing_of_the_other_side_is_told(there: Town, browser: Browser) -> None:
    _tie(there, replace(OLD_ACCOUNT, subject="900101"), ZHDANOVA)
    page, _, _ = at_the_proof(there, browser, "zhdanova")
    taken = show(browser, page, "zhdanova.diary")

    for word in ("900101", "Жданова", "zhdanova", "002-000-170"):
        assert word not in page.body
        assert word not in taken.body
