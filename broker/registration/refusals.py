"""What a registration is refused with (RFC 7591 3.2.2, RFC 6750 3.1)."""

from __future__ import annotations

from broker.clients.refused import ClientRefused


class RegistrationRefused(Exception):
    """`error` is a word of the standard, `description` a sentence of ours that repeats nothing that was sent."""

    def __init__(self, error: str, description: str, status: int = 400):
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status


def unsound(description: str) -> RegistrationRefused:
    """The metadata cannot be registered so."""
    return RegistrationRefused("invalid_client_metadata", description)


def bad_statement(description: str) -> RegistrationRefused:
    """The software statement cannot be believed."""
    return RegistrationRefused("invalid_software_statement", description)


def wrong_token() -> RegistrationRefused:
    """The token opens nothing; whether there is such a client or token is not told (RFC 7592 2.1)."""
    return RegistrationRefused("invalid_token", "The access token opens nothing here.", 401)


def too_many(description: str) -> RegistrationRefused:
    """A quota is used up (RFC 6585 4)."""
    return RegistrationRefused("temporarily_unavailable", description, 429)


def of_client(refused: ClientRefused) -> RegistrationRefused:
    """A rule of the clients room in the words of RFC 7591 3.2.2."""
    word = "invalid_redirect_uri" if refused.field == "redirect_uris" else "invalid_client_metadata"
    return RegistrationRefused(word, str(refused))
