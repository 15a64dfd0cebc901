"""Signing keys on the pages of the console: seen, followed by the plan, revoked by two officers and by nobody alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from broker.audit.catalogue_keys import KeyReported
from broker.audit.checkpoint import ALGORITHM, instant
from broker.audit.event import SYSTEM
from broker.calendar_door import calendar_rounds_of
from broker.custody.reports_store import ReportStore
from broker.custody.rotation_report import REPORT_TYPE, RotationReport, Step, claims_of
from broker.security_door import staff_desk
from keys.signing.key import KeyInfo, KeyState, KeyUse
from tests.support.browser import Browser
from tests.support.staff import Staff
from tests.support.town import Town

Make = Callable[[str], Staff]


@pytest.fixture
def staff(sqlite_town: Town) -> Iterator[Make]:
    """Members of staff by their login, each with a browser and a passkey of this journey."""
    with ExitStack() as stack:
        yield lambda login: Staff(sqlite_town, login, stack.enter_context(Browser()))
    desk = staff_desk(sqlite_town.house)
    with sqlite_town.house.app.app_context(), desk.database.work():
        for person_id in desk.passkeys.owners():
            for passkey in desk.passkeys.of_person(person_id):
                desk.passkeys.remove(person_id, passkey.id, even_last=True)


@pytest.fixture
def officer(staff: Make) -> Staff:
    made = staff("dorofeev")
    made.come_in()
    return made


def signer(town: Town, algorithm: str) -> KeyInfo:
    with town.house.app.app_context():
        keys = [key for key in town.house.vault.keeper.all() if key.use is KeyUse.TOKENS and algorithm in key.algorithms]
    return next(key for key in keys if key.state is KeyState.SIGNING)


def published(town: Town) -> set[str]:
    with Browser() as anybody:
        found: dict[str, Any] = json.loads(anybody.open(f"{town.issuer}/jwks").body)
    return {key["kid"] for key in found["keys"] if key["use"] == "sig"}


def told(town: Town, name: str) -> list[dict[str, Any]]:
    with town.house.app.app_context():
        return [dict(entry.fields) for entry in town.house.journal.tail(300) if entry.name == name]


def test_the_page_says_in_words_and_in_a_picture_what_every_key_does(sqlite_town: Town, officer: Staff) -> None:
    page = officer.open("/admin/keys")

    assert "Ключи подписи" == page.heading
    for kid in published(sqlite_town):
        assert kid in page.text
    assert "подписывает" in page.text
    assert "Дальше: " in page.text
    assert '<svg role="img" aria-labelledby="picture-title picture-text"' in page.body


def test_the_planned_way_publishes_first_and_says_when_the_key_may_sign(sqlite_town: Town, officer: Staff) -> None:
    before = published(sqlite_town)
    asked = officer.open("/admin/keys/rotate/EdDSA")
    assert "Сменить ключ EdDSA?" == asked.heading
    done = officer.browser.submit(asked.forms[-1])

    assert "Ключ опубликован" in done.text
    fresh = published(sqlite_town) - before
    assert 1 == len(fresh)
    waits = officer.open("/admin/keys/rotate/EdDSA")
    assert fresh.pop() in waits.text
    assert "сможет с" in waits.text
    assert not waits.forms_with("name", "why"), "nothing skips the announcement"


def test_a_key_goes_when_a_second_officer_says_so(sqlite_town: Town, officer: Staff, staff: Make) -> None:
    stolen, second = signer(sqlite_town, "ES256").kid, staff("yakovlev")
    second.come_in()
    form = officer.open(f"/admin/keys/{stolen}/revoke").form("kid")
    officer.do(form, kid=stolen, grounds="stolen")
    mine = officer.open("/admin/keys")
    assert "Ждём второго сотрудника" in mine.text
    assert "Подтвердить и отозвать" not in mine.text, "whoever asked is not the second"
    assert stolen in published(sqlite_town)

    theirs = second.open("/admin/keys")
    confirm = next(form for form in theirs.forms if form.action.endswith("/confirm"))
    done = second.do(confirm)

    assert "Ключ отозван" in done.text
    assert stolen not in published(sqlite_town)
    assert signer(sqlite_town, "ES256").kid in published(sqlite_town)
    assert {stolen} == {one["kid"] for one in told(sqlite_town, "key.revoked")}
    # And people come in with the new key.
    with Browser() as pupil:
        party = sqlite_town.relying_party(scope="openid profile")
        page = sqlite_town.sign_in(pupil, "orlova", party.begin().url)
        assert "code=" in page.headers["location"]


def test_a_name_that_was_not_typed_asks_for_nothing(sqlite_town: Town, officer: Staff) -> None:
    kid = signer(sqlite_town, "RS256").kid
    form = officer.open(f"/admin/keys/{kid}/revoke").form("kid")
    answer = officer.do(form, kid=kid[:-1], grounds="stolen")

    assert answer.heading.startswith("Отозвать ключ")
    assert "Имя не совпало" in answer.text
    with sqlite_town.house.app.app_context():
        assert () == sqlite_town.house.emergency.waiting()


def test_the_one_who_asked_cannot_confirm_by_hand(sqlite_town: Town, officer: Staff) -> None:
    kid = signer(sqlite_town, "RS256").kid
    officer.do(officer.open(f"/admin/keys/{kid}/revoke").form("kid"), kid=kid, grounds="drill")
    page = officer.open("/admin/keys")
    withdraw = next(form for form in page.forms if form.action.endswith("/withdraw"))
    with sqlite_town.house.app.app_context(), pytest.raises(Exception, match="same"):
        sqlite_town.house.emergency.confirm(withdraw.action.split("/")[-2], "demo-dorofeev")
    kept = officer.do(withdraw)

    assert "Ключ остаётся" in kept.text
    assert kid in published(sqlite_town)


def test_the_calendar_lists_every_date_and_tells_the_officer_once(sqlite_town: Town, officer: Staff) -> None:
    page = officer.open("/admin/calendar")
    assert "Сроки" == page.heading
    for said in ("Ключ подписи", "Главный ключ", "Наш сертификат для Госуслуг", "Сертификат Госуслуг"):
        assert said in page.text

    house = sqlite_town.house
    with house.app.app_context():
        date = house.calendar.look().all[0]
        rounds = calendar_rounds_of(house)
        at = date.at - timedelta(days=6)
        first, second = rounds.look(at), rounds.look(at)

    assert date in first
    assert () == second
    assert date.mark in {one["mark_id"] for one in told(sqlite_town, "expiry.warned")}


def test_every_other_secret_is_on_a_page_and_its_rotation_begins_there(sqlite_town: Town, officer: Staff, staff: Make) -> None:
    page = officer.open("/admin/secrets")
    begun = officer.browser.submit(next(form for form in page.forms if form.action.endswith("/notes/rotate")))
    auditor = staff("chernov")
    auditor.come_in()
    seen = auditor.open("/admin/secrets")

    assert ("Секреты", True) == (page.heading, "Личные данные" in page.text and "Главный ключ" in page.text)
    assert "Смена началась." in begun.text
    assert not [form for form in begun.forms if form.action.endswith("/notes/rotate")], "one at a time"
    assert ("следующий" in seen.text, []) == (True, [form for form in seen.forms if form.action.endswith("/rotate")])
    assert ["notes"] == [fields["purpose"] for fields in told(sqlite_town, "secret_key.made")]


def test_the_signed_report_of_a_rotation_is_a_page_whose_signature_was_checked(sqlite_town: Town, officer: Staff) -> None:
    house, kid, now = sqlite_town.house, "k" * 43, sqlite_town.clock.now()
    steps = (Step(1, instant(now), "key.promoted", kid, "system", "", "0" * 64),)
    report = RotationReport(
        kid, "b" * 43, "tokens", ("ES256",), instant(now), "destroyed", ("diary",), ("olymp",), True, "Учения", steps,
        instant(now),
    )  # fmt: skip
    with house.app.app_context(), house.database.work():
        signed = house.vault.audit_ring.sign(claims_of(report), ALGORITHM, REPORT_TYPE)
        ReportStore(house.database).add(kid, now, signed)
        ReportStore(house.database).add("f" * 43, now, signed)
        house.journal.append(KeyReported(kid, "0" * 64), SYSTEM)

    listed = officer.open("/admin/keys")
    page = officer.browser.open(listed.link("Отчёт: kkkk").url)

    assert ("Отчёт о смене ключа", True) == (page.heading, "Подпись отчёта верна." in page.text)
    assert signed in page.body
    assert "Причина: Учения" in page.text
    assert 404 == officer.open("/admin/keys/none/report").status
    assert "Подпись отчёта верна." not in officer.open(f"/admin/keys/{'f' * 43}/report").text, "it is about another key"
