"""Access tokens as they are presented, and what is answered when they will not do (RFC 6750, RFC 9449 7, RFC 9470)."""

from __future__ import annotations

import re

from authlib.oauth2 import OAuth2Error
from flask import Request

from broker.provider.caller.dpop import ALGORITHMS
from broker.provider.caller.sender import BEARER, DPOP, Shown
from broker.provider.request.parameters import UnreadableBody, form_parameters
from broker.provider.wire import refusal

_B64TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)
_SCHEMES = {"bearer": BEARER, "dpop": DPOP}
_ALGORITHMS = f'algs="{" ".join(ALGORITHMS)}"'


class NotSureEnough(OAuth2Error):  # type: ignore[misc]
    """The person must sign in again, in a surer way or more lately (RFC 9470 3)."""

    def __init__(self, acr_values: tuple[str, ...], max_age: int | None):
        super().__init__("a surer or a later sign-in is needed", status_code=401, error="insufficient_user_authentication")
        self.acr_values = acr_values
        self.max_age = max_age


def presented_token(request: Request) -> Shown:
    """The token of the header or of the form; never of the address, which ends up in logs (RFC 9700 4.3.2).

    Raises:
        OAuth2Error: none (401 without a code, RFC 6750 3.1), malformed, or more than one.
    """
    # What `request.headers` would read, by a name that it would first put together.
    header = request.environ.get("HTTP_AUTHORIZATION")
    posted = _posted(request)
    if header is not None and posted is not None:
        raise refusal("invalid_request", "the token came in two ways")
    if header is None and posted is None:
        raise refusal("", "", 401)
    return Shown(posted or "", BEARER) if header is None else _in_header(header)


def token_in_header(request: Request) -> Shown:
    """The token of the header, where the body is something else than a form.

    Raises:
        OAuth2Error: none, or malformed.
    """
    header = request.headers.get("Authorization")
    if header is None:
        raise refusal("", "", 401)
    return _in_header(header)


def _in_header(header: str) -> Shown:
    word, _, token = header.partition(" ")
    scheme = _SCHEMES.get(word.lower())
    if scheme is None:
        raise refusal("", "", 401)
    if not _B64TOKEN.fullmatch(token):
        raise refusal("invalid_request", "the Authorization header is malformed")
    return Shown(token, scheme)


def challenges(error: OAuth2Error, scheme: str | None) -> tuple[str, ...]:
    """The values of WWW-Authenticate: both schemes, the error under the one that was used (RFC 6750 3, RFC 9449 7.1)."""
    about = _about(error)
    said = {BEARER: [], DPOP: [_ALGORITHMS]} | {scheme or BEARER: [*about, *([_ALGORITHMS] if scheme == DPOP else [])]}
    order = (DPOP, BEARER) if scheme == DPOP else (BEARER, DPOP)
    return tuple(" ".join(filter(None, (name, ", ".join(said[name])))) for name in order)


def _about(error: OAuth2Error) -> list[str]:
    if not error.error:
        return []
    about = [f'error="{error.error}"', f'error_description="{error.description}"']
    if isinstance(error, NotSureEnough):
        about += [f'acr_values="{" ".join(error.acr_values)}"'] if error.acr_values else []
        about += [f'max_age="{error.max_age}"'] if error.max_age is not None else []
    return about


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
