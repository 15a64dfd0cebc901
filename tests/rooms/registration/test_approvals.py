"""What waits for a registrar, and names that look like somebody else's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from broker.audit.event import SYSTEM
from broker.clients.client import Client
from broker.registration.approvals import NothingWaits
from broker.registration.names import imitates_state, needs_registrar, skeleton
from tests.rooms.registration.conftest import AWAY, Office, service

REASONS = {"snils": {"ru": "Для договора", "en": "For the contract"}, "school": {"ru": "Для класса", "en": "For the class"}}


def _asking(office: Office, **more: Any) -> dict[str, Any]:
    return office.registered(office.initial(), **service(scope="openid school snils children", scope_reasons=REASONS, **more))


def test_sensitive_scopes_wait(any_office: Office) -> None:
    made = _asking(any_office)

    client = any_office.client(made)
    assert (("openid", "school"), ("snils", "children"), True) == (client.scopes, client.waiting_scopes, client.is_enabled)
    assert ("openid school", "snils children") == (made["scope"], made["waiting_scope"])
    assert [("snils", "children")] == [one.about for one in any_office.approvals.waiting()]
    assert ["snils", "children"] == any_office.events("client_secret.made")[-1][1]["waits"]


def test_a_registrar_approves_some_and_rejects_others(any_office: Office) -> None:
    made = _asking(any_office)

    any_office.approvals.decide(made["client_id"], ["children"], True, "contract", SYSTEM)
    any_office.approvals.decide(made["client_id"], ["snils"], False, "not_needed", SYSTEM)

    client = any_office.client(made)
    assert (("openid", "school", "children"), (), {"school"}) == (
        client.scopes, client.waiting_scopes, set(client.scope_reasons),
    )  # fmt: skip
    decided = [fields for name, fields in any_office.events() if name == "registrar.decided"]
    assert [(["children"], True, "contract"), (["snils"], False, "not_needed")] == [
        (one["about"], one["approved"], one["grounds"]) for one in decided
    ]
    assert () == any_office.approvals.waiting()


@pytest.mark.parametrize(
    ("about", "approved", "reason"),
    [
        (["school"], True, "contract"), (["snils", "phone"], True, "contract"), ([], True, "contract"),
        (["name"], True, "contract"), (["snils"], True, "not_needed"), (["snils"], False, "contract"),
        (["snils", "name"], True, "checked"),
    ],
)  # fmt: skip
def test_only_what_waits_is_decided(office: Office, about: list[str], approved: bool, reason: str) -> None:
    made = _asking(office)

    with pytest.raises(NothingWaits):
        office.approvals.decide(made["client_id"], about, approved, reason, SYSTEM)

    assert (("snils", "children"), "registrar.decided") == (
        office.client(made).waiting_scopes,
        "registrar.decided" if "registrar.decided" not in dict(office.events()) else "",
    )


def test_what_was_approved_stays_unless_the_service_moves(office: Office) -> None:
    made = _asking(office)
    office.approvals.decide(made["client_id"], ["snils"], True, "checked", SYSTEM)
    own = service(client_id=made["client_id"], scope="openid snils")

    same = office.manage("PUT", made, own | {"redirect_uris": [AWAY, f"{AWAY}/2"]}).get_json()
    assert ("openid snils", None) == (same["scope"], same.get("waiting_scope"))
    moved = office.manage("PUT", same, own | {"redirect_uris": ["https://elsewhere.example/cb"]}).get_json()
    assert ("openid", "snils") == (moved["scope"], moved["waiting_scope"])


def test_what_a_change_adds_waits_too(office: Office) -> None:
    made = office.registered(office.initial(), **service(scope="openid"))

    changed = office.manage("PUT", made, service(client_id=made["client_id"], scope="openid children")).get_json()

    assert ("openid", "children") == (changed["scope"], changed["waiting_scope"])


@pytest.mark.parametrize(("approved", "state"), [(True, None), (False, "refused")])
def test_a_name_like_a_schools_is_looked_at_first(office: Office, approved: bool, state: str | None) -> None:
    made = office.registered(office.initial(), **service(client_name="Школа № 5"))
    assert (False, "waits") == (office.client(made).is_enabled, made["waiting_name"])

    office.approvals.decide(made["client_id"], ["name"], approved, "checked" if approved else "imitation", SYSTEM)

    assert (approved, state) == (office.client(made).is_enabled, office.manage("GET", made).get_json().get("waiting_name"))
    with pytest.raises(NothingWaits):
        office.approvals.decide(made["client_id"], ["name"], True, "checked", SYSTEM)


def test_a_name_that_another_service_has(office: Office) -> None:
    office.registered(office.initial(), **service(client_name="Роботы и мы", **{"client_name#en": "Robots and us"}))

    made = office.registered(office.initial(), **service(client_name="РОБОТЫ  И-МЫ", **{"client_name#en": "Us"}))

    assert "waits" == made["waiting_name"]


def test_a_name_that_staff_have_settled_need_not_wait(office: Office) -> None:
    settled = {"client_name": "Школа № 5", "client_name_en": "School 5"}
    made = office.registered(office.initial(**settled), **service())
    half = office.registered(office.initial(client_name="Школа № 6"), **service(**{"client_name#en": "Gosuslugi"}))

    assert (True, "Школа № 5") == (office.client(made).is_enabled, made["client_name"])
    assert (False, "waits") == (office.client(half).is_enabled, half["waiting_name"])


def _named(name: str, english: str = "Club", organisation: str = "АНО") -> Client:
    return Client(client_id="c", client_name=name, client_name_en=english, organisation=organisation, redirect_uris=(AWAY,))


@pytest.mark.parametrize(
    "name",
    [
        "Госуслуги", "ГОСУСЛУГИ", "Гос услуги", "Гос-услуги", "Г0суслуги", "Гocyслуги", "Госуслугu", "Gosuslugi", "Gósuslugi",
        "G0suslugi", "Ｇｏｓｕｓｌｕｇｉ", "Gosuslugі", "Вход через ЕСИА", "ESIA login", "School Sign-in", "Школьный вход",
        "Schооl", "Kружок", "Кружок ΑΒΓ", "Минпросвещения России",
    ],
)  # fmt: skip
def test_names_that_imitate_the_state_or_mix_alphabets(name: str) -> None:
    assert imitates_state(_named(name))
    assert imitates_state(_named("Кружок", english=name)) and imitates_state(_named("Кружок", organisation=name))
    assert needs_registrar(_named(name), ())


@pytest.mark.parametrize("name", ["Кружок", "Robots 2.0", "Кружок Robots", "Олимпиады — 2026", "Ёлка и йод", "Indonesia", "Café"])
def test_ordinary_names(name: str) -> None:
    assert not imitates_state(_named(name)) and not needs_registrar(_named(name), ())


@pytest.mark.parametrize("name", ["Школа № 5", "Гимназия", "Электронный дневник", "My school", "Лицей 1"])
def test_names_that_a_school_may_have(name: str) -> None:
    assert not imitates_state(_named(name)) and needs_registrar(_named(name), ())


def test_a_client_is_not_like_itself() -> None:
    client = _named("Кружок")

    assert not needs_registrar(client, [client])
    assert needs_registrar(client, [replace(client, client_id="other")])
    assert skeleton("Pocт") == skeleton("Рост") and skeleton("Кот") != skeleton("Кит")
