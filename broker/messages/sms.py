"""SMS by an HTTP gateway: POST a JSON object with `to`, `text` and `id`, with a bearer token (RFC 6750 2.1)."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

from broker.foundation.outside import HttpFailure, HttpRequest, HttpResponse
from broker.messages.carrier import NotCarried, Parcel, Trouble
from broker.messages.settings import MessageSettings

_LOGIN = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class SmsGateway:
    """Any 2xx means taken over. `id` is the same at every repeat: a gateway that knows it need not send twice."""

    def __init__(self, settings: MessageSettings, send: Callable[[HttpRequest], HttpResponse]):
        self._settings = settings
        self._send = send

    def carry(self, parcel: Parcel) -> None:
        body = {"to": parcel.address, "text": parcel.words.text, "id": parcel.letter_id}
        headers = {"Content-Type": "application/json"}
        if self._settings.sms_token:
            headers["Authorization"] = f"Bearer {self._settings.sms_token}"
        request = HttpRequest("POST", self._settings.sms_url, headers, json.dumps(body, ensure_ascii=False).encode("utf-8"))
        try:
            answer = self._send(request)
        except HttpFailure as failure:
            raise NotCarried(Trouble.TLS if failure.kind == "tls" else Trouble.UNREACHABLE) from None
        _require_taken(answer.status)

    def rest(self) -> None:
        """Every request has a connection of its own."""


def _require_taken(status: int) -> None:
    if 200 <= status < 300:
        return
    # A refused token is ours to repair, and the letter can wait for that; every other 4xx judges the letter.
    if status in _LOGIN:
        raise NotCarried(Trouble.LOGIN_REFUSED)
    if 400 <= status < 500 and status not in _LATER:
        raise NotCarried(Trouble.REFUSED, is_final=True)
    raise NotCarried(Trouble.BUSY)
