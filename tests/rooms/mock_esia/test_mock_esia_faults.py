"""Armed faults happen, as often as armed, and to the armed endpoint only."""

from __future__ import annotations

import jwt
import pytest
from cryptography import x509

from tests.rooms.mock_esia.mock_esia_driver import TE_ORDER, claims_of, signed


def arm(party, **fault):
    return party.app.test_client().post("/faults", json=fault)


def exchanged(party):
    return party.token(signed(party.exchange_fields(party.sign_in("orlova")["code"]), TE_ORDER))


def test_a_fault_happens_as_often_as_armed(party):
    arm(party, endpoint="te", fault="error_503", times=2)

    assert [503, 503, 200] == [exchanged(party).status_code for _ in range(3)]


def test_a_fault_is_of_one_endpoint(party):
    arm(party, endpoint="rs", fault="html")

    tokens = exchanged(party).get_json()
    answer = party.read("/rs/prns/1000600101", tokens["access_token"])

    assert (200, "text/html") == (answer.status_code, answer.mimetype)
    assert "application/json" == party.read("/rs/prns/1000600101", tokens["access_token"]).mimetype


def test_the_authorization_endpoint_can_fail_too(party):
    arm(party, endpoint="ac", fault="error_503")

    assert 503 == party.authorize(signed(party.ask())).status_code


def test_faults_can_be_put_away(party):
    arm(party, endpoint="te", fault="error_503", times=9)
    assert [{"endpoint": "te", "fault": "error_503", "times": 9}] == party.browser.get("/faults").get_json()["faults"]

    party.browser.delete("/faults")

    assert 200 == exchanged(party).status_code


def test_a_truncated_answer_is_not_json(party):
    arm(party, endpoint="te", fault="truncated")

    assert exchanged(party).get_json(silent=True) is None


def test_a_slow_answer_still_comes(party):
    arm(party, endpoint="te", fault="slow", seconds=0)

    assert 200 == exchanged(party).status_code


def test_a_bad_signature(party):
    arm(party, endpoint="te", fault="bad_signature")
    key = x509.load_der_x509_certificate(party.browser.get("/public/esia.cer").data).public_key()

    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(exchanged(party).get_json()["id_token"], key, algorithms=["RS256"])


@pytest.mark.parametrize("fault, claim", [("wrong_issuer", "iss"), ("wrong_audience", "aud"), ("expired", "exp")])
def test_a_flaw_changes_its_claim(party, fault, claim):
    right = claims_of(exchanged(party).get_json()["id_token"])
    arm(party, endpoint="te", fault=fault)

    wrong = claims_of(exchanged(party).get_json()["id_token"])

    assert right[claim] != wrong[claim]
    if claim == "exp":
        assert wrong["exp"] < right["iat"]


def test_another_state_and_a_busy_service(party):
    arm(party, endpoint="te", fault="wrong_state")
    fields = signed(party.exchange_fields(party.sign_in("orlova")["code"]), TE_ORDER)
    assert fields["state"] != party.token(fields).get_json()["state"]

    arm(party, endpoint="te", fault="busy")
    busy = exchanged(party)
    assert (400, "ESIA-007008") == (busy.status_code, busy.get_json()["error_description"][:11])


@pytest.mark.parametrize("fault", [
    {}, {"endpoint": "te"}, {"endpoint": "moon", "fault": "html"}, {"endpoint": "rs", "fault": "bad_signature"},
    {"endpoint": "te", "fault": "html", "times": 0}, {"endpoint": "te", "fault": "html", "times": True},
    {"endpoint": "te", "fault": "slow", "seconds": 31}, {"endpoint": "te", "fault": "slow", "seconds": -1},
    {"endpoint": ["te"], "fault": "html"}, {"endpoint": "te", "fault": ["html"]},
])
def test_a_fault_out_of_bounds_is_refused(party, fault):
    assert 400 == arm(party, **fault).status_code
    assert [] == party.browser.get("/faults").get_json()["faults"]


def test_an_organisation_instead_of_a_person(party):
    arm(party, endpoint="te", fault="organisation")

    told = claims_of(exchanged(party).get_json()["id_token"])

    assert "O" == told["urn:esia:sbj"]["urn:esia:sbj:typ"]


@pytest.mark.parametrize(("fault", "absent", "told"), [
    ("no_name", {"firstName", "lastName"}, {}),
    ("no_snils", {"snils"}, {}),
    ("being_checked", set(), {"verifying": True}),
    ("no_parent", set(), {"kidAccCreatedByParent": False}),
])  # fmt: skip
def test_a_person_as_no_demo_person_is(party, fault, absent, told):
    token = exchanged(party).get_json()["access_token"]
    usual = party.read("/rs/prns/1000600101", token).get_json()
    arm(party, endpoint="rs", fault=fault)

    spoilt = party.read("/rs/prns/1000600101", token).get_json()

    assert absent == set(usual) - set(spoilt)
    assert told == {name: spoilt[name] for name in told}
    assert {name: usual[name] for name in set(spoilt) - set(told) - {"eTag"}} == {
        name: spoilt[name] for name in set(spoilt) - set(told) - {"eTag"}
    }
