"""OpenID Connect Dynamic Client Registration 1.0: what it demands beyond RFC 7591."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.journeys import test_registered_services
from tests.rooms.registration import test_registering

REQUIREMENTS = (
    Requirement("OpenID Connect Registration 2", "redirect_uris must be there",
                test_registering.test_a_sandbox_stays_on_its_own_machine),
    Requirement("OpenID Connect Registration 2", "native applications have addresses on their own device",
                test_registering.test_a_native_application_is_on_its_own_device),
    Requirement("OpenID Connect Registration 2", "algorithms: none and HS256 are refused, an encryption needs both its names",
                test_registering.test_metadata_that_are_not_sound),
    Requirement("OpenID Connect Registration 3.1", "the endpoint is found by discovery",
                test_registered_services.test_from_nothing_to_a_signed_in_person_and_away_again),
    Requirement("OpenID Connect Registration 3.2", "the answer is sound for a sign-in as it stands",
                test_registered_services.test_from_nothing_to_a_signed_in_person_and_away_again),
    Requirement("OpenID Connect Registration 5", "sector_identifier_uri is fetched and names every redirect address",
                test_registering.test_several_hosts_are_one_service_when_a_document_says_so),
    Requirement("OpenID Connect Registration 5", "the document is read again for every address that it has not named yet",
                test_registering.test_the_document_is_asked_again_for_new_addresses_only_and_then_it_must_name_them),
    Requirement("OpenID Connect Registration 9.1", "a token in the address is refused",
                test_registering.test_a_token_in_the_address_is_refused),
)  # fmt: skip
