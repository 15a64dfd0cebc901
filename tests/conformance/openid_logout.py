"""RP-Initiated, Back-Channel and Front-Channel Logout and Session Management (OpenID Connect, all 1.0)."""

from __future__ import annotations

from tests.browser import test_front_channel as front
from tests.conformance.table import Requirement
from tests.journeys import test_back_channel_logout as back
from tests.journeys import test_new_day as new_day
from tests.journeys import test_sign_out_everywhere as everywhere
from tests.rooms.provider import test_discovery as discovery
from tests.rooms.provider import test_leaving as leaving
from tests.rooms.provider import test_session_management as session
from tests.rooms.signout import test_run_out as run_out

_RP, _BACK = "OpenID Connect RP-Initiated Logout 1.0", "OpenID Connect Back-Channel Logout 1.0"
_FRONT, _STATE = "OpenID Connect Front-Channel Logout 1.0", "OpenID Connect Session Management 1.0"

REQUIREMENTS = (
    Requirement(f"{_RP} 2", "an expired id_token_hint is accepted",
                leaving.test_a_proven_request_signs_out_at_once_and_goes_back),
    Requirement(f"{_RP} 2", "a hint of another session is suspect", session.test_a_hint_of_another_session_is_suspect),
    Requirement(f"{_RP} 2", "a hint of another person is suspect", leaving.test_somebody_elses_hint_asks_first),
    Requirement(f"{_RP} 2", "client_id must be the audience of the hint",
                leaving.test_a_hint_of_one_client_does_not_speak_for_another),
    Requirement(f"{_RP} 2", "logout_hint: our sub or sid words the question, and proves nothing",
                leaving.test_a_logout_hint_words_the_question_and_proves_nothing),
    Requirement(f"{_RP} 2", "GET and POST", leaving.test_a_form_from_another_site_signs_out_too),
    Requirement(f"{_RP} 2", "ui_locales", session.test_the_question_is_in_the_language_of_the_service),
    Requirement(f"{_RP} 3", "state comes back", everywhere.test_with_a_hint_at_once_and_back_with_state),
    Requirement(f"{_RP} 3", "only to an address registered exactly so",
                leaving.test_nobody_is_sent_to_an_address_that_is_not_registered),
    Requirement(f"{_RP} 6", "without a hint the person is asked", leaving.test_an_unproven_request_asks_first),
    Requirement(f"{_BACK} 2.4", "claims, typ and life of the logout token; no nonce",
                back.test_each_service_is_told_in_its_own_words),
    Requirement(f"{_BACK} 2.4", "encrypted where ID tokens are, with the issuer in its header",
                discovery.test_a_logout_token_is_encrypted_as_the_id_tokens_are),
    Requirement(f"{_BACK} 2.1", "what discovery says of all three ways is so", discovery.test_what_is_said_of_leaving_is_so),
    Requirement(f"{_BACK} 2.5", "sent by POST as a form, without cookies", back.test_each_service_is_told_in_its_own_words),
    Requirement(f"{_BACK} 2.7", "every client of the session, whatever ended it", back.test_whatever_ended_the_session),
    Requirement(f"{_BACK} 2.7", "also the day on which a rule begins", new_day.test_the_service_hears_at_midnight),
    Requirement(f"{_BACK} 2.7", "also a session that merely runs out, once, whoever looks",
                run_out.test_services_are_told_once_by_however_many_workers),
    Requirement(f"{_BACK} 2.7", "offline access ends too", back.test_a_service_whose_session_here_ran_out_long_ago),
    Requirement(f"{_BACK} 2.8", "400 is final, other failures are tried again", back.test_refused_or_given_up_is_seen),
    Requirement(f"{_BACK} 2.8", "the person is told who did not answer", back.test_who_did_not_answer_is_named_and_told_later),
    Requirement(f"{_BACK} 4", "clients of other sessions hear nothing", back.test_services_of_others_hear_nothing),
    Requirement(f"{_BACK} 4", "no address of our own network is called",
                back.test_an_address_inside_our_own_network_is_never_told),
    Requirement(f"{_FRONT} 3", "iss and sid are added, a query is kept", session.test_a_service_is_told_in_a_frame),
    Requirement(f"{_FRONT} 3", "only clients of this session", session.test_services_of_other_sessions_get_no_frame),
    Requirement(f"{_FRONT} 3", "the frames load before the way back", session.test_frames_first_and_then_back),
    Requirement(f"{_FRONT} 3", "a frame that never loads holds nobody", front.test_a_service_that_does_not_answer_holds_nobody),
    Requirement(f"{_STATE} 3", "session_state changes with the sign-out", session.test_unchanged_until_the_person_leaves),
    Requirement(f"{_STATE} 3", "session_state is bound to client and origin",
                session.test_a_state_is_of_one_client_and_one_origin),
    Requirement(f"{_STATE} 4.2", "the state opens nothing", session.test_the_cookie_opens_nothing_and_tells_nothing),
    Requirement(f"{_STATE} 4.2", "the page may be framed by anybody",
                session.test_the_page_may_be_shown_anywhere_and_does_nothing_else),
)  # fmt: skip
