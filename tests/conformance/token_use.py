"""Tokens as they are used: RFC 6750, 7009, 7662, 9701, 9470, OpenID Connect Core 5.3, RFC 8705 3."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.rooms.provider import test_demanded_level as levels
from tests.rooms.provider import test_introspection as introspection
from tests.rooms.provider import test_sender as sender
from tests.rooms.provider import test_sign_in as sign_in
from tests.rooms.provider import test_userinfo as userinfo

REQUIREMENTS = (
    Requirement("RFC 6750 2", "header or form, one of them, never the address", sign_in.test_userinfo_refuses_by_the_book),
    Requirement("RFC 6750 3.1", "insufficient_scope is 403", userinfo.test_without_openid_there_is_no_userinfo),
    Requirement("RFC 7009 2.1", "the client proves itself, and only the token's own client may end it",
                introspection.test_each_kind_of_token_is_ended_by_its_owner_and_no_other),
    Requirement("RFC 7009 2.1", "a revoked token opens nothing any more",
                userinfo.test_a_token_revoked_or_of_an_ended_grant_opens_nothing),
    Requirement("RFC 7009 2.1", "an exchanged token is ended by who got it", introspection.test_who_acts_for_the_person),
    Requirement("RFC 7662 2.1", "POST, with authentication of who asks", introspection.test_who_asks_must_prove_it),
    Requirement("RFC 7662 2.1", "a hint that is not known does no harm", introspection.test_who_asks_must_prove_it),
    Requirement("RFC 7662 2.2", "the members of an active token",
                introspection.test_a_service_learns_what_it_needs_of_a_token_for_it),
    Requirement("RFC 7662 2.2", "nothing but active false for what is not a token",
                introspection.test_what_is_no_token_is_not_active),
    Requirement("RFC 7662 2.2", "a token that ended in any way is not active",
                introspection.test_no_answer_outlives_what_the_token_hangs_on),
    Requirement("RFC 7662 4", "who may not know of a token is told that it is not active",
                introspection.test_to_everybody_else_a_token_is_none),
    Requirement("RFC 7662 4", "a refresh token is told of to its own client, and asking does not use it",
                introspection.test_its_own_refresh_token),
    Requirement("RFC 7662 5", "the person has another name for everybody who asks",
                introspection.test_everybody_knows_the_person_by_a_name_of_their_own),
    Requirement("RFC 9396 9.2", "authorization details that concern who asks",
                introspection.test_what_the_person_allowed_is_told_to_whom_it_concerns),
    Requirement("RFC 9449 6.2", "cnf and token_type in introspection",
                introspection.test_a_service_learns_what_it_needs_of_a_token_for_it),
    Requirement("RFC 9701 4", "a JWT when it is asked for", introspection.test_who_gets_a_signed_answer),
    Requirement("RFC 9701 5", "typ, iss, aud, iat and token_introspection, nothing else", introspection.test_a_signed_answer),
    Requirement("RFC 9701 6", "introspection_signed_response_alg, RS256 without it", introspection.test_who_gets_a_signed_answer),
    Requirement("RFC 9701 8.1", "the answer is not taken for an access token", introspection.test_a_signed_answer),
    Requirement("RFC 9470 3", "insufficient_user_authentication with acr_values and max_age",
                userinfo.test_a_surer_and_a_later_sign_in_is_asked_for),
    Requirement("RFC 9470 3", "the level a service demands of everybody, at every way to claims and tokens",
                levels.test_what_was_given_before_the_demand_is_worth_nothing_from_then_on),
    Requirement("RFC 8693 2.2.2", "a service behind demands for itself", levels.test_a_service_behind_demands_for_itself),
    Requirement("RFC 9470 6.2", "acr and auth_time in introspection",
                introspection.test_a_service_learns_what_it_needs_of_a_token_for_it),
    Requirement("RFC 8705 3", "a token bound to a certificate is of use with this certificate only",
                sender.test_the_whole_way_with_a_certificate),
    Requirement("RFC 8705 3.4", "without the certificate no token is given to a client that asked to be bound",
                sender.test_the_whole_way_with_a_certificate),
    Requirement("RFC 8707 2.2", "a token for a resource is refused at another one",
                userinfo.test_a_token_for_a_resource_is_not_for_us),
    Requirement("OpenID Connect Core 5.3.1", "UserInfo by GET and by POST, in header and form",
                userinfo.test_by_get_and_by_post_and_in_both_forms),
)  # fmt: skip
