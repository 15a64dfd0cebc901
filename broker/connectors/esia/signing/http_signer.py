"""Signatures by a signing service that is asked over HTTP, such as one in front of a certified device."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from broker.connectors.esia.signing.own_signer import Maker, OwnCertificate
from broker.connectors.esia.signing.programs import answering
from broker.connectors.esia.signing.settings import HTTP, JSON, SignerSettings
from broker.connectors.esia.signing.signer import SigningFailed
from broker.foundation.outside import HttpFailure, HttpRequest, HttpResponse

_REFUSED = (401, 403)
_FAILURES: Mapping[str, str] = {
    "timeout": "the signing service did not answer in time",
    "connection": "the signing service cannot be reached",
    "tls": "the certificate of the signing service is not trusted",
}


def http_signer(certificate: OwnCertificate, settings: SignerSettings, send: Callable[[HttpRequest], HttpResponse]) -> Maker:
    """Posts the data to `esia_signing.http_url`; `{certificate_hash}` there says which key is meant. `send` is the outside's."""
    url = settings.http_url.replace("{certificate_hash}", certificate.hash)

    def made(data: bytes) -> bytes:
        kind, body = _body(data, certificate.hash, settings)
        try:
            answer = send(HttpRequest("POST", url, _headers(kind, settings), body))
        except HttpFailure as error:
            raise SigningFailed(_FAILURES.get(error.kind, "the signing service gave no usable answer")) from error
        return _signature_in(answer, settings)

    return answering(HTTP, made, settings)


def _body(data: bytes, certificate_hash: str, settings: SignerSettings) -> tuple[str, bytes]:
    if settings.http_form != JSON:
        return "application/octet-stream", data
    fields = {settings.http_data_field: base64.b64encode(data).decode("ascii"), "certificate_hash": certificate_hash}
    return "application/json", json.dumps(fields).encode()


def _headers(kind: str, settings: SignerSettings) -> Mapping[str, str]:
    headers = {"Content-Type": kind}
    if settings.http_token_file:
        try:
            # Read each time, so that a changed token needs no new start.
            token = Path(settings.http_token_file).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SigningFailed("esia_signing.http_token_file cannot be read") from error
        headers["Authorization"] = f"Bearer {token}"
    return headers


def _signature_in(answer: HttpResponse, settings: SignerSettings) -> bytes:
    if answer.status in _REFUSED:
        raise SigningFailed("the signing service refuses us: look at esia_signing.http_token_file")
    if answer.status != 200:
        raise SigningFailed("the signing service answered with an error")
    try:
        text = answer.body.decode("ascii")
        if settings.http_form == JSON:
            text = json.loads(text)[settings.http_signature_field]
        return _from_base64(text)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise SigningFailed("the answer of the signing service holds no signature in base64") from error


def _from_base64(text: str) -> bytes:
    # Services write base64 or base64url, with padding and without, some with line ends.
    plain = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
