"""OAuth 2.0 Pushed Authorization Requests (RFC 9126)."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.journeys import test_school_data as data
from tests.rooms.provider import test_pushed_requests as par

REQUIREMENTS = (
    Requirement("RFC 9126 2", "the endpoint takes forms by POST and nothing else",
                par.test_the_endpoint_takes_forms_by_post_only),
    Requirement("RFC 9126 2", "the client proves itself as at the token endpoint", par.test_only_the_client_itself_pushes),
    Requirement("RFC 9126 2", "a public client names itself", par.test_a_public_client_may_push_too),
    Requirement("RFC 9126 2.1", "a request_uri cannot be pushed, and a request is checked as at the authorization endpoint",
                par.test_what_would_be_refused_later_is_refused_at_the_push),
    Requirement("RFC 9126 2.2", "201 with request_uri and expires_in, not to be kept",
                par.test_a_pushed_request_answers_as_the_standard_says),
    Requirement("RFC 9126 2.2", "the request_uri is bound to the client", par.test_a_request_uri_is_of_its_client_alone),
    Requirement("RFC 9126 2.2", "the request_uri ends", par.test_a_request_uri_ends),
    Requirement("RFC 9126 2.3", "errors are those of the standard, as JSON",
                par.test_what_would_be_refused_later_is_refused_at_the_push),
    Requirement("RFC 9126 3", "a request object may be pushed; it is checked and the client must be the one that signed it",
                par.test_a_signed_request_may_be_pushed),
    Requirement("RFC 9126 4", "what was pushed counts, not what stands around it",
                par.test_a_pushed_request_leads_to_tokens_and_nothing_around_it_counts),
    Requirement("RFC 9126 4", "an unknown request_uri is refused on our page",
                par.test_an_unknown_request_uri_stays_on_our_page),
    Requirement("RFC 9126 4", "the pushed request is checked again when it is used",
                par.test_what_has_changed_since_the_push_is_asked_again),
    Requirement("RFC 9126 5", "metadata of the server", par.test_discovery_names_the_endpoint),
    Requirement("RFC 9126 6", "a client may be bound to pushing", par.test_a_client_that_must_push_cannot_do_without),
    Requirement("RFC 9126 7.1", "a request_uri cannot be guessed", par.test_a_pushed_request_answers_as_the_standard_says),
    Requirement("RFC 9126 7.2", "no open redirect through a pushed address",
                data.test_a_stranger_gets_nothing_out_of_a_pushed_request),
    Requirement("RFC 9126 7.3", "a request_uri serves once", par.test_a_request_uri_serves_once),
    Requirement("RFC 9126 7.3", "once under parallel requests", par.test_of_many_at_once_one_gets_the_request),
    Requirement("RFC 9126 7.3", "a reload goes on with what was begun",
                par.test_a_reload_leads_back_to_the_same_attempt_and_opens_no_other),
    Requirement("RFC 9449 10.1", "a key named at the push binds the code", par.test_a_key_named_at_the_push_binds_the_code),
    Requirement("RFC 9449 10.1", "so does a proof shown there", par.test_a_proof_shown_at_the_push_binds_the_code_too),
)  # fmt: skip
