"""How a client proves itself: RFC 6749 2.3, OpenID Connect Core 9, RFC 7521, RFC 7523, RFC 8725, RFC 8705, FAPI 2.0."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.journeys import test_clients_prove_themselves as journeys
from tests.journeys import test_keys_by_address as addresses
from tests.rooms.clients import test_every_field as fields
from tests.rooms.clients import test_key_sets as key_sets
from tests.rooms.console import test_registration as registration
from tests.rooms.foundation import test_distinguished_names as distinguished
from tests.rooms.foundation import test_fetch as fetch
from tests.rooms.provider import test_caller_assertions as assertions
from tests.rooms.provider import test_caller_certificates as certificates

REQUIREMENTS: tuple[Requirement, ...] = (
    Requirement("RFC 6749 2.3", "one method of authentication in a request", assertions.test_two_ways_at_once_are_refused),
    Requirement("RFC 6749 2.3.1", "a secret counts only where it is registered to stand", journeys.test_client_secret_post),
    Requirement("RFC 6749 3.2.1", "a confidential client authenticates", journeys.test_a_confidential_client_cannot_do_without),
    Requirement(
        "RFC 7521 4.2", "client_id beside an assertion must be its subject", assertions.test_two_ways_at_once_are_refused
    ),
    Requirement("RFC 7523 3", "iss, sub, aud, exp, jti are right, each", assertions.test_a_wrong_claim_is_not),
    Requirement(
        "RFC 7523 3",
        "our names: issuer, token endpoint, endpoint called",
        assertions.test_our_names_are_the_issuer_the_token_endpoint_and_the_one_called,
    ),
    Requirement(
        "RFC 7523 3 item 7", "an assertion is used once, at every endpoint", assertions.test_an_assertion_is_used_once_wherever
    ),
    Requirement(
        "RFC 7523 3 item 7", "an assertion is used once, at every node", journeys.test_an_assertion_is_spent_at_every_node
    ),
    Requirement(
        "RFC 7523 3 item 9", "the signature is of the client's own key", assertions.test_a_wrong_signature_or_header_is_not
    ),
    Requirement(
        "OpenID Connect Core 9", "client_secret_jwt: a MAC with the client's secret", assertions.test_a_shared_secret_makes_a_mac
    ),
    Requirement("OpenID Connect Core 9", "private_key_jwt by jwks", assertions.test_a_signed_assertion_is_believed),
    Requirement(
        "OpenID Connect Core 9", "private_key_jwt by jwks_uri", addresses.test_keys_are_fetched_once_and_changed_ones_are_found
    ),
    Requirement(
        "OpenID Connect Core 10.1.1",
        "an unknown kid makes us look again",
        key_sets.test_an_unknown_kid_makes_us_look_again_once_a_minute,
    ),
    Requirement(
        "OpenID Connect Core 8.1",
        "a sector document names every address",
        registration.test_a_sector_is_the_host_of_a_document_that_names_every_address,
    ),
    Requirement(
        "OpenID Connect Registration 2",
        "token_endpoint_auth_signing_alg pins the algorithm",
        assertions.test_a_registered_algorithm_is_the_only_one,
    ),
    Requirement(
        "RFC 8725 2.1, 3.1",
        "neither none nor HS256 with the public key",
        assertions.test_neither_none_nor_a_mac_with_the_public_key,
    ),
    Requirement(
        "RFC 8725 3.10", "jwk, jku, x5u of the header are not followed", assertions.test_a_wrong_signature_or_header_is_not
    ),
    Requirement(
        "RFC 8725 3.11", "a token made for something else is not believed", assertions.test_a_wrong_signature_or_header_is_not
    ),
    Requirement("RFC 7515 4.1.11", "an unknown critical header is refused", assertions.test_a_wrong_signature_or_header_is_not),
    Requirement("RFC 8725 3.5", "weak, private and symmetric keys are not believed", key_sets.test_a_key_we_do_not_believe),
    Requirement(
        "RFC 8705 2.1",
        "tls_client_auth: a good chain with the registered name",
        certificates.test_a_good_chain_with_the_registered_name_is_believed,
    ),
    Requirement(
        "RFC 8705 2.1", "the chain is verified by authorities", certificates.test_our_own_authorities_are_stronger_than_a_word
    ),
    Requirement("RFC 8705 2.1.2", "each kind of name", certificates.test_each_name_of_a_certificate),
    Requirement(
        "RFC 8705 2.1.2", "a distinguished name in any way RFC 4514 writes it", distinguished.test_a_name_as_it_is_printed
    ),
    Requirement("RFC 8705 2.1.2", "exactly one name is registered", fields.test_a_chain_has_exactly_one_name),
    Requirement(
        "RFC 8705 2.2",
        "self_signed_tls_client_auth: a registered certificate or key",
        certificates.test_a_registered_certificate_needs_no_chain,
    ),
    Requirement(
        "RFC 8705 3.3, 5",
        "discovery names methods, binding and aliases",
        certificates.test_discovery_tells_of_both_ways_and_where,
    ),
    Requirement(
        "RFC 8705 6.3", "a certificate of one method does not do for another", certificates.test_a_certificate_is_not_another_way
    ),
    Requirement(
        "RFC 9440 2.2, 4",
        "the header counts only from the trusted proxy",
        certificates.test_the_header_of_a_stranger_is_passed_over,
    ),
    Requirement(
        "RFC 9440 2.2", "what is not one byte sequence is no certificate", certificates.test_what_is_no_certificate_is_none
    ),
    Requirement(
        "FAPI 2.0 5.3.2.1",
        "aud is the issuer as one string; PS256, ES256 or EdDSA",
        assertions.test_the_strict_profile_takes_the_issuer_as_one_string_and_strict_algorithms,
    ),
    Requirement("FAPI 2.0 5.3.2", "the profile is a whole", fields.test_a_contradiction_to_the_profile_is_refused),
    Requirement(
        "RFC 7591 5",
        "addresses that clients name are fetched safely: public ones only",
        fetch.test_a_name_of_our_own_network_is_refused_before_any_connection,
    ),
    Requirement(
        "RFC 7591 5", "a name that changes its meaning gains nothing", fetch.test_a_name_that_changes_its_meaning_gains_nothing
    ),
    Requirement("RFC 7591 5", "no redirect, no odd type, nothing too large", fetch.test_an_odd_answer_is_refused),
    Requirement("RFC 7591 5", "a slow drip ends", fetch.test_a_slow_drip_ends_at_the_deadline),
    Requirement(
        "RFC 7591 2", "jwks excludes jwks_uri, and every field has its rule", fields.test_a_wrong_field_is_refused_by_its_name
    ),
)
