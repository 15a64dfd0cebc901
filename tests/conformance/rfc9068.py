"""RFC 9068: JWT Profile for OAuth 2.0 Access Tokens."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.rooms.provider import test_signed_access_tokens as tests

REQUIREMENTS = (
    Requirement("RFC 9068 2.1", "typ is at+jwt and the signature verifies by the published keys",
                tests.test_a_token_says_what_the_standard_wants),
    Requirement("RFC 9068 2.2", "iss, exp, aud, sub, client_id, iat, jti are there",
                tests.test_a_token_says_what_the_standard_wants),
    Requirement("RFC 9068 2.2", "sub of a token without a person is the client",
                tests.test_the_audience_is_the_resource_or_the_issuer),
    Requirement("RFC 9068 2.2.1", "auth_time, acr and amr say how the person signed in",
                tests.test_a_token_says_what_the_standard_wants),
    Requirement("RFC 9068 3", "aud is the resource asked for, else our default",
                tests.test_the_audience_is_the_resource_or_the_issuer),
    Requirement("RFC 9068 4", "another typ is refused, whatever is inside", tests.test_another_jwt_of_ours_is_no_access_token),
    Requirement("RFC 9068 4", "another issuer and malformed claims are refused",
                tests.test_what_we_would_not_have_written_is_not_read),
    Requirement("RFC 9068 4", "alg none and broken signatures are refused", tests.test_no_other_signature_passes),
    Requirement("RFC 9068 4", "an expired token is refused", tests.test_it_ends_with_its_time),
    Requirement("RFC 9068 5", "an ID token is no access token and an access token no hint",
                tests.test_an_id_token_opens_nothing_and_an_access_token_names_nobody),
    Requirement("RFC 9068 5", "an access token is no client assertion", tests.test_an_access_token_is_no_proof_of_a_client),
    Requirement("RFC 7009 2", "a revoked grant refuses its JWTs at our endpoints",
                tests.test_a_resource_believes_it_and_we_still_ask_its_grant),
)  # fmt: skip
