"""RFC 6749: the grants of the token endpoint, with RFC 8707 for their audiences."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.rooms.provider import test_bound_grants, test_signed_access_tokens, test_still_allowed, test_terms, test_token_endpoint
from tests.rooms.provider import test_client_credentials as client
from tests.rooms.tokens import test_kept_refresh

REQUIREMENTS = (
    Requirement("RFC 6749 4.1.2", "a code works once; its second use ends what the first gave",
                test_token_endpoint.test_a_code_works_once_and_its_second_use_ends_what_the_first_gave),
    Requirement("RFC 6749 4.4", "client credentials are for confidential clients only",
                client.test_a_public_client_has_nothing_to_ask_for_itself_with),
    Requirement("RFC 6749 4.4.3", "no refresh token and no ID token without a person",
                client.test_a_service_gets_a_token_of_its_own),
    Requirement("RFC 6749 3.3", "scopes about a person are refused without one",
                client.test_nothing_about_a_person_is_given_without_a_person),
    Requirement("RFC 6749 5.2", "a grant that the client is not registered for is refused",
                client.test_a_client_without_the_grant_is_refused),
    Requirement("RFC 6749 6", "refresh may narrow scopes and never widens them",
                test_token_endpoint.test_scopes_can_be_narrowed_but_not_widened),
    Requirement("RFC 8707 2", "invalid_target for a resource that is not registered", client.test_only_registered_resources),
    Requirement("RFC 9700 4.14.2", "refresh rotates; a spent token ends the grant",
                test_token_endpoint.test_refresh_rotates_and_a_spent_token_ends_the_grant),
    Requirement("FAPI 2.0 SP 5.3.2.1", "a bound client's refresh token goes on working, also many times at once",
                test_kept_refresh.test_fifty_at_once_all_go_on),
    Requirement("FAPI 2.0 SP 5.3.2.1", "a public client's refresh token rotates, whatever it is bound to",
                test_terms.test_who_keeps_a_refresh_token),
    Requirement("RFC 8707 2.2", "a token is for what was granted and is registered, or less",
                test_terms.test_a_token_is_never_for_more_than_was_granted_and_is_registered),
    Requirement("RFC 9449 5", "whatever a grant gives is bound to the key of the proof",
                test_bound_grants.test_whatever_a_grant_gives_is_bound_to_the_key),
    Requirement("RFC 9449 5.2", "without a proof a bound client gets nothing by any grant, and nothing is spent",
                test_bound_grants.test_without_a_proof_no_grant_gives_anything_and_nothing_is_spent),
    Requirement("RFC 9449 5", "refresh tokens of public clients are bound to the key",
                test_bound_grants.test_a_public_clients_refresh_token_is_bound_to_the_key),
    Requirement("RFC 9449 5", "those of clients that prove who they are go on working, with another key too",
                test_bound_grants.test_a_client_that_proves_who_it_is_keeps_its_refresh_token),
    Requirement("RFC 9700 2.2.2", "of fifty at once one succeeds",
                test_token_endpoint.test_of_fifty_redemptions_and_refreshes_one_succeeds),
    Requirement("RFC 9700 2.3", "a client's own token opens nothing of a person", client.test_it_opens_nothing_of_a_person),
    Requirement("RFC 7009 2", "a client's own token ends by revocation, with its time and with the client",
                client.test_it_ends_with_the_client_with_its_time_and_when_it_is_revoked),
    Requirement("RFC 7591 2", "lives of tokens are the client's own, within bounds",
                test_signed_access_tokens.test_lives_are_the_clients_own_within_bounds),
    Requirement("RFC 9700 2", "every grant asks whether the person is still allowed",
                test_still_allowed.test_every_grant_there_is_stands_in_a_table),
)  # fmt: skip
