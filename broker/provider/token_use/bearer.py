"""Access tokens as they are presented (RFC 6750)."""

from __future__ import annotations

import re

from authlib.oauth2 import OAuth2Error
from flask import Request

from broker.provider.request.parameters import UnreadableBody, form_parameters
from broker.provider.wire import refusal

_B64TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)


def presented_token(request: Request) -> str:
    """The token of the header or of the form; never of the address, which ends up in logs (RFC 9700 4.3.2).

    Raises:
        OAuth2Error: none (401 without a code, RFC 6750 3.1), malformed, or more than one.
    """
    header = request.headers.get("Authorization")
    posted = _posted(request)
    if header is not None and posted is not None:
        raise refusal("invalid_request", "the token came in two ways")
    if header is None and posted is None:
        raise refusal("", "", 401)
    if header is None:
        return posted or ""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise refusal("", "", 401)
    if not _B64TOKEN.fullmatch(token):
        raise refusal("invalid_request", "the Authorization header is malformed")
    return token


def challenge(error: OAuth2Error) -> str:
    """The value of WWW-Authenticate (RFC 6750 3)."""
    if not error.error:
        return "Bearer"
    return f'Bearer error="{error.error}", error_description="{error.description}"'


def _posted(request: Request) -> str | None:
    if request.method != "POST" or not request.content_length:
        return None
    try:
        parameters = form_parameters(request)
    except UnreadableBody as error:
        raise refusal("invalid_request", error.reason) from error
    if "access_token" in parameters.unsound:
        raise refusal("invalid_request", "access_token is repeated or malformed")
    return parameters.get("access_token")
