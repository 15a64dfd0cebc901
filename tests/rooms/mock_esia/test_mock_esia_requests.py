"""What v2 carries beside scopes: consents of the Digital Profile, organisations, systems' own tokens, odd bodies."""

from __future__ import annotations

import base64
import json

import pytest

from broker.mock_esia.oauth.permissions import read_permissions
from broker.mock_esia.oauth.refusals import REFUSALS, EsiaRefusal
from tests.rooms.mock_esia.mock_esia_driver import AC_ORDER, CLIENT, TE_ORDER, claims_of, query_of, signed

OID = 1000600101
GOOD = {
    "sysname": "MOCK_SCHOOL", "expire": 525600, "actions": [{"sysname": "ALL_ACTIONS_TO_DATA"}],
    "purposes": [{"sysname": "MOCK_ENROLMENT"}], "scopes": [{"sysname": "fullname"}, {"sysname": "snils"}],
    "responsibleObject": "Школа",
}
PLAIN = {"sysname": "MOCK_APPLICATIONS", "expire": 6, "actions": [{"sysname": "USE_DATA"}],
         "purposes": [{"sysname": "MOCK_APPLICATIONS"}]}


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("value, code", [
    ([], "036700"),
    ([{}], "036700"),
    ([GOOD | {"sysname": "OTHER"}], "036701"),
    ([GOOD | {"sysname": ["x"]}], "036701"),
    ([GOOD | {"scopes": []}], "036702"),
    ([GOOD | {"scopes": [{"sysname": "fullname"}, {"sysname": "inn"}]}], "036703"),
    ([PLAIN | {"scopes": [{"sysname": "fullname"}]}], "036704"),
    ([GOOD | {"actions": []}], "036705"),
    ([GOOD | {"actions": [{"sysname": "SELL"}]}], "036706"),
    ([GOOD | {"purposes": []}], "036707"),
    ([GOOD | {"expire": 0}], "036716"),
    ([GOOD | {"expire": "525600"}], "036716"),
    ([GOOD | {"expire": True}], "036716"),
    ([GOOD | {"purposes": [{"sysname": "FUN"}]}], "036726"),
    ([PLAIN | {"purposes": [{"sysname": "MOCK_APPLICATIONS"}] * 2}], "036727"),
    ({"sysname": "MOCK_SCHOOL"}, "007003"),
    ([GOOD | {"actions": "ALL"}], "007003"),
    ([GOOD] * 21, "007003"),
])
def test_a_wrong_consent_has_its_code(value, code):
    with pytest.raises(EsiaRefusal) as refused:
        read_permissions(encoded(value))
    assert code == refused.value.code
    assert refused.value.description.startswith(f"ESIA-{code}: ")


@pytest.mark.parametrize("text", ["W10=", "%%%", base64.urlsafe_b64encode(b"\xff\xfe").decode().rstrip("="), "bm8"])
def test_what_is_no_json_in_base64url_is_007003(text):
    with pytest.raises(EsiaRefusal) as refused:
        read_permissions(text)
    assert "007003" == refused.value.code


def test_a_consent_is_shown_given_and_lets_the_system_act_alone(party):
    system = {"grant_type": "client_credentials", "scope": f"prm_chg?oid={OID}", "code": ""}
    # Scopes that were permitted are no consent of the Digital Profile.
    party.sign_in("orlova")
    asked = signed(party.exchange_fields("") | system, AC_ORDER)
    assert "ESIA-007019" == party.token(asked).get_json()["error_description"][:11]

    answer = party.authorize(signed(party.ask(scope="openid", permissions=encoded([GOOD, PLAIN]))))
    came = party.walk(answer, "orlova")
    assert "code" in came

    told = party.token(signed(party.exchange_fields("") | system, AC_ORDER)).get_json()
    assert ({"access_token", "state", "token_type", "expires_in"}, 86400) == (set(told), told["expires_in"])
    claims = claims_of(told["access_token"])
    assert (f"prm_chg?oid={OID}", CLIENT) == (claims["scope"], claims["client_id"])
    # A system's token opens no person.
    assert 401 == party.read(f"/rs/prns/{OID}", told["access_token"]).status_code


def test_the_consent_page_names_the_consent(party):
    page = party.authorize(signed(party.ask(scope="openid", permissions=encoded([GOOD]))))
    key = query_of(page.headers["Location"])["request"]
    party.browser.post("/login", data={"request": key, "login": "orlova", "password": "demo"})

    assert "Сведения для школы" in party.browser.get(f"/consent?request={key}").text


@pytest.mark.parametrize("scope", ["openid", "prm_chg", "prm_chg?oid=x", "prm_chg?oid=", f"prm_chg?oid={'9' * 20}"])
def test_a_system_alone_gets_nothing_else(party, scope):
    asked = signed(party.exchange_fields("") | {"grant_type": "client_credentials", "scope": scope}, AC_ORDER)

    assert "ESIA-007006" == party.token(asked).get_json()["error_description"][:11]


@pytest.mark.parametrize("change, code", [
    ({"permissions": encoded([GOOD])}, "007003"),
    ({"scope_org": "org_magic"}, "007006"),
    ({"scope_org": "org_shortname"}, "007019"),
    ({"roles": "1;2"}, "007060"),
    ({"obj_type": "X"}, "007061"),
    ({"scope": "openid http://esia.gosuslugi.ru/org_shortname?org_oid=12"}, "007019"),
    ({"scope": "openid http://esia.gosuslugi.ru/org_magic?org_oid=12"}, "007006"),
])
def test_what_is_refused_before_the_sign_in(party, change, code):
    answer = party.authorize(signed(party.ask(**change)))

    assert f"ESIA-{code}" == query_of(answer.headers["Location"])["error_description"][:11]


@pytest.mark.parametrize("change, code", [
    ({"obj_type": "L"}, "007062"),
    ({"scope_org": "org_shortname org_inn"}, "007194"),
    ({"scope": "openid http://esia.gosuslugi.ru/org_shortname?org_oid=12"}, "007194"),
])
def test_who_works_nowhere_opens_no_organisation(party, change, code):
    party.browser.patch(f"/api/systems/{CLIENT}", json={"org_scopes": ["org_shortname", "org_inn"]})

    assert f"ESIA-{code}" == party.sign_in("orlova", **change)["error_description"][:11]


@pytest.mark.parametrize("path", ["/aas/oauth2/v2/te", "/aas/oauth2/v3/te"])
def test_v2_and_v3_of_the_token_endpoint_are_alike(party, path):
    fields = party.exchange_fields(party.sign_in("orlova")["code"])

    assert 200 == party.token(signed(fields, TE_ORDER), path).status_code


def test_a_body_that_is_no_text_is_007038(party):
    answer = party.app.test_client().post(
        "/aas/oauth2/v3/te", data=b"client_id=\xff\xfe%FF", content_type="application/x-www-form-urlencoded"
    )

    assert "ESIA-007038" == answer.get_json()["error_description"][:11]


@pytest.mark.parametrize("path", ["/aas/oauth2/v3/te", "/login", "/consent", "/faults", "/api/systems", "/console/tech"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x"])
def test_no_body_makes_a_stand_stumble(party, path, kind):
    many = b"&".join(b"a%d=1" % number for number in range(2000))
    for body in (b"client_id=" + b"x" * 100_000, b"\xff" * 50, b"--x\r\n", many):
        assert 400 <= party.app.test_client().post(path, data=body, content_type=kind).status_code < 500


def test_a_withdrawn_scope_is_still_known(party):
    came = party.sign_in("orlova", scope="openid http://esia.gosuslugi.ru/usr_inf")

    assert "code" in came


def test_every_known_code_has_an_error_and_a_text():
    known = {2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 19, 23, 38, 39, 40, 46, 53, 55, 60, 61, 62, 194}
    ours = {f"007{last:03}" for last in known} | {"008010"}
    ours |= {f"036{last}" for last in (700, 701, 702, 703, 704, 705, 706, 707, 716, 726, 727)}
    assert ours == set(REFUSALS)
