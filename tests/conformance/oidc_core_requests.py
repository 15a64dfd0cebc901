"""OpenID Connect Core 1.0: the authorization request, and step-up (RFC 9470 4 and 5)."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.journeys import test_bad_input_authorize as bad
from tests.journeys import test_requests_of_services as asked
from tests.journeys import test_step_up as steps
from tests.journeys import test_tokens_say_who as says
from tests.rooms.provider import test_demanded_level as levels
from tests.rooms.provider import test_refused_requests as refused

REQUIREMENTS = (
    Requirement("OpenID Connect Core 3.1.2.1", "GET and POST", asked.test_a_long_request_may_come_by_post),
    Requirement("OpenID Connect Core 3.1.2.1", "prompt=none without a session", asked.test_prompt_none_without_a_session),
    Requirement("OpenID Connect Core 3.1.2.1", "prompt=login", asked.test_prompt_login_visits_gosuslugi_again),
    Requirement("OpenID Connect Core 3.1.2.1", "prompt=consent",
                asked.test_prompt_consent_asks_a_third_party_again_and_only_once),
    Requirement("OpenID Connect Core 3.1.2.1", "prompt=select_account", asked.test_prompt_select_account_asks_who),
    Requirement("OpenID Connect Core 3.1.2.1", "ui_locales", asked.test_ui_locales),
    Requirement("OpenID Connect Core 3.1.2.1", "acr_values are wishes",
                asked.test_a_wished_level_is_a_wish_and_an_essential_one_is_not),
    Requirement("OpenID Connect Core 3.1.2.2", "no parameter twice", refused.test_no_parameter_counts_twice),
    Requirement("OpenID Connect Core 3.1.2.2", "client and address come first", refused.test_the_line_is_where_it_must_be),
    Requirement("OpenID Connect Core 3.1.2.2", "an address is compared letter by letter",
                refused.test_what_cannot_be_trusted_stays_on_our_page),
    Requirement("OpenID Connect Core 3.1.2.6", "errors go to the client with state and iss",
                refused.test_a_mistake_goes_back_to_the_client),
    Requirement("OpenID Connect Core 3.1.2.6", "over HTTP, in the words of the standard",
                bad.test_the_client_is_told_in_the_words_of_the_standard),
    Requirement("OpenID Connect Core 5.5.1", "sub as a value", asked.test_subject_of_the_claims_parameter_is_a_hint_too),
    Requirement("OpenID Connect Core 5.5.1", "a sub or acr that nobody could have is an error",
                refused.test_a_person_or_level_that_nobody_could_be_is_not_passed_over),
    Requirement("OpenID Connect Core 5.5.1.1", "an essential acr is met or refused",
                steps.test_a_wish_that_cannot_be_met_is_no_error_and_an_essential_level_is),
    Requirement("OpenID Connect Core 5.5.1.1", "a level that the service demands of everybody, whatever the browser asks for",
                levels.test_the_browser_cannot_ask_for_less),
    Requirement("OpenID Connect Registration 2", "default_max_age and default_acr_values",
                steps.test_what_a_service_registered_holds_where_its_request_says_nothing),
    Requirement("OpenID Connect Registration 2", "require_auth_time: every ID token has it, registered or not",
                says.test_id_token_says_who_when_and_how_surely),
    Requirement("OpenID Connect Registration 2", "the person is told why they sign in again",
                steps.test_what_a_service_registered_holds_where_its_request_says_nothing),
    Requirement("RFC 9470 4", "acr_values lead to a surer sign-in", steps.test_a_session_of_the_password_steps_up_to_gosuslugi),
    Requirement("RFC 9470 5", "who cannot reach it: unmet_authentication_requirements",
                steps.test_a_service_that_takes_nobody_below_a_level),
    Requirement("RFC 9470 5", "the level reached is told", steps.test_somebody_else_may_meet_it),
)  # fmt: skip
