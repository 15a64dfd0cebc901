"""The one place from which the process speaks to other hosts."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http.client import HTTPResponse as Received
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from broker.foundation.outside import HttpFailure, HttpRequest, HttpResponse, monotonic
from broker.foundation.settings import HttpSettings
from broker.foundation.timed_wire import TimedReading

_CHUNK = 16_384


def ca_file(settings: HttpSettings) -> str:
    """The authorities that outgoing TLS trusts: a file of certificates."""
    return settings.ca_bundle or DEFAULT_CA_BUNDLE_PATH


class HttpSender:
    """Sends outgoing requests with time-outs, a size limit and TLS verification; follows no redirect.

    A redirect is never followed: whoever answers for an upstream must not be able to send our credentials elsewhere.
    """

    def __init__(self, settings: HttpSettings):
        self._settings = settings
        # The library logs addresses, and an upstream's address of a person names the person.
        logging.getLogger("urllib3").setLevel(logging.ERROR)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send one request and return the whole answer.

        Raises:
            HttpFailure: time-out, broken connection, TLS failure, a redirect, or an answer over the size limit.
        """
        if not request.url.startswith(("http://", "https://")):
            raise HttpFailure("refused")
        try:
            return self._exchange(request)
        except (requests.exceptions.SSLError, urllib3.exceptions.SSLError) as error:
            raise HttpFailure("tls") from error
        except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
            raise HttpFailure("timeout") from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise HttpFailure("connection") from error

    def _exchange(self, request: HttpRequest) -> HttpResponse:
        total = self._settings.total_timeout
        seconds = (total if request.within is None else min(total, request.within)).total_seconds()
        deadline = monotonic() + seconds
        connect = min(self._settings.connect_timeout.total_seconds(), seconds)
        # A session of its own per request: no cookie and no credential of one upstream ever reaches another.
        with requests.Session() as session:
            session.trust_env = False
            session.mount("https://", _adapter(deadline))
            session.mount("http://", _adapter(deadline))
            with session.request(
                request.method,
                request.url,
                headers=dict(request.headers),
                data=request.body,
                timeout=(connect, seconds),
                allow_redirects=False,
                verify=self._settings.ca_bundle or True,
                stream=True,
            ) as answer:
                headers = {name.lower(): value for name, value in answer.headers.items()}
                if answer.is_redirect:
                    raise HttpFailure("redirect", HttpResponse(answer.status_code, headers, b""))
                body = self._read(answer, deadline)
                return HttpResponse(answer.status_code, headers, body)

    def _read(self, answer: requests.Response, deadline: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        # Each read returns what has arrived: a read that waits for a full chunk would let a slow drip outlive every deadline.
        while chunk := answer.raw.read1(_CHUNK, decode_content=True):
            size += len(chunk)
            if size > self._settings.max_response_bytes:
                raise HttpFailure("too_large")
            # The library's own time-out starts anew with every byte; a slow drip must end too.
            if monotonic() > deadline:
                raise HttpFailure("timeout")
            parts.append(chunk)
        return b"".join(parts)


def _adapter(deadline: float) -> HTTPAdapter:
    """The library's way to speak HTTP, with one deadline for the whole answer: its own time-out begins anew with every byte, so a
    server that drips its headers would hold a thread for hours."""
    adapter = HTTPAdapter()
    found = adapter.poolmanager.pool_classes_by_scheme
    adapter.poolmanager.pool_classes_by_scheme = {scheme: _timed(pool, deadline) for scheme, pool in found.items()}
    return adapter


def _timed(make_pool: Callable[..., Any], deadline: float) -> Any:
    def received(connected: Any, *args: Any, **options: Any) -> Received:
        return Received(TimedReading(connected, deadline), *args, **options)  # type: ignore[arg-type]

    def pool(*args: Any, **options: Any) -> Any:
        made = make_pool(*args, **options)
        make_connection = made.ConnectionCls

        def connection(**settings: Any) -> Any:
            one = make_connection(**settings)
            one.response_class = received
            return one

        made.ConnectionCls = connection
        return made

    return pool
