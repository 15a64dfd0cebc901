"""The events that services may ask for, and the words of the standards."""

from __future__ import annotations

from typing import Final

_CAEP, _RISC = "https://schemas.openid.net/secevent/caep/event-type/", "https://schemas.openid.net/secevent/risc/event-type/"
# CAEP 1.0, 3.1 and 3.3.
SESSION_REVOKED: Final = f"{_CAEP}session-revoked"
CREDENTIAL_CHANGE: Final = f"{_CAEP}credential-change"
# RISC 1.0, 2.3 and 2.4.
ACCOUNT_DISABLED: Final = f"{_RISC}account-disabled"
ACCOUNT_ENABLED: Final = f"{_RISC}account-enabled"
# Not asked for: every stream has it (OpenID SSF 1.0, 8.1.4).
VERIFICATION: Final = "https://schemas.openid.net/secevent/ssf/event-type/verification"

SUPPORTED: Final = (SESSION_REVOKED, CREDENTIAL_CHANGE, ACCOUNT_DISABLED, ACCOUNT_ENABLED)

# How a stream is delivered: by us (RFC 8935), or fetched (RFC 8936). Kinds of deliveries are called so too.
PUSH, POLL = "push", "poll"
METHOD_OF: Final = {PUSH: "urn:ietf:rfc:8935", POLL: "urn:ietf:rfc:8936"}

ENABLED, PAUSED, DISABLED = "enabled", "paused", "disabled"
STATUSES: Final = (ENABLED, PAUSED, DISABLED)
