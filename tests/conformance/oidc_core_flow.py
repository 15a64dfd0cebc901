"""OpenID Connect Core 1.0: the code flow from the code to the claims; Form Post; sign-in begun by a third party."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.journeys import test_requests_of_services as asked
from tests.journeys import test_tokens_say_who as who
from tests.relying_parties import test_openid_client as node
from tests.relying_parties import test_strict_profile as strict
from tests.rooms.clients import test_initiation as initiation
from tests.rooms.provider import test_refused_requests as refused
from tests.rooms.provider import test_sign_in as sign_in
from tests.rooms.provider import test_token_endpoint as token
from tests.rooms.provider import test_userinfo as userinfo
from tests.rooms.tokens import test_claims as claims

_CORE = "OpenID Connect Core"

REQUIREMENTS = (
    Requirement(f"{_CORE} 2", "iss, sub, aud, exp, iat, auth_time, nonce, acr, amr of the ID token",
                who.test_id_token_says_who_when_and_how_surely),
    Requirement(f"{_CORE} 3.1", "the whole flow with openid-client, for every kind of client",
                node.test_a_whole_life_of_a_sign_in),
    Requirement(f"{_CORE} 3.1.2.1", "openid must be among the scopes, unknown ones are ignored",
                refused.test_a_scope_of_another_client_is_refused_and_an_unknown_one_ignored),
    Requirement(f"{_CORE} 3.1.2.1", "max_age and auth_time", asked.test_max_age_is_counted_to_the_second),
    Requirement(f"{_CORE} 3.1.2.1", "id_token_hint", asked.test_a_hint_of_somebody_else),
    Requirement(f"{_CORE} 3.1.2.1", "login_hint is heard and repeated nowhere", asked.test_login_hint_is_carried_by_nobody),
    Requirement(f"{_CORE} 3.1.2.3", "prompt=none shows no page and prompt=login does",
                sign_in.test_without_a_page_the_client_is_told_what_would_be_needed),
    Requirement(f"{_CORE} 3.1.2.4", "consent before anything is told",
                asked.test_prompt_consent_asks_a_third_party_again_and_only_once),
    Requirement(f"{_CORE} 3.1.2.5", "code and state to the registered address",
                sign_in.test_query_survives_in_a_registered_address),
    Requirement(f"{_CORE} 3.1.3.1", "the code is redeemed by its client, once, with its redirect_uri",
                token.test_a_code_works_once_and_its_second_use_ends_what_the_first_gave),
    Requirement(f"{_CORE} 3.1.3.2", "a code of another client is refused",
                token.test_another_client_gets_nothing_for_a_code_and_spoils_it),
    Requirement(f"{_CORE} 3.1.3.4", "errors of the token endpoint", token.test_a_malformed_request_is_refused_by_the_book),
    Requirement(f"{_CORE} 5.1, 5.4", "a scope opens its claims and no others",
                sign_in.test_a_scope_opens_its_claims_and_no_others),
    Requirement(f"{_CORE} 5.1", "what is not known is left out", claims.test_a_person_without_a_school_has_no_school_claims),
    Requirement(f"{_CORE} 5.3.1", "UserInfo by GET and POST", sign_in.test_userinfo_may_be_posted),
    Requirement(f"{_CORE} 5.3.2", "sub of UserInfo is that of the ID token", strict.test_every_grant_and_every_kind_of_answer),
    Requirement(f"{_CORE} 5.3.3", "errors of UserInfo", sign_in.test_userinfo_refuses_by_the_book),
    Requirement(f"{_CORE} 5.3.3", "without openid there is none", userinfo.test_without_openid_there_is_no_userinfo),
    Requirement(f"{_CORE} 5.5", "single claims where they were asked for", sign_in.test_single_claims_go_where_they_were_asked),
    Requirement(f"{_CORE} 5.5", "never beyond what is registered",
                who.test_claims_parameter_cannot_reach_beyond_the_registered_scopes),
    Requirement(f"{_CORE} 8.1", "pairwise subjects by sector", sign_in.test_two_clients_know_one_person_by_different_names),
    Requirement(f"{_CORE} 11", "offline_access, and not without it", token.test_without_offline_access_there_is_no_refresh_token),
    Requirement(f"{_CORE} 12.2", "the ID token of a refresh is about the same person and sign-in",
                token.test_refresh_rotates_and_a_spent_token_ends_the_grant),
    Requirement(f"{_CORE} 4", "a sign-in begun by us: the service's own address with iss",
                initiation.test_the_address_says_who_sends_and_nothing_more),
    Requirement(f"{_CORE} 4", "only an address over TLS", initiation.test_only_an_address_over_tls_is_registered),
    Requirement("Form Post Response Mode 2", "code and error by a form", asked.test_form_post_delivers_code_and_error_by_a_form),
    Requirement("Form Post Response Mode 2", "an independent library reads it", strict.test_every_grant_and_every_kind_of_answer),
)  # fmt: skip
