"""What the wizard's parts promise by themselves: proofs of invitations, drafts, answers that are remembered."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from login_house import House

from broker.directory.invitations import Stage
from broker.limits.guesses import name_form
from broker.login.attempt import Attempt
from broker.login.attempt_form import from_bytes, to_bytes
from broker.login.drafts import Drafts
from broker.login.facts import Facts
from broker.login.next_step import Step, next_step
from broker.login.proving import asking, connecting, finished_wizard, shown_invitation, welcomed
from broker.login.secrets_tried import Tried, as_answer, from_answer

NOW = datetime(2026, 9, 1, 5, 0, tzinfo=UTC)
FRESH = Attempt(id="a" * 22, asked=None, resume_url="/me", browser="b" * 43, ends_at=NOW + timedelta(minutes=15))
NOTHING = Facts(knows_person=False, session_fits=False, is_returning=False)


def step(attempt: Attempt) -> Step:
    return next_step(attempt, NOTHING)


def test_the_order_of_a_first_sign_in() -> None:
    asked = asking(FRESH, "first")
    shown = shown_invitation(asked, "anna", "i1")
    done = finished_wizard(shown)
    leaving = connecting(done, "esia")
    assert [Step.FIRST, Step.WELCOME, Step.WELCOME, Step.UPSTREAM] == [step(one) for one in (asked, shown, done, leaving)]
    assert Step.WELCOME is step(leaving.left(NOW))


def test_an_unfinished_wizard_opens_no_way_to_gosuslugi() -> None:
    shown = shown_invitation(FRESH, "anna", "i1")
    assert Step.WELCOME is step(connecting(shown, "esia"))
    with pytest.raises(ValueError, match="no wizard was finished"):
        welcomed(shown)


def test_somebody_else_at_the_computer_ends_the_proof() -> None:
    done = finished_wizard(shown_invitation(FRESH, "anna", "i1"))
    for other in (done.wanting("esia"), done.wanting(""), asking(done, "first"), asking(done, "password")):
        assert other.proof is None


def test_a_proof_survives_being_kept() -> None:
    done = replace(finished_wizard(shown_invitation(FRESH, "anna", "i1")), stays=3)
    assert done == from_bytes(to_bytes(done))


@given(
    st.integers(4001, 4002),
    st.integers(0, 10),
    st.none() | st.datetimes(timezones=st.just(UTC)),
    st.sampled_from(("", "4821-7730")),
)
def test_a_try_is_remembered_as_it_was(cause: int, left: int, opens_at: datetime | None, number: str) -> None:
    tried = Tried(cause, left, opens_at, number)
    assert tried == from_answer(as_answer(tried))


@given(st.text(max_size=100))
def test_a_login_is_counted_in_one_form(login: str) -> None:
    assert name_form(login) == name_form(f" {login} ") and 64 >= len(name_form(login))


@pytest.mark.parametrize("address", ["/login/abc", "/login/abc/welcome/phone?again"])
def test_an_address_is_no_try(address: str) -> None:
    assert from_answer(address) is None


@pytest.fixture
def drafts(house: House) -> Iterator[Drafts]:
    with house.app.app_context():
        yield house.rooms.drafts


def test_a_draft_is_for_one_person_in_one_browser(drafts: Drafts) -> None:
    drafts.expect(FRESH, "anna")
    drafts.keep(FRESH, {"phone": "+7 912", "email": "a" * 1000})
    later = replace(FRESH, id="c" * 22)

    assert {"phone": "+7 912", "email": "a" * 254} == drafts.find(later, "anna")
    assert {} == drafts.find(later, "boris")
    assert {} == drafts.find(replace(later, browser=secrets.token_urlsafe(32)), "anna")
    drafts.forget(later, "anna")
    assert {} == drafts.find(later, "anna")


def test_answers_to_a_form_that_was_shown_to_nobody_are_not_kept(drafts: Drafts) -> None:
    drafts.keep(FRESH, {"phone": "+7 912"})
    assert {} == drafts.find(FRESH, "anna")


def test_stages_stand_in_their_order() -> None:
    assert (Stage.DATA, Stage.CONTACTS, Stage.PASSWORD, Stage.DONE) == tuple(Stage)
