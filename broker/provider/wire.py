"""Errors as they travel: to a relying party in the words of its protocol, to a person as a page with a cause."""

from __future__ import annotations

from authlib.oauth2 import OAuth2Error


class OnOurPage(Exception):
    """A refusal that may not leave our site, because where it would go is exactly what is not trusted.

    `cause` is a code of the catalogue, `client_id` a registered client whose name the page may say, or None.
    """

    def __init__(self, cause: int, client_id: str | None = None):
        super().__init__(str(cause))
        self.cause = cause
        self.client_id = client_id


def refusal(error: str, description: str, status_code: int | None = None) -> OAuth2Error:
    """An error of the protocol. `description` is static text of ours for the developer: ASCII without quotes (RFC 6749 5.2)."""
    return OAuth2Error(error=error, description=description, status_code=status_code)
