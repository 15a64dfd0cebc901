"""RFC 8693: OAuth 2.0 Token Exchange."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.journeys import test_devices, test_disabled_things, test_parallel
from tests.rooms.provider import test_exchange, test_signed_access_tokens, test_still_allowed, test_userinfo

REQUIREMENTS = (
    Requirement("RFC 8693 2.1", "a subject token of the client is exchanged for a narrower one",
                test_exchange.test_a_diary_swaps_a_persons_token_for_a_narrower_one),
    Requirement("RFC 8693 2.1", "a service in the token's audience exchanges it on the person's behalf",
                test_exchange.test_a_service_behind_acts_for_the_person_and_is_named),
    Requirement("RFC 8693 2.1", "parameters that go together come together; types are those we know",
                test_exchange.test_a_bad_exchange_is_refused),
    Requirement("RFC 8693 2.1", "only a client that proves who it is exchanges",
                test_exchange.test_a_public_client_cannot_exchange),
    Requirement("RFC 8693 2.1", "the same over HTTP between two services",
                test_devices.test_a_diary_swaps_a_persons_token_for_the_service_of_marks),
    Requirement("RFC 8693 2.2.1", "no refresh token; issued_token_type says what was given",
                test_exchange.test_a_diary_swaps_a_persons_token_for_a_narrower_one),
    Requirement("RFC 8693 2.2.2", "invalid_request for a token that is not for the caller",
                test_exchange.test_a_token_that_is_not_for_the_caller_is_refused),
    Requirement("RFC 8693 2.2.2", "invalid_request for anything else than an access token of a person",
                test_exchange.test_other_things_of_ours_are_no_subjects),
    Requirement("RFC 8693 2.2.2", "invalid_target for what the token does not hold",
                test_exchange.test_a_narrowed_token_never_grows_again),
    Requirement("RFC 8693 4.1", "act names the present actor and nests the earlier ones",
                test_signed_access_tokens.test_key_actors_and_time_come_back_as_they_went_in),
    Requirement("RFC 8693 4.1", "an actor token makes the client an actor",
                test_exchange.test_a_client_that_shows_a_token_of_its_own_is_named_as_the_actor),
    Requirement("RFC 8693 5", "a chain of delegation is bounded", test_exchange.test_a_chain_of_services_has_an_end),
    Requirement("RFC 8693 5", "what was exchanged ends with what it was made of",
                test_exchange.test_what_was_exchanged_ends_alone_and_with_what_it_began_with),
    Requirement("RFC 8693 5", "whoever is not allowed any more is not acted for", test_disabled_things.test_no_door_stays_open),
    Requirement("RFC 8693 5", "with the grant every token of it is over",
                test_still_allowed.test_with_the_grant_everything_of_it_is_over),
    Requirement("RFC 8693 6", "who got a token by exchange knows children by names of its own",
                test_userinfo.test_who_got_a_token_by_exchange_has_names_of_its_own_for_children),
    Requirement("RFC 8693 5", "many exchanges at once are independent and end together",
                test_parallel.test_fifty_exchanges_of_one_token_are_one_person_s),
)  # fmt: skip
