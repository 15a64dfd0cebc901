"""Why a grant gives nothing."""

from __future__ import annotations


class GrantRefused(Exception):
    """The proof was genuine in form but gives no tokens. `reason` is static text for log and audit, never for a client."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason
