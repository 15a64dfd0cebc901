"""Each scope releases its claims and no others; what is not known is not said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.connectors.identity import is_gosuslugi as of_connectors
from broker.tokens.acr import ACR_OF_LEVEL, LEVEL_OF_ACR, acr_of, is_gosuslugi, level_demanded, levels_from, reaches
from broker.tokens.claims import claims_about
from broker.tokens.scopes import SCOPES, bits_of, claims_of, scopes_of
from tests.rooms.tokens.samples import subject

EXPECTED = {
    "openid": {},
    "profile": {
        "name": "Рябинина Алёна",
        "family_name": "Рябинина",
        "given_name": "Алёна",
        "birthdate": "1985-03-17",
        "gender": "female",
    },
    "email": {"email": "ryabinina@example.ru", "email_verified": False},
    "phone": {},
    "snils": {"snils": "20111430557"},
    "school": {
        "school": {"id": "school-1", "name": "Школа № 1", "region": "29"},
        "diary_roles": ["parent"],
        "region": "29",
    },
    "children": {"children": [{"sub": "pairwise-7", "name": "Рябинин Пётр", "class": "3 Б"}]},
    "offline_access": {},
    "admin": {},
    "ssf.manage": {},
    "ssf.read": {},
}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_releases_its_claims(scope: str) -> None:
    assert EXPECTED[scope] == claims_about(subject(), claims_of((scope,)))


def test_a_person_without_a_school_has_no_school_claims() -> None:
    assert {"region": "29"} == claims_about(subject(memberships=()), claims_of(("school",)))


def test_one_claim_can_be_asked_for_alone() -> None:
    assert {"birthdate": "1985-03-17"} == claims_about(subject(), frozenset({"birthdate", "no_such_claim"}))


def test_personal_values_are_not_in_repr() -> None:
    assert "Рябинин" not in repr(subject())


@given(st.sets(st.sampled_from(SCOPES)))
def test_scopes_survive_being_bits(scopes: set[str]) -> None:
    assert scopes == set(scopes_of(bits_of(scopes)))
    assert bits_of(scopes) < 1 << 16
    assert bits_of(scopes) == bits_of([*scopes, *scopes])


def test_the_places_of_scopes_never_change() -> None:
    """A token issued before a release must mean the same after it."""
    expected = ("openid", "profile", "email", "phone", "snils", "school", "children", "offline_access")
    assert expected == SCOPES[:8]


def test_levels_have_urns_and_back() -> None:
    assert "urn:school-signin:esia:confirmed" == ACR_OF_LEVEL["confirmed"]
    assert set(ACR_OF_LEVEL) == set(LEVEL_OF_ACR.values()) == {"confirmed", "child", "not_confirmed", "diary"}


@pytest.mark.parametrize(("minimum", "who"), [
    (None, {"confirmed", "child", "not_confirmed", "diary", "north"}),
    ("confirmed", {"confirmed"}), ("child", {"confirmed", "child"}), ("not_confirmed", {"confirmed", "child", "not_confirmed"}),
    ("gold", set()),
])  # fmt: skip
def test_who_reaches_what_a_service_demands(minimum: str | None, who: set[str]) -> None:
    """Neither the diary password nor what another upstream says is a level of Gosuslugi."""
    urn = None if minimum is None else ACR_OF_LEVEL.get(minimum, minimum)
    ways = {level: ("esia", level) for level in ("confirmed", "child", "not_confirmed")}
    ways |= {"diary": ("diary", "not_confirmed"), "north": ("north", "confirmed")}

    assert who == {name for name, (connector, level) in ways.items() if reaches(connector, level, urn)}
    assert (minimum or "") == level_demanded(urn)
    assert urn is None or who == levels_from(urn)


def test_another_upstream_never_speaks_for_gosuslugi() -> None:
    """The two rooms that must know say the same of every name."""
    for name, expected in (("esia", True), ("esia_gate", True), ("esiax", False), ("north", False), ("diary", False)):
        assert expected is is_gosuslugi(name) is of_connectors(name)
    assert ACR_OF_LEVEL["confirmed"] == acr_of("esia_gate", "confirmed") == acr_of("esia", "confirmed")
    for level in ("confirmed", "child", "not_confirmed"):
        assert f"urn:school-signin:upstream:{level}" == acr_of("north", level)
        assert acr_of("north", level) not in LEVEL_OF_ACR
    assert ACR_OF_LEVEL["diary"] == acr_of("diary", "not_confirmed")
