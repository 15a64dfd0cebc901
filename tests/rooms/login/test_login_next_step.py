from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from login_house import ANNA

from broker.connectors.identity import UpstreamChild
from broker.login.asked import Asked
from broker.login.attempt import Attempt, Refusal
from broker.login.attempt_form import from_bytes, to_bytes
from broker.login.facts import Facts
from broker.login.fits import session_fits, session_may_be_chosen, why_again
from broker.login.next_step import Step, next_step
from broker.login.proving import (
    asking,
    asking_confirm,
    confirmed,
    connecting,
    doubting,
    finished_wizard,
    in_by_password,
    inside_again,
    own_link,
    shown_invitation,
    shown_password,
    welcomed,
    without_proof,
)
from broker.sessions.session import Session

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NEW = Attempt(id="a" * 22, asked=Asked("diary", ("openid",)), resume_url="/resume", browser="b", ends_at=NOW)
NOTHING = Facts(knows_person=False, session_fits=False, is_returning=False)
KNOWN = replace(NOTHING, knows_person=True)
NO = Refusal(3101, NOW, "4821-7730")
MATCHED = NEW.identified(ANNA, NOW).matched("anna", NOW)
BACK = NEW.identified(ANNA, NOW)
DOUBTING = doubting(BACK, NO, NOW)
PROVEN = shown_password(DOUBTING, "anna", "p")
INVITED = shown_invitation(DOUBTING, "anna", "i")
DONE = finished_wizard(INVITED)
INSIDE = in_by_password(NEW, "anna", NOW)

ROWS = {
    "nothing is known": (NEW, NOTHING, Step.CHOOSE),
    "a live session fits": (NEW, replace(NOTHING, session_fits=True), Step.ADOPT),
    "the button was pressed": (NEW.wanting("esia"), NOTHING, Step.UPSTREAM),
    "the button beats the session": (NEW.wanting("esia"), replace(NOTHING, session_fits=True), Step.UPSTREAM),
    "on the way, and back by Back": (NEW.wanting("esia").left(NOW), NOTHING, Step.CHOOSE),
    "the upstream is being asked": (NEW.returning(NOW), replace(NOTHING, is_returning=True), Step.WAIT),
    "whoever asked has died": (NEW.returning(NOW), NOTHING, Step.CHOOSE),
    "the upstream vouched": (NEW.identified(ANNA, NOW), NOTHING, Step.MATCH),
    "the person is known": (MATCHED, KNOWN, Step.FINISH),
    "consent is missing": (MATCHED, replace(KNOWN, missing_items=("name",)), Step.CONSENT),
    "an adopted session": (NEW.adopting("s", "anna"), KNOWN, Step.FINISH),
    "an adopted session that has ended": (NEW.adopting("s", "anna"), NOTHING, Step.CHOOSE),
    "refused": (NEW.identified(ANNA, NOW).refused(NO), NOTHING, Step.CAUSE),
    "refused by the facts": (MATCHED, replace(KNOWN, cause=4003), Step.CAUSE),
    "refused by the facts before anybody is known": (NEW, replace(NOTHING, cause=7003), Step.CAUSE),
    "an error for the service": (MATCHED, replace(KNOWN, error="login_required"), Step.ANSWER),
    "a cause beats an error": (MATCHED, replace(KNOWN, error="login_required", cause=4003), Step.CAUSE),
    "denied": (MATCHED.answered("access_denied"), KNOWN, Step.ANSWER),
    "finished": (MATCHED.finished("s", NOW), KNOWN, Step.ANSWER),
    "finished stays finished": (MATCHED.finished("s", NOW), replace(NOTHING, cause=7003), Step.ANSWER),
    "the diary did not find itself": (DOUBTING, NOTHING, Step.PROVE),
    "another login is asked for": (asking(BACK, "prove"), NOTHING, Step.PROVE),
    "a proof without anybody to prove": (asking(NEW, "prove"), NOTHING, Step.CHOOSE),
    "a password was shown": (PROVEN, NOTHING, Step.MATCH),
    "and something is left to ask": (asking_confirm(PROVEN), NOTHING, Step.CONFIRM),
    "and it was answered": (confirmed(asking_confirm(PROVEN)), NOTHING, Step.MATCH),
    "and it was not enough": (without_proof(PROVEN).refused(NO), NOTHING, Step.CAUSE),
    "the linked diary instead": (own_link(PROVEN.refused(NO)), NOTHING, Step.MATCH),
    "connected, and told": (replace(MATCHED, shows_linked=True), KNOWN, Step.LINKED),
    "told before consent": (replace(MATCHED, shows_linked=True), replace(KNOWN, missing_items=("name",)), Step.LINKED),
    "in by password": (INSIDE, KNOWN, Step.FINISH),
    "in by password, and asked to connect": (INSIDE, replace(KNOWN, offers_linking=True), Step.OFFER),
    "connecting": (connecting(INSIDE, "esia"), NOTHING, Step.UPSTREAM),
    "connected from inside": (connecting(INSIDE, "esia").left(NOW).returning(NOW).identified(ANNA, NOW), NOTHING, Step.MATCH),
    "the invitation is asked for": (asking(NEW, "first"), replace(NOTHING, session_fits=True), Step.FIRST),
    "invited": (INVITED, NOTHING, Step.WELCOME),
    "invited, and back from the wizard": (welcomed(DONE), NOTHING, Step.MATCH),
    "invited, and off to connect": (connecting(welcomed(DONE), "esia"), NOTHING, Step.UPSTREAM),
    "invited, and off too early": (connecting(INVITED, "esia"), NOTHING, Step.WELCOME),
    "invited, and the trip came to nothing": (inside_again(connecting(DONE, "esia").refused(NO)), NOTHING, Step.WELCOME),
}


@pytest.mark.parametrize("row", ROWS)
def test_the_order_of_a_login(row):
    attempt, facts, step = ROWS[row]
    assert step is next_step(attempt, facts)


flags = st.booleans()
attempts = st.builds(
    replace,
    st.just(NEW),
    wanted=st.sampled_from(["", "esia"]),
    left_at=st.sampled_from([None, NOW]),
    returned_at=st.sampled_from([None, NOW]),
    identity=st.sampled_from([None, ANNA]),
    person_id=st.sampled_from([None, "anna"]),
    session_id=st.sampled_from([None, "s"]),
    refuses_session=flags,
    has_consented=flags,
    refusal=st.sampled_from([None, NO]),
    error=st.sampled_from(["", "access_denied"]),
    finished_at=st.sampled_from([None, NOW]),
    wants=st.sampled_from(["", "first", "password", "prove"]),
    by_password=flags,
    proof=st.sampled_from([None, PROVEN.proof, INVITED.proof, asking_confirm(PROVEN).proof, welcomed(DONE).proof]),
    doubt=st.sampled_from([None, NO]),
    shows_linked=flags,
)
facts_ = st.builds(
    Facts,
    knows_person=flags,
    session_fits=flags,
    is_returning=flags,
    cause=st.sampled_from([None, 4003, 7003]),
    error=st.sampled_from(["", "login_required"]),
    missing_items=st.sampled_from([(), ("name",)]),
    offers_linking=flags,
)


@given(attempts, facts_)
def test_nobody_finishes_without_person_consent_and_right(attempt, facts):
    if next_step(attempt, facts) is Step.FINISH:
        assert facts.knows_person and not facts.missing_items
        assert facts.cause is None and not facts.error
        assert attempt.refusal is None and not attempt.is_over


@given(attempts, facts_)
def test_a_refusal_is_never_passed_over(attempt, facts):
    if attempt.refusal is not None and not attempt.is_over:
        assert Step.CAUSE is next_step(attempt, facts)


@given(attempts, facts_)
def test_the_session_is_used_only_if_it_fits(attempt, facts):
    if next_step(attempt, facts) is Step.ADOPT:
        assert facts.session_fits and attempt.identity is None


@given(attempts, facts_)
def test_nobody_is_matched_without_an_identity(attempt, facts):
    step = next_step(attempt, facts)
    if step in {Step.MATCH, Step.PROVE, Step.CONFIRM}:
        assert attempt.identity is not None
    if step is Step.PROVE:
        assert attempt.proof is None
    if step is Step.WELCOME:
        assert attempt.proof.invitation_id


WAYS_OUT = {
    "somebody else": lambda attempt: attempt.wanting(""),
    "another trip": lambda attempt: attempt.wanting("esia"),
    "a live session": lambda attempt: attempt.adopting("s", "anna"),
    "by password instead": lambda attempt: in_by_password(attempt, "boris", NOW),
    "the password form": lambda attempt: asking(attempt, "password"),
    "another login": lambda attempt: asking(attempt, "prove"),
    "the linked diary": own_link,
}


@pytest.mark.parametrize("way", WAYS_OUT)
@given(attempts)
def test_a_proof_is_gone_on_every_way_out(way, attempt):
    assert WAYS_OUT[way](attempt).proof is None


@given(attempts)
def test_whoever_was_proven_is_nobody_while_the_upstream_is_asked(attempt):
    """Neither the diary that was proven nor the one that was in before is taken for the identity that comes back."""
    for on_the_way in (connecting(attempt, "esia"), connecting(attempt, "esia").left(NOW).returning(NOW).identified(ANNA, NOW)):
        assert on_the_way.person_id is None
        assert not on_the_way.by_password


@given(attempts)
def test_an_attempt_survives_the_shelf(attempt):
    attempt = replace(attempt, asked=Asked("diary", ("openid",), ("snils",), frozenset({"login", "consent"}), 5, ("child",)))
    assert attempt == from_bytes(to_bytes(attempt))


def test_a_direct_visit_survives_the_shelf():
    refusal = Refusal(3102, NOW, "1-2", fields=("surname",), roles=("pupil",), region="38", school_id="x", waited_seconds=3)
    attempt = replace(NEW, asked=None, refusal=refusal)
    assert attempt == from_bytes(to_bytes(attempt))


KNOWN_THERE = (UpstreamChild("7", "Соколов", "Пётр", birth_date=date(2013, 9, 5)), UpstreamChild("8"))


@pytest.mark.parametrize("children", [None, (), KNOWN_THERE])
def test_an_identity_survives_the_shelf(children):
    attempt = replace(NEW, identity=replace(ANNA, children=children, keepsake="secret"))
    assert attempt == from_bytes(to_bytes(attempt))
    assert not any(word in repr(attempt) for word in ("Пётр", "secret"))


def test_nothing_personal_is_shown_by_repr():
    assert "Соколова" not in repr(MATCHED) and "Соколова" not in repr(ANNA)


def test_another_person_forgets_what_was_answered():
    assert not MATCHED.consented().identified(ANNA, NOW).has_consented
    assert MATCHED.consented().wanting("").person_id is None


def _session(**changes):
    session = Session("s", "anna", "esia", "confirmed", ("pwd",), "29", NOW, NOW, NOW, NOW + timedelta(hours=1))
    return replace(session, **changes)


ASKED = Asked("diary", ("openid",))
FITS = {
    "nothing special": (ASKED, True, True),
    "prompt=login": (replace(ASKED, prompt=frozenset({"login"})), False, False),
    "prompt=select_account": (replace(ASKED, prompt=frozenset({"select_account"})), False, True),
    "both prompts": (replace(ASKED, prompt=frozenset({"select_account", "login"})), False, False),
    "prompt=consent": (replace(ASKED, prompt=frozenset({"consent"})), True, True),
    "young enough": (replace(ASKED, max_age=60), True, True),
    "too old": (replace(ASKED, max_age=59), False, False),
    "max_age=0": (replace(ASKED, max_age=0), False, False),
    "the person of the hint": (replace(ASKED, expected_person_id="anna"), True, True),
    "another person": (replace(ASKED, expected_person_id="boris"), False, False),
    "the level": (replace(ASKED, acr_values=("confirmed",), acr_essential=True), True, True),
    "another level": (replace(ASKED, acr_values=("child",), acr_essential=True), False, False),
    "another level, only wished for": (replace(ASKED, acr_values=("child",)), True, True),
    "an essential level that does not exist": (replace(ASKED, acr_essential=True), False, False),
    "the least level": (replace(ASKED, least_level="confirmed"), True, True),
    "surer than the least": (replace(ASKED, least_level="not_confirmed"), True, True),
    "a least level that does not exist": (replace(ASKED, least_level="gold"), False, False),
    "the least level, and another essential one": (
        replace(ASKED, least_level="not_confirmed", acr_values=("child",), acr_essential=True), False, False,
    ),
}


@pytest.mark.parametrize("row", FITS)
def test_which_session_fits(row):
    asked, fits, may_be_chosen = FITS[row]
    session = _session(authenticated_at=NOW - timedelta(seconds=60))
    assert (fits, may_be_chosen) == (session_fits(asked, session, NOW), session_may_be_chosen(asked, session, NOW))


@pytest.mark.parametrize("seconds_ago", [0, -2], ids=["in the same instant", "by a clock that runs ahead"])
def test_no_session_is_fresh_enough_for_max_age_zero(seconds_ago):
    session = _session(authenticated_at=NOW - timedelta(seconds=seconds_ago))
    assert session_fits(replace(ASKED, max_age=1), session, NOW)
    assert not session_fits(replace(ASKED, max_age=0), session, NOW)
    assert "again" == why_again(replace(ASKED, max_age=0), session, NOW)


CONFIRMED_WISHED = replace(ASKED, acr_values=("confirmed",))
CONFIRMED_NEEDED = replace(CONFIRMED_WISHED, acr_essential=True)
WHY = {
    "nothing wanted": (ASKED, "not_confirmed", ""),
    "nobody here, a need": (CONFIRMED_NEEDED, None, "surer"),
    "nobody here, a wish": (CONFIRMED_WISHED, None, ""),
    "not sure enough": (CONFIRMED_WISHED, "not_confirmed", "surer"),
    "sure enough": (CONFIRMED_NEEDED, "confirmed", ""),
    "nobody here, a demand": (replace(ASKED, least_level="confirmed"), None, "surer"),
    "nobody here, a lower demand": (replace(CONFIRMED_WISHED, least_level="not_confirmed"), None, ""),
    "a demand, not sure enough": (replace(ASKED, least_level="confirmed"), "child", "surer"),
    "a demand, sure enough": (replace(ASKED, least_level="confirmed"), "confirmed", ""),
    "a child would do": (replace(ASKED, acr_values=("confirmed", "child")), "not_confirmed", ""),
    "too old": (replace(ASKED, max_age=59), "confirmed", "again"),
    "just not too old": (replace(ASKED, max_age=60), "confirmed", ""),
    "asked to": (replace(ASKED, prompt=frozenset({"login"})), "confirmed", "again"),
    "asked to, nobody here": (replace(ASKED, prompt=frozenset({"login"})), None, ""),
}


@pytest.mark.parametrize("row", WHY)
def test_why_somebody_has_to_sign_in_again(row):
    asked, level, why = WHY[row]
    session = None if level is None else _session(authenticated_at=NOW - timedelta(seconds=60), level=level)
    assert why == why_again(asked, session, NOW)
