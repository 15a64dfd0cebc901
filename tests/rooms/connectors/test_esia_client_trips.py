"""Whole trips with what is not asked for by default: the first generation, PKCE, consents, children, and asking again later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from esia_stand import JSON, KIDS, OID, PERSON, RETURN, SETTINGS, access_claims, answer, id_claims

from broker.connectors.esia.client import Esia
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.signer import SigningFailed
from broker.connectors.esia.tokens.token_check import TokenCheck
from broker.connectors.esia.wire.permissions import Permission, encoded
from broker.connectors.esia.wire.proof_key import challenge_of
from broker.connectors.identity import UpstreamChild
from broker.connectors.port import LooksAgain, UpstreamFailed
from broker.foundation.outside import HttpFailure, HttpResponse

WITH_CHILDREN = replace(SETTINGS, scopes=("openid", "fullname", "kid_fullname", "kid_snils"))
OFFLINE = replace(SETTINGS, access_type="offline", scopes=("openid", "fullname"))


def queried(url):
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def forms(stand):
    return [parse_qs(request.body.decode()) for request in stand.sent if request.method == "POST"]


def trip(stand, settings):
    esia, _ = stand.esia(settings)
    leg = esia.begin(RETURN)
    return esia, esia.complete({"state": leg.state, "code": "a.b.c"}, leg, RETURN)


def failure_of(act):
    with pytest.raises(UpstreamFailed) as caught:
        act()
    return caught.value.cause, caught.value.detail


class TestGenerationOne:
    def test_a_whole_trip(self, stand):
        esia, signer = stand.esia(EsiaSettings(client_id="TESTIS01", generation="v1", scopes=("openid", "fullname")))
        leg = esia.begin(RETURN)
        found = esia.complete({"state": leg.state, "code": "a.b.c"}, leg, RETURN)
        asked, [form] = queried(leg.url), forms(stand)

        assert leg.url.startswith("https://esia.gosuslugi.ru/aas/oauth2/ac?")
        assert "https://esia.gosuslugi.ru/aas/oauth2/te" == stand.sent[0].url
        signed = "openid fullname2026.11.22 09:00:00 +0000TESTIS01"
        assert [signed + asked["state"], signed + form["state"][0]] == signer.asked
        assert not {"client_certificate_hash"} & {*asked, *form}
        assert str(OID) == found.subject


@pytest.mark.parametrize("method", ["S256", "GOST3411"])
def test_a_code_is_bound_to_the_trip(stand, method):
    esia, _ = stand.esia(replace(SETTINGS, pkce=method))
    leg, other = esia.begin(RETURN), esia.begin(RETURN)
    esia.complete({"state": leg.state, "code": "a.b.c"}, leg, RETURN)
    [form] = forms(stand)

    [verifier] = form["code_verifier"]
    assert {"code_verifier": verifier} == leg.memory and 43 == len(verifier)
    assert challenge_of(method, verifier).items() <= queried(leg.url).items()
    assert leg.memory != other.memory


def test_without_pkce_there_is_nothing_to_remember(stand):
    esia, _ = stand.esia()
    leg = esia.begin(RETURN)
    esia.complete({"state": leg.state, "code": "a.b.c"}, leg, RETURN)
    assert {} == leg.memory and "code_verifier" not in forms(stand)[0] and "code_challenge" not in queried(leg.url)


class BrokenSigner:
    certificate_hash = "AB" * 32

    def sign_raw(self, data):
        raise SigningFailed("The device is locked.")

    sign_cms = sign_raw


@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_a_signature_that_cannot_be_made_is_our_trouble(stand, generation):
    settings = replace(SETTINGS, generation=generation)
    good, _ = stand.esia(settings)
    leg = good.begin(RETURN)
    broken = Esia(settings, BrokenSigner, TokenCheck(settings, list, lambda: stand.now), stand.outside())

    expected = (2104, "our request could not be signed")
    assert expected == failure_of(lambda: broken.begin(RETURN))
    assert expected == failure_of(lambda: broken.complete({"state": leg.state, "code": "a.b.c"}, leg, RETURN))
    assert [] == stand.sent


class TestChildren:
    PETER = UpstreamChild("1000299777", "Соколов", "Пётр", birth_date=date(2013, 9, 5), sex="M", snils="00200000014")

    def test_of_a_parent(self, stand):
        _, found = trip(stand, WITH_CHILDREN)
        assert (self.PETER,) == found.children
        assert "Пётр" not in repr(found) + repr(found.children)

    def test_are_not_asked_for_without_a_scope(self, stand):
        _, found = trip(stand, SETTINGS)
        assert found.children is None
        assert not [request.url for request in stand.sent if "kids" in request.url]

    NONE = {
        "none there": ({"size": 0, "elements": []}, ()),
        "not granted": (HttpResponse(403, JSON, b'{"code":"ESIA-005029","message":"x"}'), None),
        "not whole": ({"size": 2, "elements": KIDS["elements"]}, None),
        "without a number": ({"size": 1, "elements": [{"firstName": "Пётр"}]}, None),
        "only a number": ({"size": 1, "elements": [{"id": 7}]}, (UpstreamChild("7"),)),
        "a wrong SNILS": ({"size": 1, "elements": [{"id": 7, "snils": "002-000-000 19"}]}, (UpstreamChild("7"),)),
    }

    @pytest.mark.parametrize("what", NONE)
    def test_that_are_not_there(self, stand, what):
        said, expected = self.NONE[what]
        stand.below = {"/kids?embed=(elements)": said}
        assert expected == trip(stand, WITH_CHILDREN)[1].children


class TestAskingAgain:
    def test_online_there_is_nothing_to_keep(self, stand):
        stand.tokens["refresh_token"] = "first"
        assert trip(stand, SETTINGS)[1].keepsake is None

    def test_nothing_to_keep_although_it_was_asked_for(self, stand, caplog):
        assert trip(stand, OFFLINE)[1].keepsake is None
        assert ["no refresh token received"] == [record.message for record in caplog.records]

    def test_asked_again(self, stand):
        stand.tokens["refresh_token"] = "first"
        esia, found = trip(stand, OFFLINE)
        stand.person = PERSON | {"lastName": "Петрова", "trusted": False}
        stand.tokens["refresh_token"] = "second"
        # The settings may have changed meanwhile; a refresh signs what was asked for then.
        later, signer = stand.esia(replace(OFFLINE, scopes=("openid", "snils")))
        again = later.look_again(found.keepsake)
        form = forms(stand)[1]

        assert isinstance(esia, LooksAgain)
        assert ("Петрова", "not_confirmed", found.subject) == (again.surname, again.level.value, again.subject)
        assert (["refresh_token"], ["first"]) == (form["grant_type"], form["refresh_token"])
        assert [f"TESTIS01openid fullname2026.11.22 09:00:00 +0000{form['state'][0]}{RETURN}"] == signer.asked
        later.look_again(again.keepsake)
        assert ["second"] == forms(stand)[2]["refresh_token"]
        assert "first" not in repr(found)

    def test_the_other_string(self, stand):
        stand.tokens["refresh_token"] = "first"
        _, found = trip(stand, OFFLINE)
        later, signer = stand.esia(replace(OFFLINE, refresh_string="refresh_token"))
        later.look_again(found.keepsake)
        form = forms(stand)[1]
        assert [f"TESTIS01openid fullname2026.11.22 09:00:00 +0000{form['state'][0]}first"] == signer.asked
        assert "redirect_uri" not in form

    def test_a_refresh_without_a_new_token_leaves_the_old_one(self, stand):
        stand.tokens["refresh_token"] = "first"
        esia, found = trip(stand, OFFLINE)
        del stand.tokens["refresh_token"]
        assert found.keepsake == esia.look_again(found.keepsake).keepsake

    def test_not_allowed_any_more(self, stand):
        stand.tokens["refresh_token"] = "first"
        esia, found = trip(stand, OFFLINE)
        stand.instead["te"] = answer({"error": "invalid_grant", "error_description": "ESIA-007011: x"}, 400)
        assert (2107, "ESIA-007011") == failure_of(lambda: esia.look_again(found.keepsake))
        assert 2 == len(forms(stand))

    def test_a_silence_after_the_old_one_was_spent_loses_nothing(self, stand):
        stand.tokens["refresh_token"] = "first"
        esia, found = trip(stand, OFFLINE)
        stand.tokens["refresh_token"] = "second"
        stand.instead["person"] = HttpFailure("timeout")
        with pytest.raises(UpstreamFailed) as caught:
            esia.look_again(found.keepsake)
        assert (2101, True) == (caught.value.cause, caught.value.is_outage)
        stand.instead.clear()
        assert found.subject == esia.look_again(caught.value.keepsake).subject
        assert ["second"] == forms(stand)[2]["refresh_token"]

    def test_somebody_else_comes(self, stand):
        stand.tokens["refresh_token"] = "first"
        esia, found = trip(stand, OFFLINE)
        stand.id_token = id_claims(sub=OID + 1, subject={"urn:esia:sbj:oid": OID + 1})
        stand.access_token = access_claims(**{"urn:esia:sbj_id": OID + 1})
        assert (2106, "tokens of somebody else") == failure_of(lambda: esia.look_again(found.keepsake))

    @pytest.mark.parametrize("text", ["", "{}", "[]", "7", '{"subject": "1"}', "{", '{"x": 1}'])
    def test_what_is_no_keepsake(self, stand, text):
        assert (2106, "keepsake: not readable") == failure_of(lambda: stand.esia(OFFLINE)[0].look_again(text))
        assert [] == stand.sent


class TestMandates:
    CONSENT = Permission("MOCK_SCHOOL", timedelta(days=1), ("USE_DATA",), ("MOCK_ENROLMENT",), ("fullname",))

    def test_a_consent_is_asked_for_in_a_visit_of_its_own(self, stand):
        esia, signer = stand.esia(replace(SETTINGS, pkce="S256", organisation_scopes=("org_inn",)))
        leg = esia.mandates().begin([self.CONSENT], RETURN)
        proven = esia.mandates().complete({"state": leg.state, "code": "c"}, leg, RETURN)
        asked, [form] = queried(leg.url), forms(stand)

        assert ("openid", encoded([self.CONSENT])) == (asked["scope"], asked["permissions"])
        assert (["openid"], [leg.memory["code_verifier"]]) == (form["scope"], form["code_verifier"])
        assert not {"scope_org"} & {*asked, *form} and "permissions" not in form
        assert f"TESTIS01openid2026.11.22 09:00:00 +0000{leg.state}{RETURN}" == signer.asked[0]
        assert (str(OID), 1) == (proven.oid, len(stand.sent))

    @pytest.mark.parametrize(
        ("brought", "expected"),
        [
            ({"code": "c", "state": "x"}, (2106, "return: another state")),
            ({"error": "access_denied", "error_description": "ESIA-007004"}, (2103, "ESIA-007004")),
        ],
    )
    def test_no_consent(self, stand, brought, expected):
        mandates = stand.esia()[0].mandates()
        leg = mandates.begin([self.CONSENT], RETURN)
        assert expected == failure_of(lambda: mandates.complete({"state": leg.state} | brought, leg, RETURN))
        assert [] == stand.sent

    def test_a_token_of_our_own(self, stand):
        esia, _ = stand.esia(replace(SETTINGS, organisation_scopes=("org_inn",)))
        found = esia.mandates().system_token(f"prm_chg?oid={OID}", RETURN)
        [form] = forms(stand)
        assert "scope_org" not in form
        assert (["client_credentials"], [f"prm_chg?oid={OID}"]) == (form["grant_type"], form["scope"])
        assert found.access_token.startswith("ey") and "ey" not in repr(found)

    def test_an_answer_to_another_request(self, stand):
        stand.tokens["state"] = "6d0d1a6e-0000-4000-8000-000000000000"
        assert (2106, "tokens: another state") == failure_of(lambda: stand.esia()[0].mandates().system_token("prm_chg", RETURN))
