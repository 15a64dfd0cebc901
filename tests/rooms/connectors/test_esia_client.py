from __future__ import annotations

import logging
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from esia_stand import JSON, NOW, OID, PERSON, RETURN, SETTINGS, access_claims, answer, id_claims, rsa_pair
from hypothesis import given
from hypothesis import strategies as st

from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.talk.errors import failure
from broker.connectors.identity import Level
from broker.connectors.port import UpstreamFailed
from broker.foundation.outside import HttpFailure, HttpResponse


def trip(stand, settings=SETTINGS, keys=None, **parameters):
    esia, _ = stand.esia(settings, keys)
    leg = esia.begin(RETURN)
    return esia.complete({"state": leg.state, "code": "a.b.c"} | parameters, leg, RETURN)


def cause_of(stand, **parameters):
    with pytest.raises(UpstreamFailed) as caught:
        trip(stand, **parameters)
    return caught.value


class TestLeaving:
    def test_the_request_carries_what_esia_wants(self, stand):
        esia, signer = stand.esia(EsiaSettings(client_id="TESTIS01", scopes=("openid", "snils", "fullname")))
        leg = esia.begin(RETURN)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(leg.url).query).items()}

        assert leg.url.startswith("https://esia.gosuslugi.ru/aas/oauth2/v2/ac?")
        assert {
            "client_id": "TESTIS01",
            "client_secret": asked["client_secret"],
            "client_certificate_hash": "AB" * 32,
            "redirect_uri": RETURN,
            "scope": "openid snils fullname",
            "state": leg.state,
            "timestamp": "2026.11.22 09:00:00 +0000",
            "response_type": "code",
            "access_type": "online",
        } == asked
        assert 86 == len(asked["client_secret"])
        assert [f"TESTIS01openid snils fullname2026.11.22 09:00:00 +0000{leg.state}{RETURN}"] == signer.asked

    def test_the_plus_of_the_zone_is_encoded(self, stand):
        leg = stand.esia()[0].begin(RETURN)
        assert "%2B0000" in leg.url and "+0000" not in leg.url

    def test_every_leg_has_a_state_of_its_own(self, stand):
        esia, _ = stand.esia()
        assert esia.begin(RETURN).state != esia.begin(RETURN).state

    def test_a_person_filter_is_base64(self, stand):
        leg = stand.esia(EsiaSettings(client_id="TESTIS01", person_filter="conf_acc"))[0].begin(RETURN)
        assert ["Y29uZl9hY2M="] == parse_qs(urlsplit(leg.url).query)["person_filter"]

    def test_signing_out_uses_esias_own_parameter(self, stand):
        url = stand.esia()[0].logout_url("https://broker.example/bye")
        query = "client_id=TESTIS01&redirect_url=https%3A%2F%2Fbroker.example%2Fbye"
        assert f"https://esia.gosuslugi.ru/idp/ext/Logout?{query}" == url


class TestComingBack:
    def test_a_confirmed_person(self, stand):
        found = trip(stand)

        assert str(OID) == found.subject
        assert Level.CONFIRMED is found.level
        assert ("Соколова", "Анна", "Игоревна") == (found.surname, found.name, found.patronymic)
        assert date(1984, 9, 5) == found.birth_date
        assert ("F", "00200000014") == (found.sex, found.snils)
        assert ("anna@example.org", "+79000000002") == (found.email, found.phone)
        assert ("pwd",) == found.methods
        assert (False, False) == (found.child_of_parent, found.checks_pending)

    def test_the_code_is_signed_and_the_state_is_new(self, stand):
        esia, signer = stand.esia()
        leg = esia.begin(RETURN)
        esia.complete({"state": leg.state, "code": "the.code"}, leg, RETURN)
        form = {name: values[0] for name, values in parse_qs(stand.sent[0].body.decode()).items()}

        assert ("POST", "https://esia.gosuslugi.ru/aas/oauth2/v3/te") == (stand.sent[0].method, stand.sent[0].url)
        assert ("authorization_code", "the.code", "Bearer") == (form["grant_type"], form["code"], form["token_type"])
        assert leg.state != form["state"]
        scope = " ".join(SETTINGS.scopes)
        assert f"TESTIS01{scope}2026.11.22 09:00:00 +0000{form['state']}{RETURN}the.code" == signer.asked[1]

    def test_the_person_is_asked_for_with_the_token_and_no_other_host_is_called(self, stand):
        trip(stand)
        assert [
            "https://esia.gosuslugi.ru/aas/oauth2/v3/te",
            f"https://esia.gosuslugi.ru/rs/prns/{OID}",
            f"https://esia.gosuslugi.ru/rs/prns/{OID}/ctts?embed=(elements)",
        ] == [request.url for request in stand.sent]
        assert stand.sent[1].headers["Authorization"].startswith("Bearer ey")

    @pytest.mark.parametrize("expires_in", [3600, "3600", None, "soon"])
    def test_expires_in_may_be_anything(self, stand, expires_in):
        stand.tokens["expires_in"] = expires_in
        assert str(OID) == trip(stand).subject

    def test_a_second_certificate_during_rotation(self, stand):
        other, _ = rsa_pair()
        assert str(OID) == trip(stand, keys=(other.public_key(), stand.key.public_key())).subject

    def test_subject_as_text_is_the_same_subject(self, stand):
        stand.id_token = id_claims(sub=str(OID))
        assert str(OID) == trip(stand).subject

    def test_missing_contacts_do_not_keep_anybody_out(self, stand, caplog):
        stand.instead["ctts"] = HttpResponse(403, JSON, b'{"code":"ESIA-005029","message":"SecurityErrorEnum.scopeNotAllowed"}')
        with caplog.at_level(logging.WARNING):
            found = trip(stand)
        assert (None, None) == (found.email, found.phone)
        assert ["contacts not received"] == [record.message for record in caplog.records]

    def test_contacts_are_not_asked_for_without_the_right(self, stand):
        trip(stand, settings=EsiaSettings(client_id="TESTIS01", scopes=("openid", "fullname")))
        assert 2 == len(stand.sent)


def _token(**changes):
    return lambda stand: setattr(stand, "id_token", id_claims(**changes))


def _access(**changes):
    return lambda stand: setattr(stand, "access_token", access_claims(**changes))


def _answer(place, response):
    return lambda stand: stand.instead.__setitem__(place, response)


def _tokens(**changes):
    return lambda stand: stand.tokens.update(changes)


def _header(**changes):
    return lambda stand: stand.id_header.update(changes)


def _strange_key(stand):
    stand.signed_with = rsa_pair()[0]


LATER = int((NOW + timedelta(seconds=61)).timestamp())
SOONER = int((NOW - timedelta(seconds=61)).timestamp())
HTML = HttpResponse(200, {"content-type": "text/html"}, b"<html>oops</html>")
BROKEN = {
    "strange key": (_strange_key, 2106),
    "wrong issuer": (_token(iss="https://esia.gosuslugi.ru/"), 2106),
    "issuer without slash": (_token(iss="http://esia.gosuslugi.ru"), 2106),
    "another audience": (_token(aud="OTHER01"), 2106),
    "audience as list": (_token(aud=["TESTIS01"]), 2106),
    "no audience": (_token(aud=None), 2106),
    "expired": (_token(exp=SOONER), 2106),
    "no exp": (_token(exp=None), 2106),
    "issued in the future": (_token(iat=LATER), 2105),
    "valid in the future": (_token(nbf=LATER), 2105),
    "access token of the future": (_access(iat=LATER), 2105),
    "no subject": (_token(sub=None), 2106),
    "subject is true": (_token(sub=True), 2106),
    "subject is a word": (_token(sub="../../etc"), 2106),
    "subject is huge": (_token(sub=10**25), 2106),
    "subject is negative": (_token(sub=-5), 2106),
    "two subjects": (_token(sub=OID + 1), 2106),
    "subject block missing": (_token(**{"urn:esia:sbj": "x"}), 2106),
    "organisation": (_token(subject={"urn:esia:sbj:typ": "L"}), 2113),
    "access token of somebody else": (_access(**{"urn:esia:sbj_id": OID + 1}), 2106),
    "access token for another system": (_access(client_id="OTHER01"), 2106),
    "access token expired": (_access(exp=SOONER), 2106),
    "access token of another issuer": (_access(iss="http://evil.example/"), 2106),
    "id token is no id token": (_header(sbt="access"), 2106),
    "kind of token missing": (_header(sbt=""), 2106),
    "another state": (_tokens(state="6d0d1a6e-0000-4000-8000-000000000000"), 2106),
    "no state": (_tokens(state=None), 2106),
    "no id token": (_tokens(id_token=None), 2106),
    "id token is a number": (_tokens(id_token=7), 2106),
    "no access token": (_tokens(access_token=None), 2106),
    "another token type": (_tokens(token_type="mac"), 2106),
    "unsigned": (_tokens(id_token="eyJhbGciOiJub25lIn0.e30."), 2106),
    "te is silent": (_answer("te", HttpFailure("timeout")), 2101),
    "te is not there": (_answer("te", HttpFailure("connection")), 2101),
    "te is too large": (_answer("te", HttpFailure("too_large")), 2101),
    "te redirects": (_answer("te", HttpFailure("redirect")), 2101),
    "te has a false certificate": (_answer("te", HttpFailure("tls")), 2106),
    "te answers html": (_answer("te", HTML), 2101),
    "te fails": (_answer("te", HttpResponse(503, JSON, b"{}")), 2101),
    "te is cut short": (_answer("te", HttpResponse(200, JSON, b'{"access_token": "ey')), 2101),
    "te is no utf-8": (_answer("te", HttpResponse(200, JSON, b"\xff\xfe")), 2101),
    "te is a list": (_answer("te", HttpResponse(200, JSON, b"[]")), 2101),
    "te is deep": (_answer("te", HttpResponse(200, JSON, b"[" * 100_000)), 2101),
    "te is empty": (_answer("te", HttpResponse(200, {}, b"")), 2101),
    "code used": (_answer("te", answer({"error": "invalid_grant", "error_description": "ESIA-007011: x"}, 400)), 2107),
    "our secret": (_answer("te", answer({"error": "access_denied", "error_description": "ESIA-007053: x"}, 400)), 2104),
    "error with status 200": (_answer("te", answer({"error": "x", "error_description": "ESIA-007015: x"})), 2105),
    "error without a code": (_answer("te", answer({"error": "invalid_grant"}, 400)), 2102),
    "person is silent": (_answer("person", HttpFailure("timeout")), 2101),
    "person fails": (_answer("person", HTML), 2101),
    "person is forbidden": (_answer("person", answer({"code": "ESIA-005029"}, 403)), 2104),
    "person is unknown": (_answer("person", answer({"code": "ESIA-005011"}, 404)), 2102),
    "person is deleted": (_answer("person", answer(PERSON | {"status": "DELETED"})), 2106),
    "person without a name": (_answer("person", answer({"trusted": True})), 2115),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_doubtful_answer_lets_nobody_in(stand, what):
    spoil, cause = BROKEN[what]
    spoil(stand)
    assert cause == cause_of(stand).cause


@pytest.mark.parametrize("algorithm", ["HS256", "PS256", "RS512"])
def test_the_algorithm_is_pinned(stand, algorithm):
    if algorithm == "HS256":
        stand.signed_with = b"0123456789abcdef0123456789abcdef"
        stand.access_header["alg"] = algorithm
    stand.id_header["alg"] = algorithm
    assert 2106 == cause_of(stand).cause


def test_leeway_is_allowed(stand):
    stand.id_token = id_claims(iat=LATER - 2, nbf=LATER - 2)
    assert str(OID) == trip(stand).subject


def test_a_state_of_another_leg(stand):
    assert 2106 == cause_of(stand, state="0f9439ef-3581-4de5-9b8c-d20135960331").cause
    assert [] == stand.sent


@pytest.mark.parametrize("code", ["", "x" * 8193, "код"])
def test_a_strange_code_is_not_sent_on(stand, code):
    assert 2106 == cause_of(stand, code=code).cause
    assert [] == stand.sent


ESIA_ERRORS = {
    **dict.fromkeys(("007004",), 2103),
    **dict.fromkeys(("007055",), 2109),
    **dict.fromkeys(("007046",), 2114),
    **dict.fromkeys(("007007", "007008"), 2102),
    **dict.fromkeys(("007011",), 2107),
    **dict.fromkeys(("007015",), 2105),
    **dict.fromkeys(("007002", "007003", "007005", "007006", "007009", "007012", "007013", "007014", "007019"), 2104),
    **dict.fromkeys(("007023", "007038", "007039", "007040", "007053", "007060", "007061", "007062", "007194"), 2104),
    **dict.fromkeys(("008010", "036700", "036707", "036727"), 2104),
    "009999": 2102,
}


@pytest.mark.parametrize("code", ESIA_ERRORS)
def test_every_esia_code_has_its_cause(stand, code):
    found = cause_of(stand, error="access_denied", error_description=f"ESIA-{code}: Иван Тестов отказал")
    assert (ESIA_ERRORS[code], f"ESIA-{code}") == (found.cause, found.detail)


@given(st.text(max_size=300))
def test_no_words_of_esia_get_into_the_failure(text):
    found = failure(text)
    assert found.detail == "error without a code" or found.detail.removeprefix("ESIA-").isdigit()


LEVELS = {
    "confirmed": ({}, {}, Level.CONFIRMED),
    "confirmed, older token without lvl": ({"urn:esia:sbj:lvl": None}, {}, Level.CONFIRMED),
    "only the token says so": ({}, {"trusted": False}, Level.NOT_CONFIRMED),
    "only the person resource says so": ({"urn:esia:sbj:is_tru": None}, {}, Level.NOT_CONFIRMED),
    "not confirmed": ({"urn:esia:sbj:lvl": "P", "urn:esia:sbj:is_tru": None}, {"trusted": False}, Level.NOT_CONFIRMED),
    "level P wins over is_tru": ({"urn:esia:sbj:lvl": "P"}, {}, Level.NOT_CONFIRMED),
    "an unknown level": ({"urn:esia:sbj:lvl": "ZZ"}, {}, Level.NOT_CONFIRMED),
    "trusted as text": ({}, {"trusted": "true"}, Level.NOT_CONFIRMED),
    "child": ({"urn:esia:sbj:lvl": "KD"}, {}, Level.CHILD),
}


@pytest.mark.parametrize("what", LEVELS)
def test_levels(stand, what):
    subject, person, level = LEVELS[what]
    stand.id_token = id_claims(subject=subject)
    stand.person = PERSON | person
    assert level is trip(stand).level


SNILS = {
    "confirmed": ({}, {}, "00200000014"),
    "confirmed without a document": ({}, {"rIdDoc": None}, "00200000014"),
    "standard: not confirmed, SNILS and document": ({"urn:esia:sbj:lvl": "P"}, {}, "00200000014"),
    "simplified: no document": ({"urn:esia:sbj:lvl": "P"}, {"rIdDoc": None}, None),
    "still being checked": ({"urn:esia:sbj:lvl": "P"}, {"verifying": True}, None),
    "wrong check sum": ({}, {"snils": "002-000-000 19"}, None),
    "not a SNILS": ({}, {"snils": "abc"}, None),
    "a number": ({}, {"snils": 200000014}, None),
    "not granted": ({}, {"snils": None}, None),
}


@pytest.mark.parametrize("what", SNILS)
def test_only_a_checked_snils_counts(stand, what):
    subject, person, snils = SNILS[what]
    stand.id_token = id_claims(subject=subject)
    stand.person = PERSON | person
    assert snils == trip(stand).snils


def test_what_was_not_granted_is_absent(stand):
    stand.person = {"firstName": "Анна", "lastName": "Соколова", "trusted": True, "status": "REGISTERED"}
    stand.contacts = {"elements": "none"}
    found = trip(stand)
    assert (None,) * 6 == (found.patronymic, found.birth_date, found.sex, found.snils, found.email, found.phone)


def test_a_child_of_a_parent(stand):
    stand.id_token = id_claims(subject={"urn:esia:sbj:lvl": "KD"})
    stand.person = PERSON | {"kidAccCreatedByParent": True, "verifying": True}
    found = trip(stand)
    assert (True, True) == (found.child_of_parent, found.checks_pending)


def test_nothing_personal_in_failures_or_logs(stand, caplog):
    stand.person = PERSON | {"lastName": None}
    with caplog.at_level(logging.DEBUG):
        found = cause_of(stand)
    said = str(found) + repr(found) + caplog.text
    assert ("surname",) == found.fields
    assert not any(secret in said for secret in ("Анна", "002-000", str(OID), "a.b.c", "eyJ"))


class TestSettings:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"base_url": "ftp://x"},
            {"base_url": "https://x/"},
            {"token_path": "te"},
            {"scopes": ("snils",)},
            {"scopes": ("openid", "snils", "snils")},
            {"person_filter": "all"},
            {"signer": "csp"},
            {"algorithms": ()},
            {"algorithms": ("none",)},
            {"clock_leeway": timedelta(hours=1)},
            {"generation": "v3"},
            {"access_type": "always"},
            {"pkce": "plain"},
            {"refresh_string": "code"},
            {"embed": "all"},
            {"page_parameter": "page&x"},
            {"answer_within": timedelta(0)},
            {"rest_path": ""},
        ],
    )
    def test_nonsense_stops_the_start(self, wrong):
        with pytest.raises(ValueError, match=rf"^esia.{next(iter(wrong))} "):
            EsiaSettings(**wrong)

    def test_what_has_no_default_must_be_set(self):
        with pytest.raises(ValueError, match=r"^esia.client_id is missing"):
            EsiaSettings().require_complete()
