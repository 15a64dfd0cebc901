"""The console of security staff: who comes in, by which proof; every route by every role; what a stolen cookie cannot reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.routing import Rule
from werkzeug.test import Client as Caller

from broker.audit.event import SYSTEM, Actor
from broker.clients.developers_store import Developer, DeveloperStore
from broker.console.refused import Refused
from broker.console.rights import PUBLIC, may
from broker.console.security.entrance import too_weak
from broker.console.security.needs import action_of
from broker.console.staff_by_two import StaffByTwo
from broker.doors import street_of
from broker.security_door import registration_desk, security_room, staff_desk
from tests.support.browser import Browser
from tests.support.staff import Staff, options_of
from tests.support.town import Town

# Officer, registrar, auditor, support, administrator of a school, pupil.
PEOPLE = {
    "dorofeev": "security_officer", "ilina": "registrar", "chernov": "auditor", "gerasimova": "support",
    "tarasova": "school_administrator", "belov.t": "pupil",
}  # fmt: skip
FIVE_MINUTES = timedelta(minutes=5)
SIGN_IN, SHOW = "/login?next=security", "/admin/passkey"
WORDS = {"client_id": "olymp", "person_id": "demo-chernov", "passkey_id": "none", "key": "none", "request_id": "none",
         "planned_id": "none", "digest": "none", "purpose": "none",
         "kid": "none"}  # fmt: skip

Make = Callable[[str], Staff]


@pytest.fixture
def staff(sqlite_town: Town) -> Iterator[Make]:
    """Makes members of staff by their login, each with a browser that has never been here."""
    with ExitStack() as stack:
        yield lambda login: Staff(sqlite_town, login, stack.enter_context(Browser()))


@pytest.fixture(autouse=True)
def nobody_has_a_passkey(sqlite_town: Town) -> Iterator[None]:
    """Each journey begins with a new passkey: the one of the journey before is gone with its browser."""
    yield
    desk = staff_desk(sqlite_town.house)
    with sqlite_town.house.app.app_context(), desk.database.work():
        for person_id in desk.passkeys.owners():
            for passkey in desk.passkeys.of_person(person_id):
                desk.passkeys.remove(person_id, passkey.id, even_last=True)


def events(town: Town, *names: str) -> list[dict[str, Any]]:
    with town.house.app.app_context():
        return [dict(entry.fields) for entry in town.house.journal.tail(200) if entry.name in names]


class TestComingIn:
    def test_a_passkey_is_made_once_and_shown_at_every_sign_in(self, sqlite_town: Town, staff: Make) -> None:
        officer, again = staff("dorofeev"), staff("dorofeev")
        assert "Состояние входа" == officer.come_in().heading
        again.key = officer.key

        asked = again.sign_in()

        assert "Покажите ключ входа" == asked.heading
        assert "Покажите ключ входа" == again.open("/admin/clients").heading, "nothing opens before it"
        assert "Состояние входа" == again.show(asked).heading

    def test_another_device_and_an_old_answer_do_not_open(self, sqlite_town: Town, staff: Make) -> None:
        officer, thief = staff("dorofeev"), staff("dorofeev")
        officer.come_in()
        asked = thief.sign_in()

        stranger = thief.show(asked)
        thief.key = officer.key
        answer = thief.key.show(options_of(stranger))
        opened = thief.browser.submit(stranger.form("passkey"), passkey=answer)
        again = thief.browser.submit(thief.open(SHOW).form("passkey"), passkey=answer)

        assert (403, "Этот ключ не подошёл. Попробуйте ещё раз." in stranger.text) == (stranger.status, True)
        assert "Состояние входа" == opened.heading
        assert again.status == 403
        assert {"unknown", "challenge"} <= {one["why"] for one in events(sqlite_town, "passkey.rejected")}

    def test_a_sign_in_of_yesterday_and_a_new_one_need_the_passkey_again(self, sqlite_town: Town, staff: Make) -> None:
        officer = staff("dorofeev")
        officer.come_in()

        sqlite_town.clock.advance(timedelta(hours=1))
        officer.sign_in("/login?next=security&fresh=1")
        assert "Покажите ключ входа" == officer.open("/admin").heading
        sqlite_town.clock.advance(timedelta(hours=7, minutes=59))
        sqlite_town.clock.advance(timedelta(hours=5))

        assert officer.open("/admin", follow=False).headers["location"].startswith("/login?next=security")

    def test_whoever_is_no_staff_is_told_so_and_nothing_else(self, staff: Make) -> None:
        pupil = staff("belov.t").sign_in()

        assert (403, "Этот сервис не для вашей роли") == (pupil.status, pupil.heading)

    @pytest.mark.parametrize(
        "changes", [{"level": "not_confirmed"}, {"level": "child"}, {"connector": "diary"}, {"connector": "north"}]
    )
    def test_an_account_that_nobody_confirmed_will_not_do(self, sqlite_town: Town, staff: Make, changes: dict[str, str]) -> None:
        staff("dorofeev").come_in()
        app, sessions = sqlite_town.house.app, sqlite_town.house.sessions
        room = security_room(sqlite_town.house, street_of(sqlite_town.house))
        with app.test_request_context("/admin"):
            session = sessions.of_person("demo-dorofeev")[-1]

            answer = too_weak(room, replace(session, **changes))

            assert too_weak(room, session) is None
            assert answer is not None
            assert "Сервису мало вашей записи на Госуслугах" in answer.get_data(as_text=True)


class TestEveryRoute:
    def test_every_route_states_its_action(self, sqlite_town: Town) -> None:
        views = sqlite_town.house.app.view_functions

        assert [] == [rule.rule for rule in routes(sqlite_town) if action_of(views[rule.endpoint]) is None]

    def test_every_route_by_every_role_as_the_table_says(self, sqlite_town: Town, staff: Make) -> None:
        found: dict[tuple[str, str, str], tuple[str, str]] = {}
        for login in (None, *PEOPLE):
            caller, role = _caller(sqlite_town, staff, login), PEOPLE.get(login or "", "nobody")
            for rule in pages(sqlite_town):
                for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                    said = _said(caller, method, _address(rule))
                    expected = _expected(sqlite_town, rule, role, method)
                    if said != expected:
                        found[role, method, rule.rule] = said, expected

        assert {} == found

    def test_a_route_without_an_action_is_closed_to_everybody(self, sqlite_town: Town, staff: Make) -> None:
        officer = staff("dorofeev")
        officer.come_in()
        views = sqlite_town.house.app.view_functions
        kept = views["security.clients"]

        views["security.clients"] = lambda: "open to everybody"
        try:
            closed = officer.open("/admin/clients")
        finally:
            views["security.clients"] = kept

        assert 404 == closed.status
        assert 200 == officer.open("/admin/clients").status


class TestDangerousActs:
    def test_a_service_is_paused_with_the_passkey_and_resumed(self, sqlite_town: Town, staff: Make) -> None:
        officer = staff("dorofeev")
        officer.come_in()
        form = officer.open("/admin/clients/olymp").form("decision")

        asked = officer.browser.submit(form, decision="pause")
        assert ("Подтвердите ключом входа", 403) == (asked.heading, asked.status)
        assert is_enabled(sqlite_town, "olymp"), "the form alone does nothing"
        done = officer.show(asked)

        assert "Вход в сервис приостановлен." in done.text
        assert not is_enabled(sqlite_town, "olymp")
        assert "clients.pause" in {one["action"] for one in events(sqlite_town, "staff.act_confirmed")}
        officer.do(officer.open("/admin/clients/olymp").form("decision"), decision="resume")
        assert is_enabled(sqlite_town, "olymp")

    def test_a_stolen_cookie_reaches_no_dangerous_act(self, sqlite_town: Town, staff: Make) -> None:
        officer, thief = staff("dorofeev"), staff("dorofeev")
        officer.come_in()
        thief.browser.session.cookies.update(officer.browser.session.cookies)
        form = thief.open("/admin/clients/olymp").form("decision")

        asked = thief.browser.submit(form, decision="pause")
        own_key = thief.show(asked)
        # The answer that the officer gives on the way in, or for another act, is caught and used here.
        coming_in = officer.key.show(options_of(officer.open(SHOW)))
        caught = thief.browser.submit(own_key.form("passkey"), passkey=coming_in)
        resume = officer.browser.submit(officer.open("/admin/clients/olymp").form("decision"), decision="resume")
        other_act = officer.key.show(options_of(resume))
        caught_again = thief.browser.submit(caught.form("passkey"), passkey=other_act)
        new_key = thief.browser.submit(thief.open("/admin/passkeys").forms_with("form_key")[0])
        past_it = thief.make(thief.open("/admin/passkeys/make"), "мой")

        assert [403] * 5 == [page.status for page in (asked, own_key, caught, caught_again, new_key)]
        assert "Мои ключи входа" == past_it.heading
        assert is_enabled(sqlite_town, "olymp")
        with sqlite_town.house.app.app_context():
            assert 1 == len(staff_desk(sqlite_town.house).passkeys.of_person("demo-dorofeev")), "no key of the thief's"

    def test_a_yes_serves_one_press(self, sqlite_town: Town, staff: Make) -> None:
        officer = staff("dorofeev")
        officer.come_in()
        asked = officer.browser.submit(officer.open("/admin/clients/olymp").form("decision"), decision="pause")
        confirmed = asked.form("passkey")
        answer = officer.key.show(options_of(asked))
        first = officer.browser.submit(confirmed, follow=False, passkey=answer)
        officer.do(officer.open("/admin/clients/olymp").form("decision"), decision="resume")

        second = officer.browser.submit(confirmed, follow=False, passkey=answer)

        assert (303, 303) == (first.status, second.status), "a double press gets the first one's answer"
        assert is_enabled(sqlite_town, "olymp"), "and does nothing again"

    def test_changed_answers_need_another_yes(self, sqlite_town: Town, staff: Make) -> None:
        officer = staff("dorofeev")
        officer.come_in()
        asked = officer.browser.submit(officer.open("/admin/clients/olymp").form("decision"), decision="resume")

        changed = officer.browser.submit(asked.form("passkey"), decision="pause", passkey=officer.key.show(options_of(asked)))

        assert 403 == changed.status
        assert is_enabled(sqlite_town, "olymp")

    def test_an_old_sign_in_is_renewed_and_the_answers_are_kept(self, sqlite_town: Town, staff: Make) -> None:
        officer = staff("dorofeev")
        officer.come_in()
        sqlite_town.clock.advance(FIVE_MINUTES)
        form = officer.open("/admin/clients/olymp").form("decision")

        away = officer.browser.submit(form, follow=False, decision="pause")
        assert "/login?next=security_again&fresh=1" == away.headers["location"]
        officer.sign_in("/login?next=security_again&fresh=1")
        officer.show(officer.open(SHOW))
        asked = officer.open("/admin/again")
        done = officer.show(asked)

        assert "Приостановить или открыть вход в сервис" in asked.text
        assert ("Вход в сервис приостановлен." in done.text, False) == (True, is_enabled(sqlite_town, "olymp"))
        officer.do(officer.open("/admin/clients/olymp").form("decision"), decision="resume")


class TestOwnPasskeys:
    def test_a_second_one_is_made_with_the_first_and_one_stays(self, sqlite_town: Town, staff: Make) -> None:
        officer = staff("dorofeev")
        officer.come_in()
        first = officer.key

        sqlite_town.clock.advance(timedelta(minutes=1))
        making = officer.do(officer.open("/admin/passkeys").forms_with("form_key")[0])
        officer.key = replace(staff("dorofeev").key)
        listed = officer.make(making, "запасной")
        again = officer.make(officer.open("/admin/passkeys/make"), "третий")
        officer.key = first
        removed = officer.do(officer.open("/admin/passkeys").forms[0])

        assert ("запасной" in listed.text, "ноутбук" in listed.text) == (True, True)
        assert "третий" not in again.text, "one yes makes one passkey"
        assert ("Ключ входа удалён." in removed.text, "ноутбук" in removed.text) == (True, False)
        assert 1 == len(removed.forms), "the last one has no button"

    def test_a_name_is_asked_for(self, staff: Make) -> None:
        officer = staff("dorofeev")

        wrong = officer.make(officer.sign_in(), " ")

        assert (422, "Ошибка: Создайте ключ входа") == (wrong.status, wrong.title)
        assert "Состояние входа" == officer.make(wrong, "ноутбук").heading


class TestOneTimeLink:
    def test_the_first_officer_comes_in_by_the_link_of_init(self, sqlite_town: Town, staff: Make) -> None:
        newcomer = staff("orlova")
        desk = staff_desk(sqlite_town.house)
        with sqlite_town.house.app.app_context():
            link = str(desk.first_officer(SYSTEM)["link"])

        opened = newcomer.open("/admin/start")
        away = newcomer.browser.submit(opened.form("link"), follow=False, link=link)
        assert "/login?next=security" == away.headers["location"]
        told = newcomer.sign_in()
        assert "Ваша новая роль: сотрудник безопасности." in told.text
        inside = newcomer.make(newcomer.browser.submit(told.forms[0]))

        assert "Состояние входа" == inside.heading
        again = staff("ilina")
        again.sign_in()
        refused = again.browser.submit(again.open("/admin/start").form("link"), link=link)
        assert (403, "Одноразовая ссылка") == (refused.status, refused.heading)
        with sqlite_town.house.app.app_context(), desk.database.work():
            desk.roles.take("demo-orlova", "security_officer")

    def test_without_a_link_nobody_makes_a_first_passkey(self, sqlite_town: Town, staff: Make) -> None:
        officer, room = staff("dorofeev"), sqlite_town.house.app
        strict = replace(sqlite_town.house.settings.security, first_passkey_without_link=False)
        closed = sqlite_town.house
        sqlite_town.house = replace(closed, settings=replace(closed.settings, security=strict))
        try:
            sqlite_town.restart_broker()
            page = officer.sign_in()
            with sqlite_town.house.app.app_context():
                link = str(staff_desk(sqlite_town.house).new_link("demo-dorofeev", SYSTEM)["link"])
            told = officer.browser.submit(officer.open("/admin/start").form("link"), link=link)
        finally:
            sqlite_town.house = replace(sqlite_town.house, settings=closed.settings)
            sqlite_town.restart_broker()

        assert room is not sqlite_town.house.app
        assert (403, "Нужен ключ входа") == (page.status, page.heading)
        assert "Создайте ключ входа" == told.heading


class TestTwoOfficers:
    def test_an_officer_is_made_by_two_who_are_two_people(self, sqlite_town: Town, staff: Make) -> None:
        first, second, auditor = staff("dorofeev"), staff("yakovlev"), staff("chernov")
        for one in (first, second, auditor):
            one.come_in()

        asked = first.do(first.open("/admin/staff").form("person_id", "role"), person_id="demo-orlova", role="security_officer")
        assert "Её подтвердит другой сотрудник." in asked.text
        assert "security_officer" not in roles_of(sqlite_town, "demo-orlova"), "nothing has happened yet"
        assert not [form for form in asked.forms if form.action.endswith("/agree")], "not by who has asked"
        agree = [form for form in second.open("/admin/staff").forms if form.action.endswith("/agree")]
        forged = first.open("/admin/staff").form("person_id", "role")
        forged.action, forged.fields = agree[0].action, dict(agree[0].fields)
        by_oneself = first.browser.submit(forged)
        done = second.do(agree[0])

        assert (403, False) == (by_oneself.status, "Подтвердите" in by_oneself.heading), "the form key is the other's"
        assert "Ссылка для первого ключа" == done.heading
        assert "security_officer" in roles_of(sqlite_town, "demo-orlova")
        asked = first.do(next(form for form in first.open("/admin/staff").forms if form.action.endswith("/demo-orlova/remove")))
        assert "Её подтвердит другой сотрудник." in asked.text
        assert "security_officer" in roles_of(sqlite_town, "demo-orlova"), "who was made by two goes by two"
        second.do(next(form for form in second.open("/admin/staff").forms if form.action.endswith("/agree")))
        assert "security_officer" not in roles_of(sqlite_town, "demo-orlova")
        with sqlite_town.house.app.app_context():
            desk = StaffByTwo(staff_desk(sqlite_town.house))
            waits = desk.add("demo-belova", "security_officer", Actor("staff", "demo-dorofeev"))
            with pytest.raises(Refused, match="Another human being"):
                desk.agree(str(waits["request"]), Actor("staff", "demo-dorofeev"))
            sqlite_town.clock.advance(timedelta(minutes=15))
            with pytest.raises(Refused):
                desk.agree(str(waits["request"]), Actor("staff", "demo-yakovlev"))


class TestRules:
    def test_two_officers_agree_to_a_file_that_each_has_seen_compared(self, sqlite_town: Town, staff: Make) -> None:
        first, second, auditor = staff("dorofeev"), staff("yakovlev"), staff("chernov")
        for one in (first, second, auditor):
            one.come_in()
        files = sqlite_town.house.settings.regions_directory
        rules = (files / "38-irkutsk.toml").read_text(encoding="utf-8")
        last = rules[rules.rindex("[[period]]"):].replace("2024-07-01", "2030-09-01").replace("2024-05-01", "2030-05-01")
        rules += "\n" + last.replace('level = "confirmed"', 'level = "any"')

        wrong = first.browser.submit(first.open("/admin/policy").form("on"), rules="code = ")
        compared = first.browser.submit(first.open("/admin/policy").form("on"), rules=rules)
        asked = first.do(next(form for form in compared.forms if form.action.endswith("/plan")))
        draft = next(link for link in second.open("/admin/policy").links if "/admin/policy/drafts/" in link.url)
        looked = auditor.browser.open(draft.url)
        agreed = second.do(next(form for form in second.browser.open(draft.url).forms if form.action.endswith("/agree")))

        assert (422, True) == (wrong.status, "not a TOML file" in wrong.text)
        assert "Ученик, возраст 16, запись «стандартная»" in compared.text
        assert "Файл ждёт второго сотрудника." in asked.text
        assert "Файл согласован." in agreed.text
        assert not auditor.open("/admin/policy").forms_with("on"), "who only looks has no form"
        # Nor does the whole directory work for them.
        assert "Посчитали людей" in compared.text and "Посчитали людей" not in looked.text
        assert "может посчитать сотрудник безопасности" in looked.text
        assert "Ученик, возраст 16, запись «стандартная»" in looked.text
        names = events(sqlite_town, "policy.planned", "policy.agreed")
        assert 2 == len(names) and 1 == len({fields["digest"] for fields in names})


class TestServices:
    def test_a_registrar_approves_and_nobody_their_own(self, sqlite_town: Town, staff: Make) -> None:
        registrar = staff("ilina")
        registrar.come_in()
        with sqlite_town.house.app.app_context():
            store = sqlite_town.house.clients
            client = replace(store.latest("kiosk"), scopes=("openid",), waiting_scopes=("snils", "school"))  # type: ignore[type-var]
            with sqlite_town.house.database.work():
                store.replace(client)
        page = registrar.open("/admin/clients/kiosk")
        assert "не узнаёт" in page.text

        unsaid = registrar.do(page.form("decision", "about"), decision="approve", about="snils")
        form = registrar.open("/admin/clients/kiosk").form("decision", "about")
        done = registrar.do(form, decision="approve", about="snils", grounds="contract")

        assert (422, "Выберите, почему вы так решили" in unsaid.text) == (unsaid.status, True)
        assert "Одобрили." in done.text
        with sqlite_town.house.app.app_context():
            now = sqlite_town.house.clients.latest("kiosk")
        assert now is not None
        assert (("openid", "snils"), ("school",)) == (now.scopes, now.waiting_scopes)


def test_nobody_decides_about_their_own_service(sqlite_town: Town, staff: Make) -> None:
    registrar, house = staff("ilina"), sqlite_town.house
    registrar.come_in()
    with house.app.app_context(), house.database.work():
        client = house.clients.latest("kiosk")
        assert client is not None
        house.clients.replace(replace(client, scopes=("openid",), waiting_scopes=("snils",)))
        developers = DeveloperStore(house.database)
        developers.put(Developer("demo-ilina", "ООО «Пример»", sqlite_town.clock.now()))
        developers.give("kiosk", "ООО «Пример»")

    page = registrar.open("/admin/clients/kiosk")

    assert "Свою заявку одобряет другой человек" in page.text
    assert not page.forms_with("grounds")
    with house.app.app_context():
        desk = registration_desk(house)
        with pytest.raises(Refused, match="Somebody else must decide"):
            desk.decide_as_staff("kiosk", ["snils"], (True, "contract"), Actor("staff", "demo-ilina"))
        desk.decide_as_staff("kiosk", ["snils"], (False, "not_needed"), Actor("staff", "demo-chernov"))


def roles_of(town: Town, person_id: str) -> list[str]:
    with town.house.app.app_context():
        return [role for person, role in staff_desk(town.house).roles.all() if person == person_id]


def routes(town: Town) -> list[Rule]:
    """Everything of the console, pages and API."""
    return [rule for rule in town.house.app.url_map.iter_rules() if rule.rule.startswith(("/admin", "/api/admin"))]


def pages(town: Town) -> list[Rule]:
    return [rule for rule in routes(town) if rule.rule.startswith("/admin")]


def is_enabled(town: Town, client_id: str) -> bool:
    with town.house.app.app_context():
        found = town.house.clients.latest(client_id)
    assert found is not None
    return found.is_enabled


def _caller(town: Town, staff: Make, login: str | None) -> Caller:
    """The application itself as this person's browser sees it: hundreds of visits, no network."""
    caller = Caller(town.house.app.wsgi_app)
    if login is None:
        return caller
    somebody = staff(login)
    first = somebody.sign_in()
    if first.forms_with("passkey"):
        somebody.make(first)
    for cookie in somebody.browser.session.cookies:
        caller.set_cookie(cookie.name, cookie.value or "", domain="127.0.0.1")
    return caller


def _address(rule: Rule) -> str:
    return rule.build({name: WORDS.get(name, "none") for name in rule.arguments})[1]  # type: ignore[index]


def _said(caller: Caller, method: str, address: str) -> tuple[str, str]:
    """In short: let in (also to be told that the form is old), refused for the role, or sent to sign in."""
    answer = caller.open(address, method=method, base_url="http://127.0.0.1")
    where = answer.headers.get("Location", "")
    if answer.status_code == 303 and where.startswith("/login"):
        return "sign in", ""
    refused = answer.status_code == 403 and "Этот сервис не для вашей роли" in answer.get_data(as_text=True)
    return ("refused", "") if refused else ("let in", "")


def _expected(town: Town, rule: Rule, role: str, method: str) -> tuple[str, str]:
    action = action_of(town.house.app.view_functions[rule.endpoint])
    if action in PUBLIC:
        # Without its word this one leads to the sign-in; the other asks whoever is nobody to sign in when a code was sent.
        return ("sign in", "") if rule.rule == "/admin/come" or (role == "nobody" and method == "POST") else ("let in", "")
    if role == "nobody":
        return "sign in", ""
    assert action is not None
    return ("let in", "") if may([role], action) else ("refused", "")
