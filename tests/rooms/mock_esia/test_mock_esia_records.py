"""What lies below a person and an organisation: addresses or objects, each opened by its own scope."""

from __future__ import annotations

from dataclasses import replace

import pytest

from broker.mock_esia.app import create_mock_esia
from broker.mock_esia.oauth.scopes import ORG_SCOPES, SCOPE_LABELS
from broker.mock_esia.settings import MockClient, MockSettings
from tests.rooms.mock_esia.mock_esia_driver import CERTIFICATE, CLIENT, TE_ORDER, Party, claims_of, signed

BASE = "http://127.0.0.1:8001"
SCHOOL, PUBLISHER = 1000800001, 1000800002
OID = {"strizhova": 1000600510, "chizhov": 1000600511, "skvortsova": 1000600512, "sinitsyna": 1000600503, "orlova": 1000600101,
       "martin": 1000600509, "galkin": 1000600505, "utkin": 1000600513}


@pytest.fixture(scope="module")
def module_settings(var_dir):
    client = MockClient(CLIENT, (CERTIFICATE,), ("http://127.0.0.1:8000/",), frozenset(SCOPE_LABELS), org_scopes=ORG_SCOPES)
    return MockSettings(base_url=BASE, environment="test", clients=(client,), var_dir=var_dir)


def token(party, login, scope, scope_org=""):
    organisation = {"scope_org": scope_org} if scope_org else {}
    code = party.sign_in(login, scope=scope, **organisation)["code"]
    fields = party.exchange_fields(code, scope=scope, **organisation)
    return party.token(signed(fields, TE_ORDER)).get_json()["access_token"]


@pytest.mark.parametrize("login, scope, expected", [
    ("skvortsova", "openid inn", {"inn": "990060051298"}),
    ("skvortsova", "openid self_employed", {"selfEmployed": {"confirmed": True}}),
    ("skvortsova", "openid birthplace", {"birthPlace": "г. Учебный"}),
    ("orlova", "openid self_employed", {}),
    ("martin", "openid id_doc", {"citizenship": "FRA", "rIdDoc": 10006005095}),
    ("martin", "openid snils inn", {}),
])
def test_further_fields_of_a_person(party, login, scope, expected):
    person = party.read(f"/rs/prns/{OID[login]}", token(party, login, scope)).get_json()
    named = {"inn", "selfEmployed", "birthPlace", "citizenship", "rIdDoc", "snils"}
    assert expected == {name: value for name, value in person.items() if name in named}


def test_a_deleted_account_says_so(party):
    assert "DELETED" == party.read(f"/rs/prns/{OID['utkin']}", token(party, "utkin", "openid")).get_json()["status"]


COLLECTIONS = [
    ("skvortsova", "vhls", "vehicles", {"numberPlate"}, 1),
    ("skvortsova", "addrs", "addresses", {"type", "addressStr"}, 2),
    ("skvortsova", "docs", "drivers_licence_doc", {"type", "series", "number"}, 1),
    ("skvortsova", "docs", "drivers_licence_doc foreign_passport_doc id_doc", {"type", "issueDate"}, 3),
    ("sinitsyna", "docs", "medical_doc", {"medicalOrg", "unitedNumber"}, 1),
    ("martin", "docs", "id_doc", {"type"}, 1),
    ("galkin", "kids", "kid_fullname", {"firstName"}, 3),
    ("sinitsyna", "kids", "kid_birth_cert_doc", {"documents"}, 1),
    ("sinitsyna", "kids", "kid_mobile", {"contacts"}, 1),
    ("orlova", "kids", "kid_fullname", set(), 0),
    ("orlova", "orgs", "usr_org", set(), 0),
]


@pytest.mark.parametrize("login, name, scopes, keys, size", COLLECTIONS)
def test_a_collection_is_addresses_objects_and_single_items(party, login, name, scopes, keys, size):
    access, path = token(party, login, f"openid {scopes}"), f"/rs/prns/{OID[login]}/{name}"
    links = party.read(path, access).get_json()
    objects = party.read(f"{path}?embed=(elements)", access)

    assert size == links["size"] == objects.get_json()["size"] == len(links["elements"])
    assert objects.headers["ETag"] == objects.get_json()["eTag"]
    for link, item in zip(links["elements"], objects.get_json()["elements"], strict=True):
        assert keys <= set(item)
        assert item == party.read(link.removeprefix(BASE), access).get_json()


@pytest.mark.parametrize("login, name, scopes", [
    ("skvortsova", "vhls", "openid addresses"), ("skvortsova", "addrs", "openid vehicles"), ("strizhova", "orgs", "openid"),
    ("strizhova", "roles", "openid fullname"), ("galkin", "kids", "openid fullname"),
])
def test_another_scope_does_not_open_it(party, login, name, scopes):
    assert 403 == party.read(f"/rs/prns/{OID[login]}/{name}", token(party, login, scopes)).status_code


def test_documents_of_a_child(party):
    access = token(party, "sinitsyna", "openid kid_birth_cert_doc kid_medical_doc")
    [kid] = party.read(f"/rs/prns/{OID['sinitsyna']}/kids?embed=(elements)", access).get_json()["elements"]
    path = f"/rs/prns/{OID['sinitsyna']}/kids/{kid['id']}/docs"

    links = party.read(path, access).get_json()["elements"]
    objects = party.read(f"{path}?embed=(elements)", access).get_json()["elements"]
    assert ["RF_BRTH_CERT", "MDCL_PLCY"] == [one["type"] for one in objects]
    assert objects == kid["documents"]["elements"]
    assert objects == [party.read(link.removeprefix(BASE), access).get_json() for link in links]
    assert 404 == party.read(f"{path}/1", access).status_code
    assert 404 == party.read(f"/rs/prns/{OID['sinitsyna']}/kids/1/docs", access).status_code
    assert 403 == party.read(path, token(party, "sinitsyna", "openid kid_fullname")).status_code


def test_where_somebody_works(party):
    access = token(party, "chizhov", "openid usr_org")
    path = f"/rs/prns/{OID['chizhov']}"
    links = party.read(f"{path}/orgs", access).get_json()["elements"]
    assert [f"{BASE}/rs/orgs/{SCHOOL}", f"{BASE}/rs/orgs/{PUBLISHER}"] == links
    roles = party.read(f"{path}/roles", access).get_json()["elements"]
    assert [("AGENCY", False, True), ("LEGAL", False, True)] == [(one["type"], one["chief"], one["active"]) for one in roles]
    person = party.read(f"{path}?embed=(organizations.elements,roles.elements)", access).get_json()
    assert ["Учебная школа № 1", "ООО «Учебник»"] == [one["shortName"] for one in person["organizations"]["elements"]]
    # Membership opens no organisation.
    assert 403 == party.read(f"/rs/orgs/{SCHOOL}", access).status_code


@pytest.mark.parametrize("scope, scope_org", [
    ("openid", "org_shortname org_inn org_emps"),
    (f"openid http://esia.gosuslugi.ru/org_shortname?org_oid={SCHOOL} http://esia.gosuslugi.ru/org_inn?org_oid={SCHOOL} "
     f"http://esia.gosuslugi.ru/org_emps?org_oid={SCHOOL}", ""),
])
def test_an_organisation_as_far_as_its_scopes_go(party, scope, scope_org):
    access = token(party, "strizhova", scope, scope_org)
    found = party.read(f"/rs/orgs/{SCHOOL}", access)

    assert {"stateFacts", "oid", "shortName", "inn", "eTag"} == set(found.get_json())
    assert found.headers["ETag"] == found.get_json()["eTag"]
    assert any("emps" in link for link in found.headers.getlist("Link"))
    links = party.read(f"/rs/orgs/{SCHOOL}/emps", access).get_json()["elements"]
    assert [f"{BASE}/rs/orgs/{SCHOOL}/emps/{OID[login]}" for login in ("strizhova", "chizhov")] == links
    [chief, teacher] = party.read(f"/rs/orgs/{SCHOOL}/emps?embed=(elements.person)", access).get_json()["elements"]
    assert ("Директор", True, "Стрижова") == (chief["position"], chief["chief"], chief["person"]["lastName"])
    assert {"oid", "firstName", "lastName", "middleName"} == set(teacher["person"])
    assert "person" not in party.read(links[0].removeprefix(BASE), access).get_json()
    for path, status in (("ctts", 403), ("magic", 404), ("emps/1", 404)):
        assert status == party.read(f"/rs/orgs/{SCHOOL}/{path}", access).status_code
    assert 403 == party.read(f"/rs/orgs/{PUBLISHER}", access).status_code
    assert 403 == party.read("/rs/orgs/7", access).status_code


def test_everything_of_an_organisation(party):
    access = token(party, "chizhov", "openid", " ".join(sorted(ORG_SCOPES)))
    whole = party.read(f"/rs/orgs/{SCHOOL}", access).get_json()
    assert {"shortName", "fullName", "type", "ogrn", "inn", "kpp"} <= set(whole)
    sizes = {name: party.read(f"/rs/orgs/{SCHOOL}/{name}?embed=(elements)", access).get_json()["size"]
             for name in ("ctts", "addrs", "emps", "vhls", "brhs", "grps")}
    assert {"ctts": 2, "addrs": 1, "emps": 2, "vhls": 0, "brhs": 0, "grps": 0} == sizes
    assert 0 == party.read(f"/rs/orgs/{PUBLISHER}/addrs", access).get_json()["size"]


def test_who_works_there_no_more_reads_it_no_more(party):
    access = token(party, "strizhova", "openid", "org_shortname")
    assert f"org_shortname?org_oid={SCHOOL}" in claims_of(access)["scope"]
    party.app.test_client().patch("/api/people/strizhova", json={"jobs": []})

    assert 403 == party.read(f"/rs/orgs/{SCHOOL}", access).status_code
    assert "ESIA-007194" in party.sign_in("strizhova", scope="openid", scope_org="org_shortname")["error_description"]
    assert 401 == party.read(f"/rs/orgs/{SCHOOL}", "x").status_code


@pytest.mark.parametrize("base, writes, root", [
    ("https://esia.example", True, "https://esia.example:443"), ("https://esia.example", False, "https://esia.example"),
    ("http://esia.example", True, "http://esia.example:80"), ("https://esia.example:8443", True, "https://esia.example:8443"),
])
def test_addresses_of_elements_name_the_usual_port(module_settings, clock, base, writes, root):
    party = Party(create_mock_esia(replace(module_settings, base_url=base, writes_usual_port=writes), clock), clock)
    [link, _] = party.read(f"/rs/prns/{OID['orlova']}/ctts", token(party, "orlova", "openid contacts")).get_json()["elements"]
    assert link.startswith(f"{root}/rs/prns/")
