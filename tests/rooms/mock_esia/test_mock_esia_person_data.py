"""Person data: only what the scopes open, addresses or embedded objects, ESIA's error bodies."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.rooms.mock_esia.mock_esia_driver import header_of

ANNA = "/rs/prns/1000600101"
IRINA = "/rs/prns/1000600102"
ALWAYS = {"stateFacts", "trusted", "updatedOn", "rfgUOperatorCheck", "status", "verifying", "containsUpCfmCode",
          "kidAccCreatedByParent", "eTag"}


def access(party, login="orlova", scope="openid fullname birthdate gender snils email mobile") -> str:
    return party.tokens(login, scope=scope)["access_token"]


@pytest.mark.parametrize("scope, keys", [
    ("openid", set()),
    ("openid fullname", {"firstName", "lastName", "middleName"}),
    ("openid birthdate", {"birthDate"}),
    ("openid gender snils", {"gender", "snils"}),
    ("openid id_doc", {"rIdDoc", "citizenship"}),
    ("openid kid_fullname", set()),
])
def test_a_field_without_its_scope_is_absent(party, scope, keys):
    assert ALWAYS | keys == set(party.read(ANNA, access(party, scope=scope)).get_json())


def test_the_person_has_the_forms_of_esia(party):
    answer = party.read(ANNA, access(party))
    person = answer.get_json()

    assert ("Анна", "Орлова", "Сергеевна") == (person["firstName"], person["lastName"], person["middleName"])
    assert ("12.04.1985", "F", True) == (person["birthDate"], person["gender"], person["trusted"])
    assert "002-000-107 24" == person["snils"]
    assert person["eTag"] == answer.headers["ETag"]
    assert 'application/json; schema="http://127.0.0.1:8001/rs/model/prn/Person-3"' == answer.headers["Content-Type"]
    assert any("Contacts-1" in link for link in answer.headers.getlist("Link"))


@pytest.mark.parametrize("login, path, trusted, by_parent", [
    ("belova.d", "/rs/prns/1000600104", False, False),
    ("guseva", "/rs/prns/1000600105", False, False),
    ("belov.t", "/rs/prns/1000600106", True, True),
    ("osipova", "/rs/prns/1000600133", True, False),
])
def test_levels_as_a_client_sees_them(party, login, path, trusted, by_parent):
    person = party.read(path, access(party, login)).get_json()

    assert (trusted, by_parent) == (person["trusted"], person["kidAccCreatedByParent"])
    assert ("snils" in person) is (login != "guseva")


def test_a_person_without_a_patronymic_has_no_key_for_it(party):
    person = party.read("/rs/prns/1000600126", access(party, "tarasov")).get_json()

    assert "Тарасов" == person["lastName"]
    assert "middleName" not in person


def test_contacts_are_addresses_or_objects(party):
    token = access(party)
    links = party.read(f"{ANNA}/ctts", token).get_json()
    objects = party.read(f"{ANNA}/ctts?embed=(elements)", token).get_json()

    assert (2, ["hasSize"]) == (links["size"], links["stateFacts"])
    assert all(link.startswith(f"http://127.0.0.1:8001{ANNA}/ctts/") for link in links["elements"])
    assert {"EML": "orlova@example.org", "MBT": "+7(900)0000101"} == {
        item["type"]: item["value"] for item in objects["elements"]
    }
    single = party.read(links["elements"][0].removeprefix("http://127.0.0.1:8001"), token).get_json()
    assert objects["elements"][0] == single


def test_one_contact_scope_opens_one_kind(party):
    body = party.read(f"{ANNA}/ctts?embed=(elements)", access(party, scope="openid mobile")).get_json()

    assert ["MBT"] == [item["type"] for item in body["elements"]]


def test_a_parent_reads_the_children_as_far_as_scopes_go(party):
    token = access(party, "belova", "openid kid_fullname kid_birthdate")

    kids = party.read(f"{IRINA}/kids?embed=(elements)", token).get_json()["elements"]

    assert {"Тимофей", "Дарья"} == {kid["firstName"] for kid in kids}
    assert all({"stateFacts", "id", "firstName", "lastName", "middleName", "birthDate", "eTag"} == set(kid) for kid in kids)


def test_the_person_embeds_its_collections(party):
    token = access(party, "belova", "openid fullname email id_doc addresses kid_fullname")

    person = party.read(
        f"{IRINA}?embed=(contacts.elements,documents.elements,kids.elements,addresses.elements)", token
    ).get_json()

    assert ["EML"] == [item["type"] for item in person["contacts"]["elements"]]
    assert ["RF_PASSPORT"] == [item["type"] for item in person["documents"]["elements"]]
    assert (2, 0) == (person["kids"]["size"], person["addresses"]["size"])


def test_embedding_does_not_open_what_scopes_close(party):
    person = party.read(f"{IRINA}?embed=(contacts.elements,kids.elements)", access(party, "belova", "openid")).get_json()

    assert ALWAYS == set(person)


@pytest.mark.parametrize("path, scope, status, code", [
    (f"{ANNA}/kids", "openid fullname", 403, "ESIA-005029"),
    (f"{ANNA}/docs", "openid fullname", 403, "ESIA-005029"),
    (f"{ANNA}/ctts", "openid fullname", 403, "ESIA-005029"),
    (IRINA, "openid fullname", 403, "ESIA-005029"),
    ("/rs/prns/7", "openid fullname", 403, "ESIA-005029"),
    (f"{ANNA}/magic", "openid fullname", 404, "ESIA-005003"),
    (f"{ANNA}/ctts/1", "openid email", 404, "ESIA-005003"),
])
def test_what_is_not_this_tokens_business(party, path, scope, status, code):
    answer = party.read(path, access(party, scope=scope))

    assert (status, code) == (answer.status_code, answer.get_json()["code"])


def test_only_an_access_token_opens_data(party):
    tokens = party.tokens("orlova")
    assert "id" == header_of(tokens["id_token"])["sbt"]

    code = party.sign_in("orlova")["code"]
    for token in ("", "x", tokens["access_token"][:-4] + "AAAA", tokens["id_token"], code):
        answer = party.read(ANNA, token)
        assert (401, "ESIA-005011") == (answer.status_code, answer.get_json()["code"])
    assert 401 == party.app.test_client().get(ANNA).status_code


def test_an_access_token_lives_an_hour(party, clock):
    token = access(party)
    clock.move(timedelta(seconds=3599))
    assert 200 == party.read(ANNA, token).status_code

    clock.move(timedelta(seconds=1))
    assert 401 == party.read(ANNA, token).status_code
