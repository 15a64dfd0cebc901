"""The pages of developers as a developer uses them: from nothing to a tested sign-in, and what is nobody else's business."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urljoin

import pytest

from broker.audit.event import SYSTEM
from broker.clients.client import Client
from broker.clients.developers_store import Developer, DeveloperStore
from broker.console.developers.invented import PEOPLE
from broker.registration.approvals import Approvals
from tests.journeys.school_walks import form_to, open_, press
from tests.rooms.clients.samples import ec_jwk
from tests.support.browser import Browser
from tests.support.page import Page
from tests.support.relying_party import RelyingParty
from tests.support.town import RP_HOST, Town

ORGANISATION = "Пример-Софт"
LOGIN, PERSON = "tarasov", "demo-tarasov"
OTHER = "service-of-others"
PRIVATE = {**ec_jwk(), "d": "Zm9yZXZlciBwcml2YXRl"}
WEAK = {"kty": "RSA", "n": "sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1Wl", "e": "AQAB"}


@pytest.fixture(scope="module")
def dev_town(sqlite_town: Town) -> Town:
    """A developer, and a service of another organisation."""
    house = sqlite_town.house
    with house.app.app_context():
        store = DeveloperStore(house.database)
        with house.database.work():
            store.put(Developer(PERSON, ORGANISATION, house.outside.now()))
            house.clients.add(_of_others())
            store.give(OTHER, "Другие")
    return sqlite_town


def _of_others() -> Client:
    """It calls its organisation as the developer's is called; that opens nothing."""
    return Client(
        client_id=OTHER,
        client_name="Чужой",
        client_name_en="Foreign",
        organisation=ORGANISATION,
        redirect_uris=("https://other.example/back",),
        token_endpoint_auth_method="none",
    )


@pytest.fixture
def developer(dev_town: Town, browser: Browser) -> Iterator[Browser]:
    page = dev_town.sign_in(browser, LOGIN, f"{dev_town.issuer}/login?next=developers&region=38", "Иркутская")
    assert (200, f"{dev_town.issuer}/dev") == (page.status, page.url), f"{page.status} {page.url}: {page.text[:400]}"
    yield browser


def made(town: Town, browser: Browser, **changes: str) -> Page:
    """Five questions and the last look; the page of the new service."""
    scopes = {"scope-profile": "yes", "why-profile": "подписать диплом", "why_en-profile": "to sign the certificate"}
    typed = {
        "name": "Кружки", "name_en": "Clubs", "environment": "sandbox", "addresses": "http://127.0.0.1:9/clubs",
        "public_keys": json.dumps(ec_jwk()), "contact": "dev@clubs.example", **changes,
    }  # fmt: skip
    page = open_(town, browser, "/dev/new/1")
    page = press(browser, page, "/dev/new/1", **{name: typed[name] for name in ("name", "name_en", "environment")})
    page = press(browser, page, "/dev/new/2", addresses=typed["addresses"], start_url=typed.get("start_url", ""))
    page = press(browser, page, "/dev/new/3", **scopes, **{name: text for name, text in changes.items() if "snils" in name})
    page = press(browser, page, "/dev/new/4", **{name: typed[name] for name in ("public_keys", "wants_secret") if name in typed})
    page = press(browser, page, "/dev/new/5", contact=typed["contact"])
    assert "Проверьте ответы" == page.heading, page.text
    # Nobody looks at a test service first.
    assert (typed["environment"] == "sandbox") == ("Подключить тестовый сервис" in page.text)
    return press(browser, page, "/dev/new/check")


def id_in(page: Page) -> str:
    found = [word for word in page.text.split() if word.startswith("service-")]
    assert found, page.text
    return found[0]


def test_from_nothing_to_a_tested_sign_in(dev_town: Town, developer: Browser) -> None:
    assert "Пока ни одного" in open_(dev_town, developer, "/dev").text
    page = made(dev_town, developer)
    client_id = id_in(page)
    assert (200, "Сервис: Кружки") == (page.status, page.heading)
    assert "Работает" in page.text and f"{dev_town.issuer}/token" in page.text

    page = open_(dev_town, developer, f"/dev/{client_id}/test")
    page = press(developer, page, f"/dev/{client_id}/test", person="orlova")
    page = walked(dev_town, developer, page, "orlova", client_id)

    assert "Все шаги пройдены" in page.text, page.text
    for said in ("POST /token", "id_token", "family_name", "Орлова", "response_type=code"):
        assert said in page.text, said
    with dev_town.house.app.app_context():
        assert ORGANISATION == dev_town.house.clients.all()[-1].organisation


def walked(town: Town, browser: Browser, page: Page, login: str, client_id: str) -> Page:
    """From the button that begins a walk to its result."""
    begin = next(link.url for link in page.links if link.text == "Начать вход")
    page = town.sign_in(browser, login, begin, "Архангельская")
    for form in page.forms_with("decision"):
        return browser.submit(form, decision="allow")
    return open_(town, browser, f"/dev/{client_id}/test/result")


# The one the page offers first, one whose parents decide, one who is not found.
@pytest.mark.parametrize("login", [PEOPLE[0].login, "belov.t", "volkova"])
def test_invented_people_end_where_the_page_says_they_will(dev_town: Town, developer: Browser, login: str) -> None:
    expected = next(one.expects for one in PEOPLE if one.login == login)
    client_id = id_in(made(dev_town, developer, name=f"Кружки {login}", name_en=f"Clubs {login}"))
    page = open_(dev_town, developer, f"/dev/{client_id}/test")
    page = press(developer, page, f"/dev/{client_id}/test", person=login)
    page = walked(dev_town, developer, page, login, client_id)

    assert ("Все шаги пройдены" in page.text) == (not expected), page.text
    assert ("Вход остановился." in page.text) == bool(expected), page.text
    assert {expected} - {""} == {link.url.rpartition("/")[2] for link in page.links if "/dev/causes/" in link.url}


def test_a_walk_belongs_to_the_browser_that_began_it(dev_town: Town, developer: Browser) -> None:
    client_id = id_in(made(dev_town, developer, name="Кружки три", name_en="Clubs three"))
    page = open_(dev_town, developer, f"/dev/{client_id}/test")
    press(developer, page, f"/dev/{client_id}/test", person="orlova")
    with Browser() as stranger:
        for path in ("result", "go", "callback?state=x&code=y"):
            assert 404 == open_(dev_town, stranger, f"/dev/{client_id}/test/{path}").status
    assert 404 == open_(dev_town, developer, f"/dev/{client_id}/test/callback?state=x&code=y&iss={dev_town.issuer}").status


@pytest.mark.parametrize(
    ("step", "typed", "said"),
    [
        (1, {"name": "", "name_en": "x"}, "Введите название"),
        (2, {"addresses": "http://clubs.example/back"}, "он начинается с https"),
        (2, {"addresses": "https://*.clubs.example/back"}, "Звёздочки нельзя"),
        (3, {"scope-snils": "yes"}, "Напишите, зачем нужны эти данные"),
        (4, {"public_keys": json.dumps(PRIVATE)}, "Это закрытый ключ"),
        (4, {"public_keys": "-----BEGIN PRIVATE KEY-----\nMIG\n-----END PRIVATE KEY-----"}, "Это закрытый ключ"),
        (4, {"public_keys": json.dumps(WEAK)}, "слишком слабый"),
        (4, {"public_keys": "{"}, "нужен JWK, JWKS или PEM"),
        (5, {"contact": "nobody"}, "Введите почту"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_named(dev_town: Town, developer: Browser, step: int, typed: dict[str, str], said: str) -> None:
    page = press(developer, open_(dev_town, developer, f"/dev/new/{step}"), f"/dev/new/{step}", **typed)

    assert (422, True) == (page.status, said in page.text), page.text
    assert page.title.startswith("Ошибка: ")
    if "закрытый" in said:
        form = form_to(page, f"/dev/new/{step}")
        assert "PRIVATE" not in str(form.fields) and PRIVATE["d"] not in str(form.fields)


def test_a_service_for_real_people_waits_for_a_registrar(dev_town: Town, developer: Browser) -> None:
    snils = {"scope-snils": "yes", "why-snils": "сверить с договором", "why_en-snils": "to compare with a contract"}
    names = {"name": "Настоящие кружки", "name_en": "Real clubs"}
    page = made(dev_town, developer, environment="production", addresses="https://real.example/back", **names, **snils)
    client_id = id_in(page)
    assert "Ждёт проверки" in page.text and "Отправили на проверку" in page.text
    house = dev_town.house
    with house.app.app_context():
        client = house.clients.latest(client_id)
        assert client is not None
        assert (False, ("snils",), ("openid", "profile")) == (client.is_enabled, client.waiting_scopes, client.scopes)
        approvals = Approvals(house.database, house.clients, house.journal)
        approvals.decide(client_id, ("snils",), False, "not_needed", SYSTEM)
        approvals.decide(client_id, ("name",), False, "imitation", SYSTEM)
    assert "Отклонён: название похоже на чужое" in open_(dev_town, developer, "/dev").text
    assert "только у тестового сервиса" in open_(dev_town, developer, f"/dev/{client_id}/test").text


def test_keys_are_replaced_and_a_private_one_is_not_kept(dev_town: Town, developer: Browser) -> None:
    client_id = id_in(made(dev_town, developer, name="Кружки с ключом", name_en="Clubs with a key"))
    path = f"/dev/{client_id}/keys"
    page = press(developer, open_(dev_town, developer, path), path, public_keys=json.dumps({"keys": [PRIVATE]}))
    assert (422, True) == (page.status, "Это закрытый ключ" in page.text)
    assert PRIVATE["d"] not in page.text
    ending = {**ec_jwk(), "exp": int(dev_town.clock.now().timestamp()) + 10 * 86_400 + 60}
    page = press(developer, page, path, public_keys=json.dumps(ending))
    assert "Ключ действует ещё 10 дней" in page.text, page.text


def test_a_secret_is_shown_once(dev_town: Town, developer: Browser) -> None:
    names = {"name": "Кружки с секретом", "name_en": "Clubs with a secret"}
    page = made(dev_town, developer, **names, public_keys="", wants_secret="yes")
    client_id = id_in(page)
    # There is none that nobody was ever shown, and the page says where to get it.
    with dev_town.house.app.app_context():
        assert () == (dev_town.house.clients.latest(client_id) or _of_others()).secrets
    path = f"/dev/{client_id}/secret"
    form = form_to(developer.press(page, "Сделать его на странице ключей"), path)
    page = developer.submit(form)
    assert "Покажем один раз" in page.text
    shown = max(page.text.split(), key=len)
    with dev_town.house.app.app_context():
        client = dev_town.house.clients.latest(client_id)
    assert client is not None and client.secret_is_right(shown, dev_town.clock.now()) and 1 == len(client.secrets)
    assert "Секрета у сервиса пока нет" not in open_(dev_town, developer, f"/dev/{client_id}").text
    again = developer.submit(form)
    assert f"/dev/{client_id}/keys" == again.url.removeprefix(dev_town.issuer) and shown not in again.text


def test_the_log_tells_causes_and_numbers_and_nobody(dev_town: Town, developer: Browser) -> None:
    client_id = id_in(made(dev_town, developer, name="Кружки с журналом", name_en="Clubs with a log"))
    house = dev_town.house
    with house.app.app_context():
        client = house.clients.latest(client_id)
        assert client is not None
        public = replace(client, token_endpoint_auth_method="none", jwks={})
        house.clients.replace(public)
    party = RelyingParty(dev_town.issuer, client_id, None, f"{RP_HOST}clubs", "openid profile")
    with Browser() as person:
        page = dev_town.sign_in(person, "volkova", party.begin().url, "Архангельская")
        assert "3102" in page.text
        number = next(word.strip(",.") for word in page.text.split() if len(word.strip(",.")) == 9 and word[4] == "-")
    with Browser() as person:
        page = dev_town.sign_in(person, "orlova", party.begin().url, "Архангельская")
        page = person.submit(page.form("decision"), follow=False, decision="allow")
        page = dev_town.sign_in(person, "orlova", next(link.url for link in page.links if "Вернуться" in link.text))
        assert page.headers["location"].startswith(party.redirect_uri)
    log = open_(dev_town, developer, f"/dev/{client_id}/log")
    assert "Не впустили" in log.text and log.has_link("3102") and "Вход удался" in log.text, log.text
    for secret in ("Волкова", "demo-volkova", "Орлова", "demo-orlova", "127.0.0.1,"):
        assert secret not in log.text
    found = open_(dev_town, developer, f"/dev/{client_id}/log?number={number}&cause=7005")
    assert "Обращение" in found.text and "За это время входов не было" in found.text
    assert 422 == open_(dev_town, developer, f"/dev/{client_id}/log?number=0000-0000").status
    exported = press(developer, log, f"/dev/{client_id}/log/export")
    assert "3102" in exported.text and "demo-" not in exported.text


def test_what_is_another_organisations_is_not_there(dev_town: Town, developer: Browser) -> None:
    assert "Чужой" not in open_(dev_town, developer, "/dev").text
    for path in ("", "/keys", "/data", "/log", "/test"):
        page = open_(dev_town, developer, f"/dev/{OTHER}{path}")
        nothing = open_(dev_town, developer, f"/dev/nobody{path}")
        assert (404, nothing.heading) == (page.status, page.heading)


def test_only_developers_come_in(dev_town: Town, browser: Browser) -> None:
    for path in ("/dev", "/dev/new/1", f"/dev/{OTHER}/log"):
        page = browser.open(f"{dev_town.issuer}{path}", follow=False)
        assert (303, "/login?next=developers") == (page.status, page.headers["location"])
    page = dev_town.sign_in(browser, "orlova", f"{dev_town.issuer}/login?next=developers&region=29", "Архангельская")
    assert (403, True) == (page.status, "7009" in page.text), page.text


@pytest.mark.parametrize(("code", "said"), [("7005", "access_denied"), ("7006", "login_required"), ("3102", "Исправит школа")])
def test_anybody_reads_what_a_cause_means(dev_town: Town, browser: Browser, code: str, said: str) -> None:
    page = open_(dev_town, browser, urljoin("/dev/causes/", code))
    assert (200, True) == (page.status, said in page.text), page.text
    assert 404 == open_(dev_town, browser, "/dev/causes/0000").status


def test_the_readiness_check_says_what_is_missing(dev_town: Town, developer: Browser) -> None:
    client_id = id_in(made(dev_town, developer, name="Кружки без адреса", name_en="Clubs without an address"))
    page = open_(dev_town, developer, f"/dev/{client_id}")
    page = press(developer, page, f"/dev/{client_id}/check", state_url="http://127.0.0.1:9/who")

    assert (422, True) == (page.status, "no initiate_login_uri" in page.text), page.text


def retyped(town: Town, browser: Browser, path: str, **typed: str) -> Page:
    """The form of a service with some of its values typed anew; the others are sent as a browser sends them."""
    page = open_(town, browser, path)
    areas = re.findall(r'<textarea id="([^"]+)".*?>\n(.*?)</textarea>', page.body, re.DOTALL)
    chosen = re.findall(r'<select id="([^"]+)"(?:(?!</select>).)*?<option value="([^"]*)" selected', page.body, re.DOTALL)
    return press(browser, page, path, **{**dict(areas), **dict(chosen), **typed})


def test_a_service_is_changed_after_a_look_at_the_differences(dev_town: Town, developer: Browser) -> None:
    house, now_at = dev_town.house, "http://127.0.0.1:9/clubs"
    client_id = id_in(made(dev_town, developer, name="Кружки до", name_en="Clubs before"))
    edit = f"/dev/{client_id}/edit"
    confirmed = "urn:school-signin:esia:confirmed"
    typed = {"redirect_uris": f"{now_at}\n{now_at}/two", "client_name": "Кружки", "minimum_acr_value": confirmed}
    page = retyped(dev_town, developer, edit, **typed)

    assert "Что изменится" == page.heading and f"{now_at} {now_at}/two" in page.text, page.text
    with house.app.app_context():
        assert (now_at,) == (house.clients.latest(client_id) or _of_others()).redirect_uris, "nothing is saved before"
    page = press(developer, page, f"{edit}/check")
    assert "Изменения сохранены" in page.text and f"{now_at}/two" in page.text, page.text
    assert f"minimum_acr_value {confirmed}" in page.text and "require_pkce true" in page.text, page.text
    with house.app.app_context():
        changed = house.clients.latest(client_id)
        assert changed is not None
        assert ("Кружки", "Clubs before", (now_at, f"{now_at}/two"), confirmed) == (
            changed.client_name, changed.client_name_en, changed.redirect_uris, changed.minimum_acr_value
        )  # fmt: skip
        assert "127.0.0.1:9" == changed.sector, "people keep their sub"
        told = house.journal.tail(5)
        assert ("client.changed", PERSON) in [(entry.name, entry.actor.id) for entry in told]


def test_what_is_sensitive_waits_and_a_new_secret_is_told_once(dev_town: Town, developer: Browser) -> None:
    client_id = id_in(made(dev_town, developer, name="Кружки жду", name_en="Clubs wait"))
    edit = f"/dev/{client_id}/edit"
    words = {"scope-snils": "yes", "why-snils": "сверить", "why_en-snils": "to compare"}
    page = retyped(dev_town, developer, edit, **words)
    assert "откроет сотрудник" in page.text and "snils" in page.text
    page = press(developer, page, f"{edit}/check")
    assert "Ждёт проверки" in page.text, page.text
    page = retyped(dev_town, developer, edit, token_endpoint_auth_method="client_secret_basic")
    page = press(developer, page, f"{edit}/check")

    assert "Покажем один раз" in page.text, page.text
    with dev_town.house.app.app_context():
        changed = dev_town.house.clients.latest(client_id)
    assert changed is not None
    assert (("snils",), 1, True) == (changed.waiting_scopes, len(changed.secrets), "snils" not in changed.scopes)


def test_a_change_that_breaks_a_rule_or_meets_another_one_is_not_saved(dev_town: Town, developer: Browser) -> None:
    house, client_id = dev_town.house, id_in(made(dev_town, developer, name="Кружки спор", name_en="Clubs two hands"))
    edit = f"/dev/{client_id}/edit"
    for typed in ({"redirect_uris": "http://clubs.example/back"}, {"client_name": ""}, {"client_name": "Госуслуги"}):
        page = retyped(dev_town, developer, edit, **typed)
        assert (422, True) == (page.status, "Так записать нельзя" in page.text), page.text
    page = retyped(dev_town, developer, edit, client_uri="https://clubs.example/")
    with house.app.app_context():
        house.clients.replace(replace(house.clients.latest(client_id) or _of_others(), contacts=("other@clubs.example",)))
    page = press(developer, page, f"{edit}/check")
    assert (422, True) == (page.status, "уже изменили" in page.text), page.text
    page = press(developer, page, f"{edit}/check")
    with house.app.app_context():
        changed = house.clients.latest(client_id)
        assert changed is not None
        assert ("https://clubs.example/", ("other@clubs.example",)) == (changed.client_uri, changed.contacts)
        house.clients.replace(replace(changed, first_party=True))
    page = retyped(dev_town, developer, edit, redirect_uris="http://127.0.0.1:10/elsewhere")
    assert (422, True) == (page.status, "first-party" in page.text), page.text
    for path in (edit, f"{edit}/check"):
        assert 404 == open_(dev_town, developer, path.replace(client_id, OTHER)).status


def test_what_the_service_gets_wrong_before_a_sign_in_is_in_its_log(dev_town: Town, developer: Browser) -> None:
    client_id = id_in(made(dev_town, developer, name="Кружки сбой", name_en="Clubs wrong"))
    asked = f"{dev_town.issuer}/authorize?response_type=code&client_id={client_id}&scope=openid"
    with Browser() as somebody:
        somebody.open(f"{asked}&redirect_uri=https%3A%2F%2Fstranger.example%2Fsecret-path")
    page = open_(dev_town, developer, f"/dev/{client_id}/log")

    assert "Запрос сервиса с ошибкой" in page.text and "authorization: registered_redirect" in page.text, page.text
    assert any(link.url.endswith("/dev/causes/7002") for link in page.links) and "stranger" not in page.body
    assert "registered_redirect" in open_(dev_town, developer, f"/dev/{client_id}/log?cause=7002").text
