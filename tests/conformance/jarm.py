"""JWT Secured Authorization Response Mode for OAuth 2.0 (JARM), and FAPI 2.0 Message Signing of responses."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.rooms.provider import test_discovery as discovery
from tests.rooms.provider import test_signed_responses as jarm

REQUIREMENTS = (
    Requirement("JARM 2.1", "iss, aud and exp, at most ten minutes ahead, beside what a plain response has",
                jarm.test_a_code_within_a_jwt),
    Requirement("JARM 2.1", "errors are signed like successes", jarm.test_errors_are_signed_too),
    Requirement("JARM 2.2", "signed, then encrypted to the client's key", jarm.test_signed_then_encrypted),
    Requirement("JARM 2.2", "nothing in the open where it cannot be encrypted", jarm.test_without_a_key_nothing_is_sent),
    Requirement("JARM 2.3.1", "query.jwt: one parameter, response", jarm.test_a_code_within_a_jwt),
    Requirement("JARM 2.3.2", "no fragments: we have no front-channel tokens", jarm.test_no_other_mode),
    Requirement("JARM 2.3.3", "form_post.jwt", jarm.test_a_code_within_a_jwt),
    Requirement("JARM 2.3.3", "the mode outlives a login in between",
                jarm.test_an_answer_after_a_login_is_signed_as_it_was_asked),
    Requirement("JARM 2.3.4", "jwt is query.jwt for the code flow", jarm.test_a_code_within_a_jwt),
    Requirement("JARM 3", "the algorithm is the client's", jarm.test_the_client_chooses_the_signature),
    Requirement("JARM 3", "A128CBC-HS256 where no content encryption is registered", jarm.test_signed_then_encrypted),
    Requirement("JARM 4", "every value of the metadata works", discovery.test_every_value_works),
    Requirement("FAPI 2.0 Message Signing 5.4.1", "a client that relies on signed responses gets no other",
                jarm.test_a_strict_client_gets_nothing_unsigned),
    Requirement("FAPI 2.0 Message Signing 5.4.1", "nor can it ask for another", jarm.test_a_strict_client_cannot_ask_for_less),
    Requirement("RFC 8725 3.12", "a signed response is not taken for an ID token", jarm.test_a_signed_response_is_no_hint),
)  # fmt: skip
