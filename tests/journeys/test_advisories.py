"""One journey for each pattern of the advisories that befell our kind of system, tried as an attacker would.

The identifiers name advisories of comparable products (2020–2026); each journey fails when the guard it is about is removed.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import OctKey

from broker.audit.event import SYSTEM
from broker.connectors.identity import UpstreamIdentity
from broker.linking.evidence import Evidence
from tests.support.browser import Browser
from tests.support.page import Form, Page
from tests.support.relying_party import RelyingParty
from tests.support.town import Town
from tests.support.visits import came_to, cookie_of, leave_esia, open_straight, register, signed_in, tokens_of, visit

OFFLINE = "openid profile offline_access"


def to_esia(town: Town, browser: Browser, url: str) -> Page:
    """From an authorization request to the door of ESIA."""
    page = browser.open(url, follow=False)
    while not page.url.startswith(town.esia):
        target = page.headers.get("location") or page.link("Войти через Госуслуги").url
        page = browser.open(urljoin(page.url, target), follow=False)
    return page


def back_from_esia(town: Town, browser: Browser, page: Page, login: str) -> str:
    """The address by which ESIA sends the browser back, not opened."""
    for _ in range(10):
        if 300 <= page.status < 400:
            target = urljoin(page.url, page.headers["location"])
            if target.startswith(town.issuer):
                return target
            page = browser.open(target, follow=False)
        else:
            following = town._at_esia(browser, page, town.people[login])
            assert following is not None, page.text
            page = following
    raise AssertionError("ESIA never sent the browser back")


def person_of(town: Town, browser: Browser) -> str:
    with town.house.app.app_context():
        session = town.house.sessions.current(cookie_of(browser, "session"))
    assert session is not None
    return session.person_id


def relink(town: Town, person_id: str, subject: str) -> None:
    """The school unties the wrong Gosuslugi account; then the right one signs in and is tied."""
    with town.house.app.app_context():
        kept = town.house.links.of_person(person_id)
        assert kept is not None
        assert town.house.links.untie(person_id, "school", SYSTEM)
        town.clock.advance(timedelta(seconds=1))
        right = UpstreamIdentity(
            "esia", subject, kept.level, None, None, None, None, None, "20111430566", None, None, False, False, ("pwd",)
        )
        town.house.links.tie(right, person_id, Evidence.DIARY_PASSWORD, "v", SYSTEM)


class TestAProofIsForWhatWasProven:
    """CVE-2026-9087, CVE-2026-82968, CVE-2026-92358, CVE-2025-46815, CVE-2022-39222."""

    def test_who_was_untied_is_out_also_after_somebody_else_was_tied(self, sqlite_town: Town, browser: Browser) -> None:
        party = sqlite_town.relying_party(scope=OFFLINE)
        tokens, _ = signed_in(sqlite_town, browser, party, "semyonov", region="38")
        assert 200 == browser.open(f"{sqlite_town.issuer}/me", follow=False).status

        relink(sqlite_town, person_of(sqlite_town, browser), "77700001")

        _, answer = open_straight(browser, party, prompt="none")
        assert "interaction_required" == answer["error"]
        assert 401 == party.userinfo(tokens["access_token"]).status_code
        assert 400 == party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code
        own = browser.open(f"{sqlite_town.issuer}/me", follow=False)
        assert (303, "/login") == (own.status, own.headers["location"])
        assert 303 == browser.open(f"{sqlite_town.issuer}/me/permissions", follow=False).status

    def test_two_attempts_of_one_browser_do_not_mix(self, sqlite_town: Town, browser: Browser) -> None:
        """Two tabs, two people at Gosuslugi: each answer belongs to the tab that asked."""
        party = sqlite_town.relying_party(scope="openid profile")
        first, second = party.begin(), party.begin(region="38")
        at_first = to_esia(sqlite_town, browser, first.url)
        back_first = back_from_esia(sqlite_town, browser, at_first, "orlova")
        leave_esia(sqlite_town, browser)
        at_second = to_esia(sqlite_town, browser, second.url)
        back_second = back_from_esia(sqlite_town, browser, at_second, "sokolov")
        # Swap what can be swapped: the code of one trip under the state of the other.
        code = parse_qs(urlsplit(back_second).query)["code"][0]
        state = parse_qs(urlsplit(back_first).query)["state"][0]

        page = sqlite_town.sign_in(browser, "sokolov", back_second)
        ended = party.answer(came_to(page), second)
        claims = party.id_claims(party.redeem(ended["code"], second).json(), second.nonce)
        assert claims["sub"] == self._sub(sqlite_town, party, browser)

        # The code of Sokolov is spent and its state is gone; the other trip still ends as Orlova, in its own tab.
        page = sqlite_town.sign_in(browser, "orlova", back_first)
        other = party.answer(came_to(page), first)
        assert claims["sub"] != party.id_claims(party.redeem(other["code"], first).json(), first.nonce)["sub"]
        present = person_of(sqlite_town, browser)
        again = browser.open(f"{sqlite_town.issuer}/login/return/esia?code={code}&state={state}")
        # Wherever that leads, nobody signs in by it and no service is answered.
        assert (sqlite_town.issuer, present) == (again.url[: len(sqlite_town.issuer)], person_of(sqlite_town, browser))

    def _sub(self, town: Town, party: RelyingParty, browser: Browser) -> str:
        with town.house.app.app_context():
            client = town.house.clients.find(party.client_id)
            session = town.house.sessions.current(cookie_of(browser, "session"))
            assert client is not None and session is not None
            return town.house.vault.subjects.of(client.sector, session.person_id)

    def test_a_return_in_a_browser_that_never_left_signs_nobody_in(self, sqlite_town: Town, browser: Browser) -> None:
        """GHSA-fg6f-75jq-6523, CVE-2026-19349: the attacker's own answer, opened by the victim (login CSRF)."""
        party = sqlite_town.relying_party(scope="openid profile")
        back = back_from_esia(sqlite_town, browser, to_esia(sqlite_town, browser, party.begin().url), "orlova")
        with Browser() as victim:
            assert "Код причины: 1005" in victim.open(back).text
            victim.open(party.begin().url)
            assert "Код причины: 1005" in victim.open(back).text
            assert "" == cookie_of(victim, "session")

    def test_the_address_of_a_consent_page_opens_nothing_elsewhere(self, sqlite_town: Town, browser: Browser) -> None:
        party = sqlite_town.relying_party("olymp", "openid profile snils")
        page = sqlite_town.sign_in(browser, "sokolov", party.begin(region="38").url)
        form = page.form("decision")
        with Browser() as thief:
            thief.open(party.begin().url)
            assert "Код причины: 1005" in thief.open(page.url).text
            taken = thief.submit(form, follow=False, decision="allow")
            assert (True, "") == ("Код причины: 1005" in taken.text, taken.refresh)


class TestThingsOfOneKindAreNotAnother:
    """CVE-2026-4282: the single-use stores and the token texts of different purposes never meet."""

    def test_every_secret_word_in_every_other_place(self, sqlite_town: Town, browser: Browser) -> None:
        party = sqlite_town.relying_party(scope=OFFLINE)
        arrived = visit(sqlite_town, browser, party, "orlova")
        attempt = next(url for url in reversed(browser.visited) if "/login/" in url).rsplit("/", 1)[-1]
        words = {"attempt": attempt, "session": cookie_of(browser, "session"), "browser": cookie_of(browser, "browser")}
        words |= {"code": arrived.answer["code"]}
        tokens = tokens_of(party, arrived)
        words |= {name: tokens[name] for name in ("access_token", "refresh_token", "id_token")}
        for name, word in words.items():
            if name != "code":
                assert "invalid_grant" == party.redeem(word, arrived.request).json()["error"], name
            if name != "refresh_token":
                answer = party.token(grant_type="refresh_token", refresh_token=word)
                assert "invalid_grant" == answer.json()["error"], name
            if name != "access_token":
                assert 401 == party.userinfo(word).status_code, name
        # None of these tries has harmed what is genuine.
        assert 200 == party.userinfo(tokens["access_token"]).status_code

    def test_no_strict_prefix_of_a_token_is_a_token(self, sqlite_town: Town, browser: Browser) -> None:
        """CVE-2026-27840, and one token has one spelling."""
        party = sqlite_town.relying_party(scope=OFFLINE)
        tokens, _ = signed_in(sqlite_town, browser, party, "orlova")
        access, refresh = tokens["access_token"], tokens["refresh_token"]
        for size in (*range(1, len(access), 9), len(access) - 1):
            assert 401 == party.userinfo(access[:size]).status_code, size
        for wrong in (f"{access}=", f"{access}A", access.swapcase(), f"{access[:-1]}{'A' if access[-1] != 'A' else 'B'}"):
            assert 401 == party.userinfo(wrong).status_code
        for size in (*range(1, len(refresh), 9), len(refresh) - 1):
            assert 400 == party.token(grant_type="refresh_token", refresh_token=refresh[:size]).status_code, size
        assert 200 == party.token(grant_type="refresh_token", refresh_token=refresh).status_code


class TestWhoMayRedeem:
    """CVE-2026-55672, CVE-2023-48228, CVE-2024-23647."""

    def test_codes_and_refresh_tokens_are_of_one_client(self, sqlite_town: Town, browser: Browser) -> None:
        party, kiosk = sqlite_town.relying_party(scope=OFFLINE), sqlite_town.relying_party("kiosk")
        arrived = visit(sqlite_town, browser, party, "orlova")
        stolen = kiosk.token(
            grant_type="authorization_code",
            code=arrived.answer["code"],
            redirect_uri=party.redirect_uri,
            code_verifier=arrived.request.verifier,
        )
        assert "invalid_grant" == stolen.json()["error"]

        tokens, _ = signed_in(sqlite_town, browser, party, "orlova")
        refused = kiosk.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        assert "invalid_grant" == refused.json()["error"]
        # Nor does the try of another client end the grant of the owner.
        assert 200 == party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code
        ended = {"client_id": "kiosk", "token": tokens["access_token"]}
        kiosk.http.post(kiosk.discovery()["revocation_endpoint"], data=ended, timeout=30)
        assert 200 == party.userinfo(tokens["access_token"]).status_code

    def test_a_challenge_that_was_sent_must_be_answered(self, sqlite_town: Town, browser: Browser) -> None:
        party = sqlite_town.relying_party()
        arrived = visit(sqlite_town, browser, party, "orlova")
        without = party.token(
            grant_type="authorization_code", code=arrived.answer["code"], redirect_uri=party.redirect_uri
        )
        assert 400 == without.status_code and "access_token" not in without.json()
        assert 400 == party.redeem(arrived.answer["code"], arrived.request).status_code

    def test_a_challenge_cannot_be_stripped_on_the_way(self, sqlite_town: Town, browser: Browser) -> None:
        loose = register(sqlite_town, "loose", require_pkce=False, first_party=True)
        request = loose.begin()
        stripped = "&".join(part for part in request.url.split("&") if not part.startswith("code_challenge"))
        page = sqlite_town.sign_in(browser, "orlova", stripped)
        answer = loose.answer(came_to(page), request)
        # The client sends the verifier of the challenge it believes to have sent.
        refused = loose.redeem(answer["code"], request)
        assert (400, "invalid_request") == (refused.status_code, refused.json()["error"])

    @pytest.mark.parametrize(
        "change", [{"code_challenge_method": "plain"}, {"code_challenge": ""}, {"code_challenge_method": ""}]
    )
    def test_no_weaker_challenge(self, sqlite_town: Town, browser: Browser, change: dict[str, str]) -> None:
        _, answer = open_straight(browser, sqlite_town.relying_party(), **change)
        assert "invalid_request" == answer["error"]


class TestSessions:
    def test_a_planted_cookie_opens_nothing_after_the_sign_in(self, sqlite_town: Town, browser: Browser) -> None:
        """CVE-2026-7507, CVE-2024-28197: the attacker's own live session, planted before the victim signs in."""
        party = sqlite_town.relying_party(scope="openid profile")
        with Browser() as attacker:
            signed_in(sqlite_town, attacker, party, "sokolov", region="38")
            name = next(c.name for c in attacker.session.cookies if c.name.startswith("session-"))
            planted = cookie_of(attacker, "session")
        browser.session.cookies.set(name, planted, domain="127.0.0.1", path="/")
        signed_in(sqlite_town, browser, party, "orlova", prompt="login", region="29")

        with Browser() as attacker:
            attacker.session.cookies.set(name, planted, domain="127.0.0.1", path="/")
            _, answer = open_straight(attacker, party, prompt="none")
        assert "login_required" == answer["error"]

    def test_a_host_header_reaches_no_address_of_ours(self, sqlite_town: Town) -> None:
        """CVE-2025-64101: hostile host and forwarding headers, at every endpoint that writes addresses."""
        hostile = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example;proto=https"}
        url = sqlite_town.relying_party().begin().url
        for target in ("/.well-known/openid-configuration", "/jwks", "/login", "/me", "/end_session", url):
            address = target if target.startswith("http") else sqlite_town.issuer + target
            answer = requests.get(address, headers=hostile, allow_redirects=False, timeout=30)
            assert "evil.example" not in answer.text + str(answer.headers), target


class TestConsent:
    """CVE-2026-7571, CVE-2026-49443: hidden fields, empty posts, steps out of order."""

    def test_tampered_and_empty_answers_allow_nothing(self, sqlite_town: Town, browser: Browser) -> None:
        olymp = sqlite_town.relying_party("olymp", "openid profile snils")
        request = olymp.begin(region="38")
        form = sqlite_town.sign_in(browser, "sokolov", request.url).form("decision")
        with Browser() as attacker:
            theirs = sqlite_town.sign_in(attacker, "orlova", olymp.begin().url).form("decision")
        for fields in ({}, {"decision": "allow"}, {"decision": "allow", "form_key": ""}, {"decision": "allow"} | theirs.fields):
            answer = browser.submit(Form(form.action, "post", fields), follow=False)
            assert "Код причины: 1009" in answer.text, fields
        for decision in ("", "ALLOW", "yes"):
            page = sqlite_town.sign_in(browser, "sokolov", olymp.begin(region="38").url).form("decision")
            answer = browser.submit(page, follow=False, decision=decision)
            assert "Код причины: 1009" in answer.text, decision
        # Still to be asked: nothing of the above was a "yes".
        assert sqlite_town.sign_in(browser, "sokolov", olymp.begin(region="38").url).forms_with("decision")

    def test_a_key_of_one_request_does_not_allow_another(self, sqlite_town: Town, browser: Browser) -> None:
        """"Yes" to a name is not "yes" to a SNILS: the key of the smaller question in the larger one's form."""
        small = sqlite_town.sign_in(browser, "sokolov", sqlite_town.relying_party("olymp", "openid").begin(region="38").url)
        large = sqlite_town.sign_in(browser, "sokolov", sqlite_town.relying_party("olymp", "openid snils").begin(region="38").url)
        fields = {"decision": "allow"} | small.form("decision").fields
        answer = browser.submit(Form(large.form("decision").action, "post", fields), follow=False)
        assert "Код причины: 1009" in answer.text

    def test_nothing_is_learnt_that_was_not_allowed(self, sqlite_town: Town, browser: Browser) -> None:
        """Scopes, the claims parameter and refresh: three doors to the same data."""
        club = register(sqlite_town, "club", scope=OFFLINE)
        tokens, claims = signed_in(sqlite_town, browser, club, "belova")
        assert not {"snils", "children", "school"} & (claims.keys() | club.userinfo(tokens["access_token"]).json().keys())

        wider = club.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"], scope="openid children")
        assert "invalid_scope" == wider.json()["error"]
        for place in ("userinfo", "id_token"):
            for name in ("children", "snils", "school", "phone_number"):
                asked = json.dumps({place: {name: {"essential": True}}})
                _, answer = open_straight(browser, club, prompt="none", claims=asked)
                assert "consent_required" == answer["error"], (place, name)

    def test_a_scope_taken_from_the_client_is_not_told_any_more(self, sqlite_town: Town, browser: Browser) -> None:
        wide = register(sqlite_town, "wide", scope=OFFLINE)
        asked = json.dumps({"id_token": {"snils": None}, "userinfo": {"snils": None}})
        tokens, claims = signed_in(sqlite_town, browser, wide, "orlova", claims=asked)
        assert "snils" in claims

        house = sqlite_town.house
        with house.app.app_context():
            found = house.clients.find("wide")
            assert found is not None
            house.clients.replace(replace(found, scopes=("openid", "profile", "offline_access")))
        again = wide.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
        assert "snils" not in wide.id_claims(again, None)
        assert "snils" not in wide.userinfo(again["access_token"]).json()


class TestWhatSilenceTells:
    """CVE-2026-4633, CVE-2026-23511: refusals must not tell who is there."""

    def test_a_named_person_is_not_recognised_before_they_allowed_it(self, sqlite_town: Town, browser: Browser) -> None:
        """A service that knows a subject (a child's, from its parent) asks silently whether it is they who are signed in."""
        club = register(sqlite_town, "guesser", scope="openid profile")
        signed_in(sqlite_town, browser, sqlite_town.relying_party(scope="openid"), "orlova")
        with sqlite_town.house.app.app_context():
            client = sqlite_town.house.clients.find("guesser")
            assert client is not None
            here = sqlite_town.house.vault.subjects.of(client.sector, person_of(sqlite_town, browser))
        answers = []
        for subject in (here, "somebody-else"):
            asked = json.dumps({"id_token": {"sub": {"value": subject}}})
            _, answer = open_straight(browser, club, prompt="none", claims=asked)
            answers.append((answer["error"], answer.get("error_description")))
        with Browser() as nobody:
            asked = json.dumps({"id_token": {"sub": {"value": here}}})
            _, answer = open_straight(nobody, club, prompt="none", claims=asked)
        answers.append((answer["error"], answer.get("error_description")))
        assert 1 == len(set(answers)), answers

    def test_a_role_is_not_told_before_it_was_allowed(self, sqlite_town: Town, browser: Browser) -> None:
        """A service for teachers learns only that it has to ask, whoever is signed in."""
        staff = register(sqlite_town, "staffroom", scope="openid", roles=("school_administrator",))
        signed_in(sqlite_town, browser, sqlite_town.relying_party(scope="openid"), "orlova")
        assert "consent_required" == open_straight(browser, staff, prompt="none")[1]["error"]


class TestHints:
    """CVE-2026-11800, CVE-2024-37568, CVE-2026-27962: algorithm confusion where we verify our own tokens."""

    def test_only_a_key_of_ours_makes_a_hint(self, sqlite_town: Town, browser: Browser) -> None:
        party = sqlite_town.relying_party(scope="openid profile")
        tokens, claims = signed_in(sqlite_town, browser, party, "orlova")
        jwk = party.http.get(party.discovery()["jwks_uri"], timeout=30).json()["keys"][0]
        header, body, signature = tokens["id_token"].split(".")
        forged = [
            f"{header}.{body}.",
            "eyJhbGciOiJub25lIn0." + body + ".",
            f"{header}.{body}.{signature[::-1]}",
            jwt.encode({"alg": "HS256", "kid": jwk["kid"]}, claims, OctKey.import_key(json.dumps(jwk)), algorithms=["HS256"]),
        ]
        assert "code" in open_straight(browser, party, prompt="none", id_token_hint=tokens["id_token"])[1]
        for hint in forged:
            assert "login_required" == open_straight(browser, party, prompt="none", id_token_hint=hint)[1]["error"]
            # Nor does such a hint sign anybody out without a question.
            browser.open(f"{sqlite_town.issuer}/end_session?id_token_hint={hint}")
            assert "code" in open_straight(browser, party, prompt="none")[1]

    def test_a_hint_of_another_client_is_none(self, sqlite_town: Town, browser: Browser) -> None:
        diary, kiosk = sqlite_town.relying_party(scope="openid"), sqlite_town.relying_party("kiosk", "openid")
        tokens, _ = signed_in(sqlite_town, browser, diary, "orlova")
        _, answer = open_straight(browser, kiosk, prompt="none", id_token_hint=tokens["id_token"])
        assert "login_required" == answer["error"]


def test_somebody_else_at_the_same_computer_ends_what_the_first_one_left_open(sqlite_town: Town, browser: Browser) -> None:
    """A class-room computer: the first person's tokens die when the second one signs in, and the journal says so."""
    diary = sqlite_town.relying_party()
    first, _ = signed_in(sqlite_town, browser, diary, "orlova")
    assert 200 == diary.userinfo(first["access_token"]).status_code

    request = diary.begin(prompt="login")
    leave_esia(sqlite_town, browser)
    came_to(sqlite_town.sign_in(browser, "belova", request.url))

    assert 401 == diary.userinfo(first["access_token"]).status_code
    with sqlite_town.house.app.app_context():
        ended = [entry for entry in sqlite_town.house.journal.tail(10) if entry.name == "session.ended"]
    assert ["replaced"] == [entry.fields["cause"] for entry in ended]
