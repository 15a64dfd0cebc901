"""RFC 8628: OAuth 2.0 Device Authorization Grant."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.journeys import test_devices, test_parallel
from tests.rooms.provider import test_device, test_still_allowed

REQUIREMENTS = (
    Requirement("RFC 8628 3.1", "a device asks for a code as its client authenticates",
                test_device.test_a_device_gets_tokens_once_a_person_has_said_yes),
    Requirement("RFC 8628 3.1", "scope and client are checked before a code is given",
                test_device.test_a_device_asks_for_what_its_client_may),
    Requirement("RFC 8628 3.1", "a client that is not registered for the grant is refused",
                test_device.test_a_client_without_the_grant_has_no_devices),
    Requirement("RFC 8628 3.2", "device_code, user_code, addresses, life and interval are answered",
                test_device.test_a_device_gets_tokens_once_a_person_has_said_yes),
    Requirement("RFC 8628 3.3", "a person answers in a browser of their own after signing in",
                test_device.test_whoever_is_not_signed_in_signs_in_first),
    Requirement("RFC 8628 3.3", "the whole way through Gosuslugi ends at the device",
                test_devices.test_a_person_lets_a_screen_in),
    Requirement("RFC 8628 3.3.1", "a code in the address is shown and still has to be confirmed",
                test_device.test_a_code_in_the_address_still_has_to_be_sent),
    Requirement("RFC 8628 3.4", "a device code is good for its own client only", test_device.test_nobody_elses_device),
    Requirement("RFC 8628 3.5", "authorization_pending until somebody answers, slow_down adds five seconds",
                test_device.test_polling_too_fast_is_slowed_down_further_and_further),
    Requirement("RFC 8628 3.5", "access_denied when the person says no", test_device.test_no_means_no),
    Requirement("RFC 8628 3.5", "expired_token when the time is over",
                test_device.test_a_device_that_waited_too_long_is_told_so),
    Requirement("RFC 8707 2.1", "a device names where its tokens shall be used",
                test_device.test_a_device_gets_tokens_once_a_person_has_said_yes),
    Requirement("RFC 9449 5", "a device code is for the key that was shown when it was asked for",
                test_device.test_a_device_code_is_for_the_key_that_was_shown_when_it_was_asked_for),
    Requirement("OpenID Connect Registration 2", "default_max_age and default_acr_values for devices too",
                test_device.test_a_device_signs_in_as_lately_and_as_surely_as_its_service_wants),
    Requirement("RFC 8628 5.1", "guessing user codes is limited", test_device.test_guessing_codes_is_slowed_down),
    Requirement("RFC 8628 5.2", "a device code gives tokens once",
                test_device.test_of_fifty_requests_with_one_device_code_one_succeeds),
    Requirement("RFC 8628 5.2", "once on every store, also over many connections",
                test_parallel.test_fifty_come_with_one_device_code),
    Requirement("RFC 8628 5.4", "the page names the service, shows the code and warns of remote phishing",
                test_device.test_the_page_says_whose_device_it_is_and_warns),
    Requirement("RFC 8628 5.4", "the page of one browser cannot be answered from another",
                test_device.test_another_browser_cannot_answer_with_the_page_of_this_one),
    Requirement("RFC 8628 6.1", "letters are easy to type: no vowels, any case, with or without a hyphen",
                test_device.test_however_a_code_is_typed_it_is_the_same),
    Requirement("RFC 8628 6.1", "what cannot be a code is not looked up", test_device.test_what_cannot_be_a_code_is_none),
    Requirement("RFC 9700 2.1", "whoever is not allowed any more gets nothing for a device",
                test_still_allowed.test_no_way_is_left_open),
)  # fmt: skip
