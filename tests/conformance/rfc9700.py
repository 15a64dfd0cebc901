"""Best Current Practice for OAuth 2.0 Security (RFC 9700), with RFC 8725 for JWTs: each defence and the test that attacks it."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.journeys import test_bad_input_authorize as authorize
from tests.journeys import test_bad_input_hosts as hosts
from tests.journeys import test_bad_input_machines as machines
from tests.journeys import test_disabled_things as disabled
from tests.journeys import test_keys_by_address as addresses
from tests.journeys import test_nothing_is_echoed as echoed
from tests.journeys import test_parallel as parallel
from tests.journeys import test_sign_out_everywhere as sign_out
from tests.journeys import test_silent_logs as logs
from tests.journeys import test_tokens_lifetimes as lifetimes
from tests.relying_parties import test_strict_profile as strict
from tests.rooms.clients import test_client as client
from tests.rooms.foundation import test_fetch as fetch
from tests.rooms.provider import test_any_request as any_request
from tests.rooms.provider import test_client_credentials as own
from tests.rooms.provider import test_cross_use as cross
from tests.rooms.provider import test_defences as defences
from tests.rooms.provider import test_device as device
from tests.rooms.provider import test_dpop_proofs as dpop
from tests.rooms.provider import test_jose_confusion as jose
from tests.rooms.provider import test_pushed_requests as par
from tests.rooms.provider import test_refused_requests as refused
from tests.rooms.provider import test_request_objects as objects
from tests.rooms.provider import test_sender as sender
from tests.rooms.provider import test_session_management as session
from tests.rooms.provider import test_sign_in as sign_in
from tests.rooms.provider import test_token_endpoint as token
from tests.rooms.provider import test_userinfo as userinfo
from tests.rooms.screens import test_headers as headers

REQUIREMENTS = (
    Requirement("RFC 9700 2.1, 4.1", "redirect addresses are compared letter by letter",
                client.test_only_the_registered_address_itself_will_do),
    Requirement("RFC 9700 4.1", "over HTTP: nobody is sent where nothing is registered",
                authorize.test_nobody_is_sent_to_an_address_that_is_not_registered),
    Requirement("RFC 9700 4.1", "nor by a pushed or signed request",
                objects.test_a_forgery_never_leads_anywhere_but_to_a_registered_address),
    Requirement("RFC 9700 2.1.1", "PKCE is demanded; plain is no method", defences.test_pkce_cannot_be_taken_away),
    Requirement("RFC 9700 2.1.2", "no tokens in the front channel", sign_in.test_discovery_lists_only_what_answers),
    Requirement("RFC 9700 2.2.1, 4.10.1", "a stolen token is of no use without its key: an independent client is the thief",
                strict.test_a_sign_in_of_the_strict_profile),
    Requirement("RFC 9700 2.2.1, 4.10.1", "a bound token shown by somebody else",
                sender.test_a_bound_token_is_of_no_use_to_who_has_only_the_token),
    Requirement("RFC 9700 2.2.2, 4.14.2", "a refresh token that comes back ends the grant",
                lifetimes.test_a_refresh_token_used_twice_ends_the_grant_for_both),
    Requirement("RFC 9700 4.14.2", "of fifty at once one is renewed", parallel.test_fifty_use_one_refresh_token),
    Requirement("RFC 9700 2.3, 4.10.2", "a token for one resource is refused at another",
                userinfo.test_a_token_for_a_resource_is_not_for_us),
    Requirement("RFC 9700 4.10.2", "a client gains nothing by what was given to another (impersonation by audience)",
                defences.test_a_token_of_one_client_is_not_for_another),
    Requirement("RFC 9700 4.2", "pages send no Referer", headers.test_every_page_carries_every_header),
    Requirement("RFC 9700 4.3", "no token in an address", machines.test_a_token_in_the_address_is_no_token),
    Requirement("RFC 9700 4.3", "no code, token or secret in a log", logs.test_nothing_confidential_is_logged),
    Requirement("RFC 9700 4.4", "mix-up: every response names its issuer", defences.test_every_response_names_us),
    Requirement("RFC 9700 4.5", "code injection: a code serves only the sign-in it was made for",
                defences.test_a_code_of_another_sign_in_is_of_no_use),
    Requirement("RFC 9700 4.5", "a code serves once", token.test_a_code_works_once_and_its_second_use_ends_what_the_first_gave),
    Requirement("RFC 9700 4.5", "of fifty redemptions one succeeds", parallel.test_fifty_redeem_one_code),
    Requirement("RFC 9700 4.5", "a wrong attempt spends the code", token.test_a_spoiled_redemption_spends_the_code),
    Requirement("RFC 9700 4.5", "a code is for its client alone",
                token.test_another_client_gets_nothing_for_a_code_and_spoils_it),
    Requirement("RFC 9700 4.7", "CSRF: state comes back letter by letter", refused.test_a_state_comes_back_letter_by_letter),
    Requirement("RFC 9700 4.7", "CSRF: nobody presses our buttons from elsewhere (a device)",
                device.test_another_browser_cannot_answer_with_the_page_of_this_one),
    Requirement("RFC 9700 4.7", "CSRF: nobody presses our buttons from elsewhere (sign-out)",
                sign_out.test_another_page_cannot_press_for_me),
    Requirement("RFC 9700 4.8", "PKCE downgrade: a verifier without a challenge is refused",
                token.test_a_verifier_without_a_challenge_is_refused),
    Requirement("RFC 9700 4.8", "PKCE downgrade: the challenge cannot be left out, nor the verifier",
                defences.test_pkce_cannot_be_taken_away),
    Requirement("RFC 9700 4.11", "no open redirect after sign-out", sign_out.test_an_unregistered_address_is_never_followed),
    Requirement("RFC 9700 4.11", "no open redirect by a false host", hosts.test_links_and_redirects_never_follow_the_request),
    Requirement("RFC 9700 4.11", "what cannot be trusted stays on our page",
                refused.test_what_cannot_be_trusted_stays_on_our_page),
    Requirement("RFC 9700 4.12", "a posted form is never sent on (307)", defences.test_no_page_of_ours_sends_a_form_on),
    Requirement("RFC 9700 4.13", "the header of a certificate counts from the proxy alone",
                sender.test_the_whole_way_with_a_certificate),
    Requirement("RFC 9700 4.15", "a token of a client is about nobody", own.test_it_opens_nothing_of_a_person),
    Requirement("RFC 9700 4.16", "clickjacking: pages are not framed", headers.test_every_page_carries_every_header),
    Requirement("RFC 9700 4.16", "the one page that is framed can do nothing",
                session.test_the_page_may_be_shown_anywhere_and_does_nothing_else),
    Requirement("RFC 9449 11.1", "DPoP replay: a proof counts once, on all nodes", dpop.test_once_on_all_nodes),
    Requirement("RFC 9449 11.1", "DPoP replay: of fifty at once one counts", parallel.test_fifty_show_one_proof_of_a_key),
    Requirement("RFC 9449 11.2", "DPoP: a proof made ahead has no nonce of ours", dpop.test_a_nonce_that_is_not_ours),
    Requirement("RFC 8725 2.1, 3.1", "none, HS256 with the public key, jku, x5u, x5c, oversized segments: "
                "no forgery passes at any place that reads a JWT", jose.test_no_forgery_passes_anywhere),
    Requirement("RFC 8725 2.1, 3.10", "an embedded jwk is not believed", jose.test_a_key_that_is_brought_along_is_not_believed),
    Requirement("RFC 7515 4.1.11, RFC 7797 6", "an unknown crit and b64 are refused, even by the owner of the key",
                jose.test_not_even_the_owner_of_the_key_may),
    Requirement("RFC 8725 3.11, 3.12", "cross-use: every kind of token at every place that takes one",
                cross.test_each_thing_is_taken_where_it_belongs_and_nowhere_else),
    Requirement("RFC 6749 3.1, 3.2", "parameter pollution: nothing counts twice", refused.test_no_parameter_counts_twice),
    Requirement("RFC 6749 3.1", "parameter pollution: what decides where to answer stops it all",
                refused.test_the_two_that_decide_where_to_answer_stop_it_all),
    Requirement("RFC 6749 3.2", "parameter pollution: the address of a POST does not count",
                machines.test_the_address_of_a_token_request_does_not_count),
    Requirement("RFC 9126 4", "parameter pollution: nothing around a pushed request counts",
                par.test_a_pushed_request_leads_to_tokens_and_nothing_around_it_counts),
    Requirement("RFC 9101 6.3", "parameter pollution: nothing around a signed request counts",
                objects.test_only_what_is_signed_counts),
    Requirement("RFC 9101 10.4", "what a client names is fetched without reaching our own network",
                fetch.test_a_name_of_our_own_network_is_refused_before_any_connection),
    Requirement("RFC 7517 5", "keys by address: changed ones are found, silence is not trust",
                addresses.test_keys_are_fetched_once_and_changed_ones_are_found),
    Requirement("RFC 9700 4", "no page repeats what an address says", echoed.test_no_page_prints_what_the_address_says),
    Requirement("RFC 9700 4", "whatever is sent gets an answer and never a crash", any_request.test_any_parameters),
    Requirement("RFC 9700 4", "every entry refuses every disabled thing", disabled.test_no_door_stays_open),
)  # fmt: skip
