"""What went wrong at an OpenID Provider, as causes of our catalogue. Of its words only known codes are kept."""

from __future__ import annotations

from collections.abc import Mapping

from broker.connectors.port import UpstreamFailed

NO_ANSWER = 2101
TROUBLE_THERE = 2102
DENIED = 2103
OUR_SETUP = 2104
CLOCKS_DIFFER = 2105
NOT_VERIFIED = 2106
ANSWER_OLD = 2107

# RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6.
_AT_RETURN: Mapping[str, int] = {
    "access_denied": DENIED,
    "consent_required": DENIED,
    "server_error": TROUBLE_THERE,
    "temporarily_unavailable": TROUBLE_THERE,
    "login_required": TROUBLE_THERE,
    "interaction_required": TROUBLE_THERE,
    "account_selection_required": TROUBLE_THERE,
    "invalid_request": OUR_SETUP,
    "unauthorized_client": OUR_SETUP,
    "unsupported_response_type": OUR_SETUP,
    "invalid_scope": OUR_SETUP,
    "registration_not_supported": OUR_SETUP,
    "unmet_authentication_requirements": 2109,
}
# RFC 6749 5.2. A code that is spent, old or of another client and one with a wrong verifier are one word there.
_AT_TOKENS: Mapping[str, int] = {
    "invalid_grant": ANSWER_OLD,
    "invalid_request": OUR_SETUP,
    "invalid_client": OUR_SETUP,
    "unauthorized_client": OUR_SETUP,
    "unsupported_grant_type": OUR_SETUP,
    "invalid_scope": OUR_SETUP,
}


def refused_at_return(unverified_error: str) -> UpstreamFailed:
    """The browser brought an error."""
    return _failed(_AT_RETURN, "return", unverified_error)


def refused_tokens(unverified_error: object) -> UpstreamFailed:
    """The token endpoint answered with an error."""
    return _failed(_AT_TOKENS, "tokens", unverified_error)


def _failed(causes: Mapping[str, int], where: str, unverified_error: object) -> UpstreamFailed:
    if isinstance(unverified_error, str) and unverified_error in causes:
        return UpstreamFailed(causes[unverified_error], f"{where}: {unverified_error}")
    return UpstreamFailed(TROUBLE_THERE, f"{where}: another error")
