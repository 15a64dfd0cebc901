"""RFC 7592: OAuth 2.0 Dynamic Client Registration Management."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.journeys import test_registered_services
from tests.rooms.registration import test_managing

REQUIREMENTS = (
    Requirement("RFC 7592 2", "the registration access token of this client, and no other, opens the address",
                test_managing.test_another_token_opens_nothing),
    Requirement("RFC 7592 2.1", "the registration as it is", test_managing.test_a_registration_is_read_with_its_own_token),
    Requirement("RFC 7592 2.1", "401 for a client that is not there", test_managing.test_what_is_withdrawn_is_gone),
    Requirement("RFC 7592 2.2", "a change replaces everything; null and absent are the same",
                test_managing.test_a_change_replaces_everything_and_turns_the_token),
    Requirement("RFC 7592 2.2", "client_id must be there and the same, client_secret the present one; nothing of ours comes back",
                test_managing.test_a_change_that_is_refused_changes_nothing),
    Requirement("RFC 7592 2.2", "a new token replaces the old one, once",
                test_managing.test_of_many_changes_with_one_token_one_succeeds),
    Requirement("RFC 7592 2.2", "a new method of authentication gets its secret",
                test_managing.test_another_method_of_authentication_gets_a_secret_or_loses_it),
    Requirement("RFC 7592 2.2", "a sandbox does not become anything else", test_managing.test_a_sandbox_stays_one),
    Requirement("RFC 7592 2.3", "204, and the token opens nothing any more", test_managing.test_what_is_withdrawn_is_gone),
    Requirement("RFC 7592 2.3", "grants and tokens of the client end with it",
                test_registered_services.test_from_nothing_to_a_signed_in_person_and_away_again),
    Requirement("RFC 7592 3", "registration_access_token and registration_client_uri stand in every answer",
                test_managing.test_a_registration_is_read_with_its_own_token),
    Requirement("RFC 7592 5", "what is temporary ends by itself", test_managing.test_a_sandbox_ends),
)  # fmt: skip
