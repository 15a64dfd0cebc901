"""The authorization response: one way to send a code or an error back, whatever the response mode."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote_plus, urlsplit

from authlib.oauth2 import OAuth2Error
from flask import request
from werkzeug.wrappers import Response as AnyResponse

from broker.clients.client import Client
from broker.provider.answering.jarm import SignedResponses, is_form, is_signed
from broker.provider.answering.ready import sent_on
from broker.provider.wire import OnOurPage
from broker.screens.pages import FormPostPage
from broker.screens.render import Screens
from broker.screens.view import view_of
from broker.tokens.envelope import NoEncryptionKey

# RFC 3986 2.3.
_PLAIN = re.compile(r"[A-Za-z0-9._~-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an answer goes. `redirect_uri` was compared with the registered ones before this value was made.

    `mode` is a value of jarm.MODES. `client_id` is empty in logins that an earlier release began, none of which is signed.
    """

    redirect_uri: str
    state: str | None
    mode: str
    service: str
    client_id: str = ""

    def plain(self) -> dict[str, object]:
        """For the login to carry; `Destination(**plain)` is the way back."""
        return {name: getattr(self, name) for name in self.__slots__}


class Answers:
    """Builds authorization responses. Every one carries `iss`, within the JWT when it is signed (RFC 9207 2.4)."""

    def __init__(self, signed: SignedResponses, screens: Screens, find_client: Callable[[str], Client | None]):
        self._signed = signed
        self._screens = screens
        self._find_client = find_client

    def code(self, destination: Destination, code: str, session_state: str = "") -> AnyResponse:
        """A successful answer (RFC 6749 4.1.2), with `session_state` if there is one (Session Management 1.0, 3)."""
        return self._send(destination, {"code": code} | ({"session_state": session_state} if session_state else {}))

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
        if is_signed(destination.mode):
            whole = {"response": self._written(destination, whole)}
        else:
            whole["iss"] = self._signed.envelopes.issuer
        if is_form(destination.mode):
            page = FormPostPage(destination.redirect_uri, tuple(whole.items()), destination.service)
            return self._screens.render(page, view_of(request))
        # After a POST the browser must come to the client with a GET (RFC 9700 4.12).
        status = 302 if request.method in ("GET", "HEAD") else 303
        return private(sent_on(_with_query(destination.redirect_uri, whole), status))

    def _written(self, destination: Destination, fields: Mapping[str, str]) -> str:
        """The fields as a JWT for the client.

        Raises:
            OnOurPage: it cannot be made as the client wants it, so nothing is sent in a form that says more.
        """
        client = self._find_client(destination.client_id)
        if client is None:
            raise OnOurPage(7001)
        try:
            return self._signed.written(client, fields)
        except NoEncryptionKey as error:
            raise OnOurPage(7004, client.client_id) from error


def private(response: AnyResponse) -> AnyResponse:
    """An answer that nobody may keep and whose address nobody is told (RFC 9700 4.2.4)."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _with_query(address: str, fields: Mapping[str, str]) -> str:
    return _opened(address) + "&".join([f"{name}={_encoded(name, value)}" for name, value in fields.items()])


def _encoded(name: str, value: str) -> str:
    # Names are words of the protocol; codes and hashes need no encoding either, and our own name is the same every time.
    if _PLAIN.fullmatch(value):
        return value
    return _encoded_issuer(value) if name == "iss" else quote_plus(value)


@lru_cache(maxsize=16)
def _encoded_issuer(issuer: str) -> str:
    return quote_plus(issuer)


@lru_cache(maxsize=1024)
def _opened(address: str) -> str:
    """An address up to where parameters go. The registered one is left exactly as it is: only appended to (RFC 6749 3.1.2)."""
    return f"{address.removesuffix('?')}{'&' if urlsplit(address).query else '?'}"
