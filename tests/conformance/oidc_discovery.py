"""OpenID Connect Discovery 1.0, OAuth 2.0 Authorization Server Metadata (RFC 8414), and who may read it from where."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.rooms.provider import test_discovery as discovery
from tests.rooms.provider import test_sign_in as sign_in

REQUIREMENTS = (
    Requirement("OpenID Connect Discovery 3", "issuer is exactly our name", discovery.test_what_is_plain),
    Requirement("OpenID Connect Discovery 3", "no empty value, no key nobody tries",
                discovery.test_every_key_is_tried_by_somebody),
    Requirement("OpenID Connect Discovery 3", "every value of every list works", discovery.test_every_value_works),
    Requirement("OpenID Connect Discovery 3", "every address answers, and only to its methods",
                discovery.test_every_address_is_there),
    Requirement("OpenID Connect Discovery 3", "no private half of a key is published",
                sign_in.test_no_private_key_is_published),
    Requirement("OpenID Connect Discovery 4", "at the well-known place, as JSON", discovery.test_both_places_hold_the_same),
    Requirement("RFC 8414 3", "the same at the place of OAuth", discovery.test_both_places_hold_the_same),
    Requirement("RFC 8414 2", "a parameter without values is left out", discovery.test_every_key_is_tried_by_somebody),
    Requirement("RFC 9111 5.2", "may be kept, and asked again cheaply", sign_in.test_public_documents_are_cached),
    Requirement("Fetch 3.2", "scripts of other origins reach what a single-page client needs, without cookies",
                discovery.test_a_page_of_another_origin_may_call),
    Requirement("Fetch 3.2", "and nothing else", discovery.test_other_places_are_closed_to_it),
)  # fmt: skip
