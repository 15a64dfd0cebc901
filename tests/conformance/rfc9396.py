"""OAuth 2.0 Rich Authorization Requests (RFC 9396): school data."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.journeys import test_school_data as data
from tests.rooms.provider import test_device
from tests.rooms.provider import test_held_details as held
from tests.rooms.provider import test_targets_and_details as details

REQUIREMENTS = (
    Requirement("RFC 9396 2", "an array of objects with a known type", details.test_what_the_types_do_not_know_is_refused),
    Requirement("RFC 9396 2", "JSON that two readers could understand differently is none", details.test_json_that_is_none),
    Requirement("RFC 9396 3.1", "asked for at the authorization endpoint", details.test_details_are_carried_to_the_tokens),
    Requirement("RFC 9396 3", "asked for at the device authorization endpoint",
                test_device.test_details_are_carried_to_the_tokens_of_a_device),
    Requirement("RFC 9396 6", "the person is asked about the details of a device",
                test_device.test_a_service_of_others_gets_only_what_the_person_permits),
    Requirement("RFC 9396 5", "unknown types, fields and values: invalid_authorization_details",
                details.test_what_the_types_do_not_know_is_refused),
    Requirement("RFC 9396 5", "types that the client is not registered for", details.test_only_the_types_of_the_client),
    Requirement("RFC 9396 6", "the person sees and allows each wish", data.test_a_mother_allows_marks_of_one_child),
    Requirement("RFC 9396 6", "a new wish is asked about", details.test_a_permission_is_for_each_wish),
    Requirement("RFC 9396 7", "the token response tells what was allowed", data.test_a_mother_allows_marks_of_one_child),
    Requirement("RFC 9396 6", "a token request gets no other details than were allowed",
                held.test_a_token_request_gets_no_other_details),
    Requirement("RFC 9396 9.1", "a token for one place says nothing of another",
                held.test_a_token_for_one_place_says_nothing_of_another),
    Requirement("RFC 9396 12", "who gets a token by exchange learns no name of who had it before",
                held.test_a_service_behind_learns_no_name_of_the_one_in_front),
    Requirement("RFC 9396 10", "metadata of the server", details.test_discovery_lists_the_types),
    Requirement("RFC 9396 12", "nobody allows anything for somebody else's child", details.test_only_children_of_the_person),
    Requirement("RFC 9396 12", "nor for a child that is theirs no more",
                details.test_a_child_that_is_the_persons_no_more_ends_the_wish),
    Requirement("RFC 9396 12", "a permission taken back ends it",
                details.test_a_permission_withdrawn_ends_the_wish_in_its_tokens),
    Requirement("RFC 9396 12", "the request can be protected against change",
                data.test_a_signed_and_pushed_request_of_a_service_nobody_can_change),
)  # fmt: skip
