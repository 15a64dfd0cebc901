"""Who asks: exactly one way of authentication a request, the one the client is registered for."""

from __future__ import annotations

import binascii
from collections.abc import Callable
from urllib.parse import unquote, unquote_plus

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError, OAuth2Request

from broker.foundation.jose import BadToken, claims_without_checking_signature
from broker.provider.caller.client_model import ClientModel
from broker.provider.wire import refusal

ASSERTION_METHODS = ("private_key_jwt", "client_secret_jwt")
METHODS = ("client_secret_basic", "client_secret_post", *ASSERTION_METHODS, "none")
# What a request may mean that holds no credentials but its client_id: those of TLS, or none at all.
_WITHOUT_CREDENTIALS = ("none", "tls_client_auth", "self_signed_tls_client_auth")


def presented_methods(request: OAuth2Request) -> list[str]:
    """What this request can be meant as; the registration of its client then says which of these it is.

    Raises:
        OAuth2Error: several methods at once (RFC 6749 2.3), or one that cannot be read.
    """
    form = request.form
    found: list[str] = []
    if request.headers.get("Authorization") is not None:
        found.append("client_secret_basic")
    if "client_secret" in form:
        found.append("client_secret_post")
    if "client_assertion" in form or "client_assertion_type" in form:
        found.append("private_key_jwt")
    if len(found) > 1:
        raise refusal("invalid_request", "more than one way of client authentication")
    if not found:
        return list(_WITHOUT_CREDENTIALS)
    _require_one_client(found[0], request)
    return list(ASSERTION_METHODS) if found[0] == "private_key_jwt" else found


def not_authenticated() -> OAuth2Error:
    """The same answer whatever is wrong: unknown client, paused client, wrong secret, wrong method (RFC 6749 5.2)."""
    return InvalidClientError(description="client authentication failed", status_code=401)


def _require_one_client(method: str, request: OAuth2Request) -> None:
    """A `client_id` beside the credentials must be theirs: nobody may act for another client by naming it."""
    named = request.form.get("client_id")
    if named is None:
        return
    proven: object
    if method == "client_secret_basic":
        proven, _ = _basic(request.headers["Authorization"])
    elif method == "private_key_jwt":
        proven = _assertion_name(request.form.get("client_assertion") or "")
    else:
        return
    if named != proven:
        raise refusal("invalid_request", "client_id differs from the authenticated client")


def named_client(request: OAuth2Request) -> str | None:
    """Whom a request claims to come from; nothing is proven by that."""
    try:
        if request.headers.get("Authorization") is not None:
            return _basic(request.headers["Authorization"])[0]
        said = request.form.get("client_id") or _assertion_name(request.form.get("client_assertion") or "")
    except OAuth2Error:
        return None
    return said if isinstance(said, str) else None


def by_header(find_client: Callable[[str], ClientModel | None], request: OAuth2Request) -> ClientModel | None:
    """`client_secret_basic` (RFC 6749 2.3.1), which Authlib would read from the header in a way of its own.

    Raises:
        InvalidClientError: the header cannot be read.
    """
    name, secret = _basic(request.headers["Authorization"])
    model = find_client(name)
    return model if model is not None and model.check_client_secret(secret) else None


def _basic(header: str) -> tuple[str, str]:
    """Name and secret. A plus sign stands for itself in secrets, as services that do not encode theirs send it."""
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        raise not_authenticated()
    try:
        text = binascii.a2b_base64(credentials.strip(), strict_mode=True).decode("utf-8")
    except ValueError as error:
        raise not_authenticated() from error
    name, colon, secret = text.partition(":")
    if not colon or not name or not secret:
        raise not_authenticated()
    return unquote_plus(name), unquote(secret)


def _assertion_name(assertion: str) -> object:
    try:
        return claims_without_checking_signature(assertion).get("sub")
    except BadToken as error:
        raise not_authenticated() from error
