"""Resource Indicators for OAuth 2.0 (RFC 8707): at the authorization endpoint."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.rooms.provider import test_targets_and_details as targets

REQUIREMENTS = (
    Requirement("RFC 8707 2", "absolute, without a fragment, registered; otherwise invalid_target",
                targets.test_a_resource_is_registered_letter_by_letter),
    Requirement("RFC 8707 2", "the parameter may be repeated", targets.test_several_resources_are_carried_to_the_tokens),
    Requirement("RFC 8707 2", "how many is bounded", targets.test_resources_are_few),
)  # fmt: skip
