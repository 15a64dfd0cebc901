"""Every refusal of this stand: ESIA's code, the OAuth error it travels under, and its text."""

from __future__ import annotations

from collections.abc import Iterable

# Texts marked "seen" were observed on the wire by others; the rest is in our words. See docs/mock-esia.md.
REFUSALS: dict[str, tuple[str, str]] = {
    "007003": ("invalid_request", "A mandatory parameter has a wrong value or is repeated."),
    "007004": ("access_denied", "The resource owner or authorization server denied the request."),  # seen
    "007002": ("invalid_request", "The certificate and the mnemonic do not belong together, or the system has no certificate."),
    "007005": ("unauthorized_client", "The client is not authorized to request an access token using this method."),  # seen
    "007006": ("invalid_scope", "The requested scope is unknown or malformed."),
    "007007": ("server_error", "An unexpected error inside the service."),
    "007008": ("temporarily_unavailable", "The service is overloaded or under maintenance."),
    "007009": ("unsupported_response_type", "This response type is not supported."),
    "007011": ("invalid_grant", "The provided authorization grant or refresh token is invalid, expired, revoked, "
                                "does not match the redirection URI or was issued to another client."),
    "007012": ("unsupported_grant_type", "This grant type is not supported."),
    "007013": ("invalid_scope", "The request has no scope."),
    "007014": ("invalid_request", "The request doesn`t contain the mandatory parameter [{names}]."),  # seen
    "007015": ("invalid_request", "The time of the request is wrong."),
    "007019": ("invalid_scope", "OAuthErrorEnum.noGrants"),  # seen
    "007023": ("invalid_request", "The redirect_uri is not among those registered."),
    "007038": ("invalid_request", "The parameters of the request could not be read."),
    "007039": ("invalid_request", "A code_verifier was sent but the authorization request had no code_challenge."),
    "007040": ("invalid_grant", "The PKCE values do not match."),
    "007046": ("access_denied", "The scope demands a second factor that the user does not have."),
    "007053": ("access_denied", "OAuthErrorEnum.clientSecretWrong"),  # seen
    "007055": ("access_denied", "The account is not confirmed."),
    "007060": ("invalid_request", "The parameter roles has a wrong value."),
    "007061": ("invalid_request", "The parameter obj_type has a wrong value."),
    "007062": ("access_denied", "The type of the user does not fit the request."),
    "007194": ("access_denied", "The user is not an employee of the organisation."),
    "008010": ("invalid_client", "The authentication of the client failed."),
    "036700": ("invalid_request", "A consent of the request has no type."),
    "036701": ("invalid_request", "The type of a consent is unknown."),
    "036702": ("invalid_request", "A consent lacks a mandatory scope."),
    "036703": ("invalid_request", "A consent asks for a scope that its type does not allow."),
    "036704": ("invalid_request", "This type of consent has no scopes."),
    "036705": ("invalid_request", "A consent needs at least one action."),
    "036706": ("invalid_request", "An action of a consent is unknown."),
    "036707": ("invalid_request", "A consent needs at least one purpose."),
    "036716": ("invalid_request", "The term of a consent is wrong."),
    "036726": ("invalid_request", "A purpose of a consent is unknown."),
    "036727": ("invalid_request", "This type of consent has exactly one purpose."),
}


class EsiaRefusal(Exception):
    """ESIA says no. `code` is six digits; `names` are the parameters that 007014 lists; `words` say why to a developer.

    The words are for the journal of this stand and never travel, for ESIA does not explain itself either.
    """

    def __init__(self, code: str, names: Iterable[str] = (), words: str = ""):
        super().__init__(code)
        self.code = code
        self.words = words
        # A fault may refuse with any code, also with one that nobody has described.
        self.error, text = REFUSALS.get(code, ("invalid_request", "An error that this stand does not know."))
        self.description = f"ESIA-{code}: {text.format(names=', '.join(names))}"


class StandGone(Exception):
    """The page belongs to a request that is over, used or unknown; there is nowhere to send the browser."""
