"""The authorization response: one way to send a code or an error back, whatever the response mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from authlib.oauth2 import OAuth2Error
from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.screens.pages import FormPostPage
from broker.screens.render import Screens
from broker.screens.view import view_of


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an answer goes. `redirect_uri` was compared with the registered ones before this value was made."""

    redirect_uri: str
    state: str | None
    mode: str
    service: str

    def plain(self) -> dict[str, object]:
        """For the login to carry; `Destination(**plain)` is the way back."""
        return {name: getattr(self, name) for name in self.__slots__}


class Answers:
    """Builds authorization responses. Every one carries `iss` (RFC 9207 2)."""

    def __init__(self, issuer: str, screens: Screens):
        self._issuer = issuer
        self._screens = screens

    def code(self, destination: Destination, code: str) -> AnyResponse:
        """A successful answer (RFC 6749 4.1.2)."""
        return self._send(destination, {"code": code})

    def error(self, destination: Destination, error: OAuth2Error) -> AnyResponse:
        """A refusal (RFC 6749 4.1.2.1)."""
        fields = {"error": str(error.error)}
        if error.description:
            fields["error_description"] = error.description
        return self._send(destination, fields)

    def _send(self, destination: Destination, fields: Mapping[str, str]) -> AnyResponse:
        whole = dict(fields)
        if destination.state is not None:
            whole["state"] = destination.state
        whole["iss"] = self._issuer
        if destination.mode == "form_post":
            page = FormPostPage(destination.redirect_uri, tuple(whole.items()), destination.service)
            return self._screens.render(page, view_of(request))
        # After a POST the browser must come to the client with a GET (RFC 9700 4.12).
        status = 302 if request.method in ("GET", "HEAD") else 303
        return private(redirect(_with_query(destination.redirect_uri, whole), status))


def private(response: AnyResponse) -> AnyResponse:
    """An answer that nobody may keep and whose address nobody is told (RFC 9700 4.2.4)."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _with_query(address: str, fields: Mapping[str, str]) -> str:
    # The registered address is left exactly as it is: only appended to (RFC 6749 3.1.2).
    mark = "&" if urlsplit(address).query else "?"
    return f"{address.removesuffix('?')}{mark}{urlencode(fields)}"
