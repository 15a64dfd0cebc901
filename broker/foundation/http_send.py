"""The one place from which the process speaks to other hosts."""

from __future__ import annotations

import logging

import requests
import urllib3

from broker.foundation.outside import HttpFailure, HttpRequest, HttpResponse, monotonic
from broker.foundation.settings import HttpSettings

_CHUNK = 16_384


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
        deadline = monotonic() + self._settings.total_timeout.total_seconds()
        connect = self._settings.connect_timeout.total_seconds()
        # A session of its own per request: no cookie and no credential of one upstream ever reaches another.
        with requests.Session() as session:
            session.trust_env = False
            with session.request(
                request.method,
                request.url,
                headers=dict(request.headers),
                data=request.body,
                timeout=(connect, self._settings.total_timeout.total_seconds()),
                allow_redirects=False,
                verify=self._settings.ca_bundle or True,
                stream=True,
            ) as answer:
                if answer.is_redirect:
                    raise HttpFailure("redirect")
                body = self._read(answer, deadline)
                headers = {name.lower(): value for name, value in answer.headers.items()}
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
