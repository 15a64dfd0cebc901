"""Users: read, made, replaced, patched and taken out, with the checks of the school's own forms."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from broker.audit.event import SYSTEM
from broker.provisioning.models import USER_EXTENSION
from tests.rooms.directory.samples import SNILS, document, person, school
from tests.rooms.directory.samples import place as place_at
from tests.rooms.provisioning.conftest import CORE, TODAY, Diary, user

OTHER = "201-114-306 67"


def replace(path: str, value: object) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}


def ours(path: str) -> str:
    return f"{USER_EXTENSION}:{path}"


def test_what_is_made_is_on_the_card_and_the_secret_parts_are_never_told(diary: Diary) -> None:
    sent = user(snils=OTHER, password="три слона у реки", externalId="E-1", emails=[{"value": "petr@example.org"}])

    answer = diary.ask("POST", "/Users", sent)

    told = answer.get_json()
    assert 201 == answer.status_code, answer.text
    assert f"https://broker.example/scim/v2/Users/{told['id']}" == answer.headers["Location"] == told["meta"]["location"]
    assert answer.headers["ETag"] == told["meta"]["version"]
    assert "application/scim+json" == answer.content_type
    assert OTHER[:7] not in answer.text
    assert "слона" not in answer.text
    assert told[USER_EXTENSION]["hasSnils"]
    card = diary.person(told["id"])
    assert ("Новиков", "Пётр", "Ильич", date(2014, 3, 5)) == (card.surname, card.name, card.patronymic, card.birth_date)
    assert (OTHER, "petr@example.org", "novikov.petr") == (card.snils, card.email, card.login)
    assert ["6А"] == [held.class_name for held in card.memberships]
    assert card == diary.credentials.check("novikov.petr", "три слона у реки")
    assert [told["id"]] == diary.ids('filter=externalId eq "E-1"')


@pytest.mark.parametrize(
    ("changes", "status", "kind", "says"),
    [
        ({"userName": "login.p-1"}, 409, "uniqueness", "userName"),
        ({"userName": "login.p-far"}, 409, "uniqueness", "userName"),
        ({"snils": SNILS}, 409, "uniqueness", "snils"),
        ({"userName": "no"}, 400, "invalidValue", "userName"),
        ({"snils": "201-114-306 68"}, 400, "invalidValue", "snils"),
        ({"birthDate": "05.03.2014"}, 400, "invalidValue", "birthDate"),
        ({"birthDate": "2027-01-01"}, 400, "invalidValue", "birthDate"),
        ({"name": {"familyName": "Hовиков", "givenName": "Пётр"}}, 400, "invalidValue", "name.familyName"),
        ({"password": "12345678"}, 400, "invalidValue", "password"),
        ({"emails": [{"value": "not an address"}]}, 400, "invalidValue", "emails"),
        ({"memberships": []}, 400, "invalidValue", "memberships"),
        ({"memberships": [{"school": "38-001", "role": "pupil", "className": "6А"}]}, 400, "invalidValue", "memberships"),
        ({"memberships": [{"school": "29-001", "role": "school_administrator"}]}, 400, "invalidValue", "memberships"),
        ({"children": [{"value": "p-far"}]}, 400, "invalidValue", "children"),
        # The new one is a pupil; then a parent whose child is none.
        ({"children": [{"value": "p-kid"}]}, 400, "invalidValue", "children"),
        (
            {"memberships": [{"school": "29-001", "role": "parent"}], "children": [{"value": "p-mum"}]},
            400, "invalidValue", "children",
        ),
        ({"nickName": "Петя"}, 400, "invalidSyntax", "nickName"),
        ({"schemas": ["urn:example:other"]}, 400, None, ""),
    ],
)
def test_what_a_card_cannot_hold_is_refused_and_nothing_is_written(
    diary: Diary, changes: dict[str, Any], status: int, kind: str | None, says: str
) -> None:
    before = diary.ids("count=100")

    answer = diary.ask("POST", "/Users", user(**changes))

    assert status == answer.status_code, answer.text
    if kind is not None:
        assert kind == answer.get_json()["scimType"]
    assert says in answer.get_json()["detail"]
    assert before == diary.ids("count=100")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("person_id", ["p-far", "nobody", "p-" + "x" * 50])
def test_people_of_other_regions_are_not_there(diary: Diary, method: str, person_id: str) -> None:
    patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [replace("active", False)]}
    body = {"GET": None, "PUT": user(), "PATCH": patch, "DELETE": None}[method]

    answer = diary.ask(method, f"/Users/{person_id}", body)

    assert 404 == answer.status_code
    assert "There is no such resource" == answer.get_json()["detail"]
    assert not diary.person("p-far").is_blocked


def test_staff_of_the_region_are_not_a_diary_s_to_change(diary: Diary) -> None:
    assert 200 == diary.ask("GET", "/Users/p-staff").status_code
    assert 403 == diary.patch("p-staff", replace("active", False)).status_code
    assert 403 == diary.ask("DELETE", "/Users/p-staff").status_code
    assert not diary.person("p-staff").is_blocked


@pytest.mark.parametrize(
    ("operation", "seen"),
    [
        (replace("active", False), lambda card: card.is_blocked),
        (replace("userName", "new.login"), lambda card: card.login == "new.login"),
        (replace("name.givenName", "Тихон"), lambda card: card.name == "Тихон"),
        ({"op": "remove", "path": "name.middleName"}, lambda card: card.patronymic is None),
        (replace(ours("snils"), OTHER), lambda card: card.snils == OTHER),
        (
            replace(ours('memberships[school eq "29-001"].className'), "7б"),
            lambda card: [held.class_name for held in card.memberships] == ["7Б"],
        ),
        (
            {"op": "add", "path": ours("memberships"), "value": [{"school": "29-002", "role": "parent"}]},
            lambda card: [held.school.id for held in card.memberships] == ["29-001", "29-002"],
        ),
        (
            {"op": "remove", "path": ours('memberships[school eq "29-001"]')},
            lambda card: [held.left_on for held in card.memberships] == [TODAY],
        ),
        (
            {"op": "replace", "value": {ours("birthDate").rpartition(":")[0]: {"birthDate": "2013-01-02"}}},
            lambda card: card.birth_date == date(2013, 1, 2),
        ),
    ],
)
def test_a_patch_changes_what_it_names_and_nothing_else(diary: Diary, operation: dict[str, Any], seen: Any) -> None:
    before = diary.ask("GET", "/Users/p-kid")

    answer = diary.patch("p-kid", operation)

    assert 200 == answer.status_code, answer.text
    assert seen(diary.person("p-kid"))
    assert before.headers["ETag"] != answer.headers["ETag"]
    assert ("person.provisioned", "p-kid") in [(name, fields.get("person_id")) for name, fields in diary.events()]
    assert ("card.changed", "29-001") in [(name, fields.get("school_id")) for name, fields in diary.events()]


def test_a_patch_is_done_as_a_whole_or_not_at_all(diary: Diary) -> None:
    answer = diary.patch("p-kid", replace("name.givenName", "Тихон"), replace(ours("birthDate"), "never"))

    assert 400 == answer.status_code
    assert "Тимур" == diary.person("p-kid").name


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        (replace("nickName", "Т"), "invalidPath"),
        (replace('emails[type eq "none"].value', "a@example.org"), "noTarget"),
        (replace("displayName", "Т"), "mutability"),
        (replace("id", "p-1"), "mutability"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "move", "path": "active"}, "invalidValue"),
    ],
)
def test_a_patch_that_cannot_be_done_says_why(diary: Diary, operation: dict[str, Any], kind: str) -> None:
    answer = diary.patch("p-kid", operation)

    assert 400 == answer.status_code
    assert kind == answer.get_json()["scimType"], answer.text


def test_a_put_clears_the_core_and_leaves_our_extension_when_it_does_not_name_it(diary: Diary) -> None:
    core = {"schemas": [CORE], "userName": "login.p-1", "name": {"familyName": "Рябинина", "givenName": "Алёна"}}

    answer = diary.ask("PUT", "/Users/p-1", core)

    card = diary.person("p-1")
    assert 200 == answer.status_code, answer.text
    assert (None, None, None) == (card.patronymic, card.email, card.phone)
    assert (SNILS, date(1985, 3, 17)) == (card.snils, card.birth_date)
    assert [None] == [held.left_on for held in card.memberships]
    assert not card.is_blocked


def test_the_same_again_changes_nothing_not_even_the_version(diary: Diary) -> None:
    before = diary.ask("GET", "/Users/p-kid")

    after = diary.ask("PUT", "/Users/p-kid", before.get_json())

    assert 200 == after.status_code, after.text
    assert before.headers["ETag"] == after.headers["ETag"]
    assert "person.provisioned" not in [name for name, _ in diary.events()]


def test_of_two_who_read_one_version_the_second_is_told(diary: Diary) -> None:
    version = diary.ask("GET", "/Users/p-kid").headers["ETag"]

    first = diary.patch("p-kid", replace("name.givenName", "Тихон"), If_Match=version)
    second = diary.patch("p-kid", replace("name.givenName", "Трофим"), If_Match=version)
    third = diary.ask("DELETE", "/Users/p-kid", If_Match=version)

    assert [200, 412, 412] == [first.status_code, second.status_code, third.status_code]
    assert "Тихон" == diary.person("p-kid").name
    assert 304 == diary.ask("GET", "/Users/p-kid", If_None_Match=first.headers["ETag"]).status_code
    assert 200 == diary.ask("GET", "/Users/p-kid", If_None_Match=version).status_code


def test_who_is_taken_out_is_not_there_any_more_and_nothing_is_erased(diary: Diary) -> None:
    assert 204 == diary.ask("DELETE", "/Users/p-kid").status_code

    card = diary.person("p-kid")
    assert 404 == diary.ask("GET", "/Users/p-kid").status_code
    assert 404 == diary.ask("DELETE", "/Users/p-kid").status_code
    assert "p-kid" not in diary.ids("count=100")
    assert (True, "Грачёв", [TODAY]) == (card.is_blocked, card.surname, [held.left_on for held in card.memberships])
    assert 201 == diary.ask("POST", "/Users", user(userName="login.p-kid")).status_code


def test_who_is_in_another_region_too_is_not_locked_out_there(diary: Diary) -> None:
    teacher = diary.person("p-1")
    both = {"school": "38-001", "role": "teacher", "class_name": None, "left_on": None}
    _teach_in_both(diary, both)

    assert 204 == diary.ask("DELETE", "/Users/p-1").status_code

    card = diary.person("p-1")
    assert (False, teacher.login) == (card.is_blocked, card.login)
    assert {"29-001": TODAY, "38-001": None} == {held.school.id: held.left_on for held in card.memberships}


def test_places_of_another_region_are_not_told_and_not_touched(diary: Diary) -> None:
    _teach_in_both(diary, {"school": "38-001", "role": "teacher", "class_name": None, "left_on": None})

    told = diary.ask("GET", "/Users/p-1")
    changed = diary.patch("p-1", replace(ours("memberships"), [{"school": "29-002", "role": "teacher"}]))

    assert "38-001" not in told.text
    assert 200 == changed.status_code, changed.text
    held = {one.school.id: one.left_on for one in diary.person("p-1").memberships}
    assert {"29-001": TODAY, "29-002": None, "38-001": None} == held


def test_a_child_goes_to_a_parent_and_away_again(diary: Diary) -> None:
    added = diary.patch("p-1", {"op": "add", "path": ours("children"), "value": [{"value": "p-kid"}]})
    assert 200 == added.status_code, added.text
    assert ["p-kid"] == [child.person_id for child in diary.directory.children_of("p-1")]

    removed = diary.patch("p-1", {"op": "remove", "path": ours('children[value eq "p-kid"]')})

    assert 200 == removed.status_code, removed.text
    assert () == diary.directory.children_of("p-1")
    assert 400 == diary.patch("p-1", {"op": "add", "path": ours("children"), "value": [{"value": "p-1"}]}).status_code


def test_one_external_id_is_one_person(diary: Diary) -> None:
    assert 200 == diary.patch("p-1", replace("externalId", "E-1")).status_code

    assert 409 == diary.patch("p-kid", replace("externalId", "E-1")).status_code
    assert 400 == diary.patch("p-kid", replace("externalId", "x" * 256)).status_code
    assert ["p-1"] == diary.ids('filter=externalId eq "E-1"')


def _teach_in_both(diary: Diary, place: dict[str, Any]) -> None:
    schools = (school("29-001"), school("29-002"), school("38-001"))
    both = person(memberships=[place_at("29-001"), place])
    diary.directory.import_document(document(both, schools=schools), diary.journal, SYSTEM)
