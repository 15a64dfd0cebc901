"""How answers are written: OpenID Connect Core 3.1.3.6, 5.3.2, 10; OAuth 2.0 Form Post Response Mode; RFC 9207, 7519, 8725."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.rooms.foundation import test_jwe as jwe
from tests.rooms.provider import test_discovery as discovery
from tests.rooms.provider import test_encrypted_id_tokens as id_tokens
from tests.rooms.provider import test_sign_in as sign_in

REQUIREMENTS = (
    Requirement("OpenID Connect Core 3.1.3.6", "at_hash by the hash of the signature, SHA-512 for Ed25519",
                id_tokens.test_four_algorithms),
    Requirement("OpenID Connect Core 10.1", "another implementation verifies all four algorithms",
                id_tokens.test_four_algorithms),
    Requirement("OpenID Connect Core 10.2", "ID tokens signed, then encrypted, also on refresh",
                id_tokens.test_signed_then_encrypted),
    Requirement("OpenID Connect Core 10.2", "without a key there is no ID token in the open, and a refresh token is not spent",
                id_tokens.test_without_a_key_there_are_no_tokens_and_a_refresh_costs_nothing),
    Requirement("OpenID Connect Core 3.1.2.1", "a hint is the token that was inside the encryption",
                id_tokens.test_signed_then_encrypted),
    Requirement("OpenID Connect Core 5.3.2", "UserInfo signed: application/jwt with iss and aud",
                discovery.test_every_value_works),
    Requirement("OpenID Connect Core 5.3.2", "UserInfo signed and encrypted, and never in the open instead",
                discovery.test_signed_then_encrypted_and_never_in_the_open),
    Requirement("RFC 8725 3.12", "signed UserInfo is not taken for an ID token",
                discovery.test_a_signed_answer_of_the_userinfo_endpoint_is_no_hint),
    Requirement("Form Post Response Mode 2", "a form to the registered address, with code, state and iss",
                sign_in.test_form_post_and_the_address_of_an_app),
    Requirement("RFC 9207 2", "iss in every response",
                sign_in.test_a_live_session_gives_a_code_at_once_and_tokens_for_it),
    Requirement("RFC 7519 5.2, 11.2", "what is within says what it is", id_tokens.test_signed_then_encrypted),
    Requirement("RFC 8725 3.1, 3.2", "no algorithm beyond the list, and a key only for its own",
                jwe.test_what_does_not_fit_is_refused),
    Requirement("RFC 7518 4, 5", "every pair of algorithms is read by the key and by no other",
                jwe.test_every_pair_is_read_by_the_key_and_by_no_other),
    Requirement("RFC 7518 4.3, 5.3", "RSA-OAEP-256 and A256GCM by hand", jwe.test_by_the_book_with_rsa),
    Requirement("RFC 7518 4.6", "ECDH-ES by hand", jwe.test_by_the_book_with_a_curve),
)  # fmt: skip
