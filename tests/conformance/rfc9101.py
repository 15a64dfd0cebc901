"""JWT-Secured Authorization Request (RFC 9101) and OpenID Connect Core 6; FAPI 2.0 Message Signing 5.3.1."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.journeys import test_school_data as data
from tests.relying_parties import test_strict_profile as strict
from tests.rooms.keys import test_opening as opening
from tests.rooms.provider import test_encrypted_requests as encrypted
from tests.rooms.provider import test_request_objects as jar

REQUIREMENTS = (
    Requirement("RFC 9101 4", "no request or request_uri inside, client_id and our own address inside",
                jar.test_what_an_object_says_of_itself_must_be_right),
    Requirement("RFC 9101 4", "parameters keep the types of JSON", jar.test_json_keeps_its_form_inside),
    Requirement("RFC 9101 5", "request and request_uri exclude each other",
                jar.test_the_two_carriers_exclude_each_other_and_stand_once),
    Requirement("RFC 9101 5", "client_id outside is the one inside", jar.test_another_client_cannot_bring_it),
    Requirement("RFC 9101 5.2", "request_uri by reference, at most 512 signs, registered",
                jar.test_nothing_is_fetched_that_is_not_registered),
    Requirement("RFC 9101 5.2", "an object lying at a registered address", jar.test_an_object_by_reference),
    Requirement("OpenID Connect Core 6.2", "a hash behind the address is that of the content",
                jar.test_a_hash_behind_the_address_is_that_of_the_content),
    Requirement("RFC 9101 6.1", "encrypted to a key of ours: by value, by reference, pushed",
                encrypted.test_by_value_by_reference_and_pushed),
    Requirement("RFC 9101 6.1", "encrypted by a client and a library that are none of ours",
                strict.test_a_sign_in_of_the_strict_profile),
    Requirement("RFC 9101 6.1", "what is inside an envelope must be signed by the client",
                encrypted.test_an_envelope_proves_nothing),
    Requirement("RFC 9101 6.1", "an envelope that cannot be opened is one refusal, whatever is wrong with it",
                opening.test_whatever_is_wrong_is_one_refusal),
    Requirement("RFC 9101 6.2", "the signature, by the client's own registered key, with a pinned algorithm",
                jar.test_no_forgery_passes),
    Requirement("RFC 9101 6.2", "the registered algorithm is the only one", jar.test_the_registered_algorithm_is_the_only_one),
    Requirement("RFC 9101 6.3", "only what is signed counts", jar.test_only_what_is_signed_counts),
    Requirement("RFC 9101 6.3", "the errors of the standard", jar.test_what_an_object_says_of_itself_must_be_right),
    Requirement("RFC 9101 9", "metadata of the server", jar.test_discovery_says_what_is_on),
    Requirement("RFC 9101 10.4.1", "what lies at an address is not told", jar.test_what_lies_there_is_not_told),
    Requirement("RFC 9101 10.5", "a client bound to signing cannot do without",
                jar.test_a_client_that_must_sign_cannot_do_without),
    Requirement("RFC 9101 10.8", "an explicit type, and no other signed thing passes", jar.test_a_header_that_is_not_ours),
    Requirement("RFC 9101 10.8", "the type that is one", jar.test_a_type_that_is_one),
    Requirement("RFC 9700 4.1", "an object leads to registered addresses only",
                jar.test_a_forgery_never_leads_anywhere_but_to_a_registered_address),
    Requirement("RFC 7519 4.1.7", "an object with jti is used once", jar.test_an_object_is_used_once),
    Requirement("RFC 7519 4.1.7", "the same from a registered address",
                jar.test_an_object_by_reference_with_a_jti_serves_once),
    Requirement("RFC 7519 4.1.7", "the same object in another envelope", encrypted.test_it_is_used_once_in_whatever_envelope),
    Requirement("OpenID Connect Core 10.2.1", "our encryption keys are renewed, and the old ones open for a while",
                encrypted.test_keys_are_renewed_with_an_overlap_each_time_with_its_event),
    Requirement("OpenID Connect Registration 2", "registering an encryption of requests binds to nothing",
                encrypted.test_a_client_may_use_another_algorithm_than_it_has_registered_or_none),
    Requirement("RFC 9101 9", "encryption is said only while it is on",
                encrypted.test_what_is_off_is_neither_published_nor_said_nor_opened),
    Requirement("FAPI 2.0 Message Signing 5.3.1", "aud is our issuer, or a list with it among others",
                jar.test_an_object_may_be_for_others_too),
    Requirement("FAPI 2.0 Message Signing 5.3.1", "type, nbf and exp within an hour",
                jar.test_the_strict_profile_bounds_type_and_time),
    Requirement("FAPI 2.0 Message Signing 5.3.1", "signed and pushed, over HTTP",
                data.test_a_signed_and_pushed_request_of_a_service_nobody_can_change),
)  # fmt: skip
