"""A third party learns what a person allowed, for a year, until it is taken back."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.audit.event import Actor, Event
from broker.consent.items import ITEMS, NAME_KEYS, items_of
from broker.consent.settings import ConsentSettings
from broker.consent.store import Consents
from broker.foundation.outside import Outside
from broker.storage.database import Database
from broker.tokens.scopes import CLAIMS_OF_SCOPE, PERSON_SCOPES
from tests.support.clock import Clock

PERSON = "person-1"
OLYMP = SimpleNamespace(client_id="olymp", first_party=False)
DIARY = SimpleNamespace(client_id="diary", first_party=True)
ASKED = items_of(("openid", "profile", "snils"))


class Notebook:
    """Collects the names of events; insists on a unit of work, as the journal does."""

    def __init__(self, database: Database):
        self.database = database
        self.names: list[str] = []

    def append(self, event: Event, actor: Actor) -> None:
        assert self.database.at_work
        self.names.append(event.name)


@pytest.fixture
def consents(database: Database, outside: Outside) -> Consents:
    return Consents(database, outside, ConsentSettings())


@pytest.fixture
def notebook(database: Database) -> Notebook:
    return Notebook(database)


def test_everything_is_missing_at_first_and_nothing_after_a_yes(consents: Consents, notebook: Notebook) -> None:
    assert ASKED == consents.missing(OLYMP, PERSON, ASKED, False)
    consents.give("olymp", PERSON, ASKED, notebook)

    assert () == consents.missing(OLYMP, PERSON, ASKED, False)
    assert ASKED == consents.missing(OLYMP, "person-2", ASKED, False)
    assert ASKED == consents.missing(SimpleNamespace(client_id="other", first_party=False), PERSON, ASKED, False)
    assert ["consent.given"] == notebook.names


def test_only_what_is_new_is_asked_and_the_old_yes_stays(consents: Consents, notebook: Notebook) -> None:
    consents.give("olymp", PERSON, ASKED, notebook)
    more = items_of(("openid", "profile", "snils", "email"))
    assert ("email",) == consents.missing(OLYMP, PERSON, more, False)
    consents.give("olymp", PERSON, ("email",), notebook)

    assert () == consents.missing(OLYMP, PERSON, more, False)
    assert 1 == len(consents.of_person(PERSON))


def test_the_diary_asks_nothing_even_with_prompt_consent(consents: Consents) -> None:
    assert () == consents.missing(DIARY, PERSON, ASKED, True)


def test_prompt_consent_asks_again(consents: Consents, notebook: Notebook) -> None:
    consents.give("olymp", PERSON, ASKED, notebook)

    assert ASKED == consents.missing(OLYMP, PERSON, ASKED, True)


def test_a_year_later_everything_is_asked_again(consents: Consents, notebook: Notebook, clock: Clock) -> None:
    consents.give("olymp", PERSON, ASKED, notebook)
    clock.advance(timedelta(days=365) - timedelta(seconds=1))
    assert () == consents.missing(OLYMP, PERSON, ASKED, False)
    clock.advance(timedelta(seconds=1))

    assert ASKED == consents.missing(OLYMP, PERSON, ASKED, False)
    consents.give("olymp", PERSON, ("openid",), notebook)
    assert ("openid",) == consents.of_person(PERSON)[0].items


def test_nobody_withdraws_for_somebody_else(consents: Consents, notebook: Notebook) -> None:
    given_one = consents.give("olymp", PERSON, ASKED, notebook)

    assert consents.withdraw(given_one.id, "person-2", notebook, Actor("person", "person-2")) is None
    assert () == consents.missing(OLYMP, PERSON, ASKED, False)
    assert given_one == consents.withdraw(given_one.id, PERSON, notebook, Actor("person", PERSON))
    assert consents.withdraw(given_one.id, PERSON, notebook, Actor("person", PERSON)) is None
    assert ASKED == consents.missing(OLYMP, PERSON, ASKED, False)
    assert ["consent.given", "consent.withdrawn"] == notebook.names


def test_an_unknown_item_is_refused(consents: Consents, notebook: Notebook) -> None:
    with pytest.raises(ValueError, match="unknown"):
        consents.give("olymp", PERSON, ("everything",), notebook)


def test_every_claim_of_a_person_belongs_to_exactly_one_item() -> None:
    for scope, claims in CLAIMS_OF_SCOPE.items():
        for claim in claims:
            (item,) = items_of((), (claim,))
            assert item in items_of((scope,))


def test_every_scope_but_none_is_asked_about() -> None:
    assert [] == [scope for scope in PERSON_SCOPES if not items_of((scope,))]
    assert set(ITEMS) == set(NAME_KEYS)


@given(st.lists(st.sampled_from(PERSON_SCOPES)), st.lists(st.sampled_from(PERSON_SCOPES)))
def test_more_scopes_never_ask_for_less(some: list[str], more: list[str]) -> None:
    assert set(items_of(some)) <= set(items_of(some + more))
