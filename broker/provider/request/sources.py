"""Where a request's parameters come from: the one place that merges the address or form, PAR and request objects.

When a request was pushed or signed, only what was pushed or signed counts (RFC 9101 6.3, RFC 9126 4). OpenID Connect Core 6.1
would also fill gaps from the parameters around the object; we do not, because whoever carries the address could then add to
what the client has signed. Its parameters around the object may stand there all the same, if those it demands do not differ.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from authlib.oauth2 import OAuth2Error

from broker.clients.client import Client
from broker.foundation.encoding import b64url
from broker.foundation.fetch import FetchedDocument, FetchRefused
from broker.provider.request.parameters import Parameters
from broker.provider.request.pushed import PREFIX, PushedRequests
from broker.provider.request.request_object import OBJECT_TYPE, RequestObjects, UsedBefore, bad_object, word_of
from broker.provider.wire import refusal

_MAX_OBJECT = 16_384
# RFC 9101 5.2.
_MAX_URI = 512
_ACCEPT = (f"application/{OBJECT_TYPE}", "application/jwt")
_CARRIERS = ("request", "request_uri")

# (address, most bytes, accepted content types)
Fetch = Callable[[str, int, tuple[str, ...]], FetchedDocument]


@dataclass(frozen=True, slots=True)
class Sources:
    """`demands_push` is the server's own switch; a client may have it for itself."""

    objects: RequestObjects
    pushed: PushedRequests
    fetch: Fetch
    demands_push: bool

    def resolved(self, parameters: Parameters, client: Client) -> Parameters:
        """The parameters of an authorization request of this client, wherever they are.

        Raises:
            OAuth2Error: invalid_request, invalid_request_object or invalid_request_uri.
            UsedBefore: a pushed request or a request object that has been used.
        """
        carrier = _carrier(parameters)
        uri = parameters.get("request_uri")
        if uri is not None and uri.startswith(PREFIX):
            taken = self.pushed.take(client, uri)
            if taken is None:
                raise UsedBefore(word_of(client, uri))
            return taken
        if self.demands_push or client.require_pushed_authorization_requests:
            raise refusal("invalid_request", "the request must be pushed")
        if uri is not None:
            found = self.objects.by_reference(self._fetched(uri, client), client, uri)
            return _within(parameters, found)
        return self._signed_or_plain(parameters, client, carrier)

    def pushable(self, parameters: Parameters, client: Client) -> Parameters:
        """The parameters of a request that is being pushed (RFC 9126 2.1 and 3).

        Raises:
            OAuth2Error: invalid_request or invalid_request_object.
        """
        carrier = _carrier(parameters)
        if carrier == "request_uri":
            raise refusal("invalid_request", "request_uri cannot be pushed")
        try:
            return self._signed_or_plain(parameters, client, carrier)
        except UsedBefore as error:
            raise bad_object() from error

    def _signed_or_plain(self, parameters: Parameters, client: Client, carrier: str | None) -> Parameters:
        if carrier is not None:
            return _within(parameters, self.objects.by_value(parameters.values[carrier], client))
        if client.require_signed_request_object:
            raise refusal("invalid_request", "the request must be signed")
        return parameters

    def _fetched(self, unverified_uri: str, client: Client) -> str:
        """Only from an address that was registered; a hash behind it must be that of the content (OpenID Connect Core 6.2)."""
        address, _, fragment = unverified_uri.partition("#")
        is_registered = unverified_uri in client.request_uris or address in client.request_uris
        if len(unverified_uri) > _MAX_URI or not is_registered:
            raise bad_uri()
        try:
            document = self.fetch(address, _MAX_OBJECT, _ACCEPT)
        except FetchRefused as error:
            raise bad_uri() from error
        if "#" in unverified_uri and fragment.rstrip("=") != b64url(hashlib.sha256(document.body).digest()):
            raise bad_uri()
        try:
            return document.body.decode("ascii").strip()
        except UnicodeDecodeError as error:
            raise bad_object() from error


def bad_uri() -> OAuth2Error:
    """The same words whatever is wrong: an answer must not tell what lies at an address (RFC 9101 10.4)."""
    return refusal("invalid_request_uri", "the request_uri cannot be used")


def _carrier(parameters: Parameters) -> str | None:
    """Which of the two the request has, None for neither."""
    for name in _CARRIERS:
        if name in parameters.unsound:
            raise refusal("invalid_request", f"{name} {parameters.unsound[name]}")
    found = [name for name in _CARRIERS if parameters.get(name) is not None]
    if len(found) > 1:
        raise refusal("invalid_request", "request and request_uri exclude each other")
    return found[0] if found else None


def _within(around: Parameters, found: Parameters) -> Parameters:
    """What the object holds. `response_type` must stand around it in OpenID Connect Core 6.1, and then be the same."""
    outside = around.get("response_type")
    if outside is not None and outside != found.get("response_type"):
        raise refusal("invalid_request", "response_type differs from that of the request object")
    return found
