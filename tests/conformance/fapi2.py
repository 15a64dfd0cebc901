"""FAPI 2.0 Security Profile and Message Signing: authentication by key and certificate, senders constrained both ways."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.journeys import test_parallel as parallel
from tests.journeys import test_school_data as data
from tests.relying_parties import test_strict_profile as strict
from tests.rooms.clients import test_every_field as fields
from tests.rooms.provider import test_bound_grants as bound
from tests.rooms.provider import test_caller_assertions as assertions
from tests.rooms.provider import test_caller_certificates as certificates
from tests.rooms.provider import test_defences as defences
from tests.rooms.provider import test_introspection as introspection
from tests.rooms.provider import test_pushed_requests as par
from tests.rooms.provider import test_request_objects as objects
from tests.rooms.provider import test_sender as sender
from tests.rooms.provider import test_signed_responses as responses
from tests.rooms.provider import test_token_endpoint as token
from tests.rooms.tokens import test_kept_refresh as kept

_SP, _MS = "FAPI 2.0 Security Profile", "FAPI 2.0 Message Signing"

REQUIREMENTS = (
    Requirement(f"{_SP} 5.3.2.1", "the whole profile with an independent library: three authentications by two bindings",
                strict.test_a_sign_in_of_the_strict_profile),
    Requirement(f"{_SP} 5.3.2.1", "confidential clients with a key or a certificate only",
                fields.test_a_contradiction_to_the_profile_is_refused),
    Requirement(f"{_SP} 5.3.2.1", "aud of an assertion is the issuer, as one string",
                assertions.test_the_strict_profile_takes_the_issuer_as_one_string_and_strict_algorithms),
    Requirement(f"{_SP} 5.3.2.1", "certificates of clients", certificates.test_a_good_chain_with_the_registered_name_is_believed),
    Requirement(f"{_SP} 5.3.2.1", "tokens are bound to a key or a certificate", sender.test_a_client_that_must_bind),
    Requirement(f"{_SP} 5.3.2.1", "refresh tokens are not rotated and go on working",
                bound.test_a_client_that_proves_who_it_is_keeps_its_refresh_token),
    Requirement(f"{_SP} 5.3.2.1", "fifty at once with one refresh token all go on", kept.test_fifty_at_once_all_go_on),
    Requirement(f"{_SP} 5.3.2.1", "nonces for proofs, which cost nothing",
                sender.test_where_a_nonce_is_needed_it_is_offered_and_costs_nothing),
    Requirement(f"{_SP} 5.3.2.2", "pushed requests only", par.test_a_client_that_must_push_cannot_do_without),
    Requirement(f"{_SP} 5.3.2.2", "a push is authenticated", par.test_only_the_client_itself_pushes),
    Requirement(f"{_SP} 5.3.2.2", "a request_uri lives shorter than ten minutes and serves once", par.test_a_request_uri_ends),
    Requirement(f"{_SP} 5.3.2.2", "PKCE with S256 only", defences.test_pkce_cannot_be_taken_away),
    Requirement(f"{_SP} 5.3.2.2", "iss in every response", defences.test_every_response_names_us),
    Requirement(f"{_SP} 5.3.2.2", "no 307", defences.test_no_page_of_ours_sends_a_form_on),
    Requirement(f"{_SP} 5.3.2.2", "a code lives a minute", token.test_a_code_is_too_old_after_a_minute),
    Requirement(f"{_SP} 5.3.2.2", "a code serves once, at the same instant too", parallel.test_fifty_redeem_one_code),
    Requirement(f"{_SP} 5.3.2.2", "a key named at the push binds the code",
                par.test_a_proof_shown_at_the_push_binds_the_code_too),
    Requirement(f"{_SP} 5.3.3", "resources: the header only, the binding is checked",
                sender.test_a_bound_token_is_of_no_use_to_who_has_only_the_token),
    Requirement(f"{_SP} 5.3.3", "resources: a certificate's token", sender.test_the_whole_way_with_a_certificate),
    Requirement(f"{_SP} 5.4.1", "PS256, ES256 and EdDSA only", fields.test_a_contradiction_to_the_profile_is_refused),
    Requirement(f"{_SP} 5.4.1", "nor where a default of another standard is RS256",
                introspection.test_the_strict_profile_knows_no_rs256),
    Requirement(f"{_MS} 5.3.1", "signed requests: type, nbf and exp within an hour",
                objects.test_the_strict_profile_bounds_type_and_time),
    Requirement(f"{_MS} 5.3.1", "a client bound to signing cannot do without",
                objects.test_a_client_that_must_sign_cannot_do_without),
    Requirement(f"{_MS} 5.3.1", "signed and pushed over HTTP, and nobody can change it",
                data.test_a_signed_and_pushed_request_of_a_service_nobody_can_change),
    Requirement(f"{_MS} 5.4.1", "signed responses, also of errors", responses.test_errors_are_signed_too),
    Requirement(f"{_MS} 5.4.1", "who relies on them gets no other", responses.test_a_strict_client_gets_nothing_unsigned),
    Requirement(f"{_MS} 5.4.1", "nor by asking for less", responses.test_a_strict_client_cannot_ask_for_less),
    Requirement(f"{_MS} 5.5.1", "signed introspection", introspection.test_a_signed_answer),
)  # fmt: skip
