"""The journal and one person's story on the pages of the console: found by number, never by name; every look is written down."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import text

from broker.audit.event import SYSTEM, Actor
from broker.audit.offline import verify_lines
from broker.console.desk_making import story_desk
from broker.console.refused import Refused
from broker.directory.pauses import PauseReason
from broker.security_door import staff_desk
from tests.support.browser import Browser
from tests.support.page import Form, Page
from tests.support.staff import Staff
from tests.support.town import Town
from tests.support.visits import signed_in

Make = Callable[[str], Staff]


@pytest.fixture
def staff(sqlite_town: Town) -> Iterator[Make]:
    """Members of staff by their login, each with a browser and a passkey of this journey."""
    with ExitStack() as stack:

        def make(login: str) -> Staff:
            made = Staff(sqlite_town, login, stack.enter_context(Browser()))
            made.come_in()
            return made

        yield make
    desk = staff_desk(sqlite_town.house)
    with sqlite_town.house.app.app_context(), desk.database.work():
        for person_id in desk.passkeys.owners():
            for passkey in desk.passkeys.of_person(person_id):
                desk.passkeys.remove(person_id, passkey.id, even_last=True)


@pytest.fixture
def paused(sqlite_town: Town) -> Iterator[str]:
    """Somebody whom security has shut out, and who has tried today; gives what the olympiads know them by."""
    town = sqlite_town
    party = town.relying_party("olymp", "openid")
    with Browser() as pupil:
        told = signed_in(town, pupil, party, "orlova")[1]
    house = town.house
    with house.app.app_context():
        house.pauses.pause("demo-orlova", PauseReason.SAFETY, SYSTEM)
    with Browser() as pupil:
        page = town.sign_in(pupil, "orlova", town.relying_party().begin().url)
        assert "3204" in page.text
    yield str(told["sub"])
    with house.app.app_context():
        house.pauses.resume("demo-orlova", SYSTEM)


def told(town: Town, name: str) -> list[dict[str, Any]]:
    with town.house.app.app_context():
        return [dict(entry.fields) for entry in town.house.journal.tail(200) if entry.name == name]


def to(page: Page, ending: str) -> Form:
    """The form of a page that leads there."""
    return next(form for form in page.forms if form.action.endswith(ending))


def find(helper: Staff, **typed: str) -> Page:
    return helper.browser.submit(helper.open("/admin/person").form("subject"), **typed)  # type: ignore[arg-type]


def test_why_she_could_not_sign_in_is_told_to_support(sqlite_town: Town, staff: Make, paused: str) -> None:
    helper = staff("gerasimova")
    without = find(helper, client_id="olymp", subject=paused)
    wrong = find(helper, client_id="olymp", subject=paused[::-1], grounds="asked")
    story = find(helper, client_id="olymp", subject=paused, grounds="asked")

    assert (422, "Ошибка: Один человек") == (without.status, without.title)
    assert (422, "Никого не нашли" in wrong.text) == (wrong.status, True)
    assert "История человека" == story.heading
    assert "Доступ закрыт: похоже, входит чужой человек." in story.text
    assert "Код причины: 3204" in story.text
    assert "Правила не пускают" in story.text
    assert "Войти не удалось" in story.text
    assert [{"case_id": "", "grounds": "asked", "person_id": "demo-orlova"}] == told(sqlite_town, "story.opened")
    assert not [form for form in story.forms if form.action.endswith("block")], "support ends sign-ins and does no more"
    with Browser() as anybody:
        colleague = Staff(sqlite_town, "yakovlev", anybody)
        colleague.come_in()
        assert 404 == colleague.open(story.url.removeprefix(sqlite_town.issuer)).status, "a story is open for whoever said why"


def test_a_case_leads_to_what_happened_to_its_person(sqlite_town: Town, staff: Make) -> None:
    with Browser() as pupil:
        page = sqlite_town.sign_in(pupil, "volkova", sqlite_town.relying_party().begin().url)
    number = re.findall(r"\b\d{4}-\d{4}\b", page.text)[0]
    helper = staff("gerasimova")

    story = find(helper, case=number, grounds="asked")

    assert "История человека" == story.heading
    assert number in story.text
    assert "Открыто обращение" in story.text
    assert told(sqlite_town, "story.opened")[-1]["case_id"] != ""


def test_another_day_is_asked_for_and_a_wrong_one_is_said(sqlite_town: Town, staff: Make, paused: str) -> None:
    helper = staff("gerasimova")
    story = find(helper, client_id="olymp", subject=paused, grounds="check")
    path = story.url.removeprefix(sqlite_town.issuer)

    early = helper.open(f"{path}?day=01.09.2015")
    wrong = helper.open(f"{path}?day=31.02.2026")

    assert "В этот день отказов не было." in early.text
    assert "В журнале за этот день ничего нет." in early.text
    assert (422, "Ошибка: История человека") == (wrong.status, wrong.title)


def test_an_officer_ends_sign_ins_blocks_and_opens(sqlite_town: Town, staff: Make) -> None:
    officer, house = staff("dorofeev"), sqlite_town.house
    with Browser() as pupil:
        sub = str(signed_in(sqlite_town, pupil, sqlite_town.relying_party("olymp", "openid"), "orlova")[1]["sub"])
        story = find(officer, client_id="olymp", subject=sub, grounds="incident")
        silent = officer.do(to(story, "/end"))
        ended = officer.do(to(story, "/end"), grounds="incident")
        with house.app.app_context():
            left = house.sessions.of_person("demo-orlova")
    blocked = officer.do(to(ended, "/block"), reason="safety")
    with house.app.app_context():
        pause = house.pauses.find("demo-orlova")
    with sqlite_town.house.app.app_context():
        desk = story_desk(sqlite_town.house, sqlite_town.house.outside)
        with pytest.raises(Refused, match="takes two people"):
            desk.block("demo-yakovlev", "safety", Actor("staff", "demo-dorofeev"))
    opened = officer.do(to(blocked, "/unblock"))

    assert (422, "Выберите причину" in silent.text) == (silent.status, True)
    assert ("Все входы закрыты." in ended.text, ()) == (True, left)
    assert "incident" == told(sqlite_town, "sign_ins.ended")[-1]["grounds"]
    assert "Доступ закрыт. Школа его не откроет." in blocked.text
    assert pause is not None and not pause.is_schools
    assert "Доступ снова открыт." in opened.text
    with house.app.app_context():
        assert house.pauses.find("demo-orlova") is None


def test_the_journal_is_searched_by_what_people_know(sqlite_town: Town, staff: Make, paused: str) -> None:
    auditor = staff("chernov")
    form = auditor.open("/admin/audit").form("actor", "cause")
    found = auditor.browser.submit(form, result="refused", object="demo-orlova", cause="3204")
    nothing = auditor.browser.submit(form, event="key.revoked", object="demo-orlova")
    wrong = auditor.browser.submit(form, since="вчера", case="00000000")
    odd = auditor.open("/admin/audit?event=none&result=none&before=x&cause=%D9%A1")

    assert '<svg role="img" aria-labelledby="picture-title picture-text"' in found.body
    assert "Войти не удалось" in found.text
    assert "Ключ входа создан" not in found.text.split("События, новые сверху")[1]
    assert "По этим условиям ничего нет." in nothing.text
    assert (422, False) == (wrong.status, "вчера" in wrong.body)
    assert wrong.title.startswith("Ошибка: Журнал событий")
    assert 422 == odd.status


def test_an_entry_has_its_own_address_and_a_name_needs_a_reason_and_a_passkey(
    sqlite_town: Town, staff: Make, paused: str
) -> None:
    auditor, house = staff("chernov"), sqlite_town.house
    with house.app.app_context():
        entry = next(one for one in house.journal.tail(50) if one.name == "sign_in.paused")
    page = auditor.open(f"/admin/audit/{entry.seq}")
    form = to(page, "/name")
    silent = auditor.do(form)
    named = auditor.do(form, grounds="inquiry")

    assert (f"Запись {entry.seq}", True, True) == (page.heading, entry.hash in page.text, "Доступ закрыт" in page.text)
    assert "Орлова" not in page.text
    assert 422 == silent.status
    assert "Орлова" in named.text
    assert {"person_id": "demo-orlova", "seq": entry.seq, "grounds": "inquiry"} in told(sqlite_town, "name.revealed")
    assert "Орлова" not in auditor.open(f"/admin/audit/{entry.seq}").text, "the address itself opens no name"
    assert [404, 404] == [auditor.open(f"/admin/audit/{word}").status for word in ("99999999", "x")]


def test_a_copy_proves_itself_and_is_written_down(sqlite_town: Town, staff: Make) -> None:
    auditor = staff("chernov")
    form = to(auditor.open("/admin/audit"), "/export")
    silent = auditor.do(form)
    copy = auditor.do(form, grounds="check")

    assert (422, "Выберите причину" in silent.text) == (silent.status, True)
    assert copy.headers["content-disposition"].startswith('attachment; filename="journal-1-')
    report = verify_lines(copy.body.encode().splitlines(keepends=True))
    assert report.is_whole and report.entries > 10
    assert "check" == told(sqlite_town, "journal.exported")[-1]["grounds"]


def test_a_changed_entry_is_an_alarm_with_its_number(sqlite_town: Town, staff: Make) -> None:
    auditor, house = staff("chernov"), sqlite_town.house
    whole = auditor.open("/admin/audit/check")
    change = text("UPDATE audit_entry SET actor_id = :to WHERE seq = 3")
    with house.app.app_context():
        entry = next(one for one in house.journal.chain.rows.before(4, 1))
        with house.database.work() as session:
            session.execute(change, {"to": "somebody"})
        broken = auditor.open("/admin/audit/check")
        with house.database.work() as session:
            session.execute(change, {"to": entry.actor.id})

    assert "Журнал цел. Проверили" in whole.text
    assert "Журнал повреждён с записи 3." in broken.text
    assert "Журнал цел." in auditor.open("/admin/audit/check").text


def test_the_connection_is_checked_by_hand_and_says_what_its_clock_says(sqlite_town: Town, staff: Make) -> None:
    helper = staff("gerasimova")
    before = helper.open("/admin/upstream")
    done = helper.browser.submit(before.forms[-1])

    assert ("Связь с Госуслугами", True) == (before.heading, "Сертификат действует до" in before.text)
    assert "Проверили." in done.text
    assert "Ответили. Проверили" in done.text
    assert [True] == [one["answers"] for one in told(sqlite_town, "upstream.checked")]
