"""The certificate that a client has shown in TLS: from a trusted proxy's header or the WSGI server (RFC 8705, RFC 9440)."""

from __future__ import annotations

import base64
import binascii
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from flask import Request

from broker.foundation.certificates import Authorities, BadCertificate, Certificate, pem_to_der, read_certificate
from broker.provider.caller.mtls_settings import MtlsSettings

_log = logging.getLogger(__name__)

_BYTE_SEQUENCE = re.compile(r":([A-Za-z0-9+/=]{4,12000}):", re.ASCII)
_MAX_HEADER = 32_768


@dataclass(frozen=True, slots=True)
class Presented:
    """A certificate whose private key the caller holds: TLS has proven that. `chain_said` is whether whoever ended the TLS says
    that the chain was verified; None when it says nothing."""

    certificate: Certificate
    chain_said: bool | None


class Certificates:
    """One per application."""

    def __init__(self, settings: MtlsSettings):
        """Raises ValueError when the file of authorities cannot be read."""
        self.settings = settings
        self._proxies = tuple(ip_network(entry) for entry in settings.proxies)
        self._authorities = Authorities(Path(settings.authorities_file)) if settings.authorities_file else None

    def presented(self, request: Request) -> Presented | None:
        """What the caller has shown; None when nothing, when it cannot be read, or when a stranger says so.

        Whoever reaches us past the proxy can write any header, so a header counts only from the proxy's own address.
        """
        source = self.settings.certificate_from
        try:
            if source == "header":
                return self._from_header(request)
            if source == "server":
                return _from_server(request.environ)
        except BadCertificate as error:
            _log.warning("client certificate is unreadable", extra={"reason": str(error)})
        return None

    def is_vouched_for(self, presented: Presented, now: datetime) -> bool:
        """Whether the chain is good: by our own authorities when there are any, otherwise by the word of who ended the TLS."""
        if self._authorities is not None:
            return self._authorities.vouch_for(presented.certificate, now)
        return presented.chain_said is True

    def _from_header(self, request: Request) -> Presented | None:
        text = request.headers.get(self.settings.header)
        if not text or not self._is_from_proxy(request.environ):
            return None
        if len(text) > _MAX_HEADER:
            raise BadCertificate("too long")
        der = _of_byte_sequence(text) if self.settings.header_format == "rfc9440" else pem_to_der(unquote(text))
        return Presented(read_certificate(der), self._said(request))

    def _said(self, request: Request) -> bool | None:
        if not self.settings.verified_header:
            return None
        # nginx writes SUCCESS, NONE or FAILED:reason ($ssl_client_verify).
        return request.headers.get(self.settings.verified_header) == "SUCCESS"

    def _is_from_proxy(self, environ: Mapping[str, Any]) -> bool:
        # ProxyFix has put the client's address in place of the proxy's; where the connection came from stands beside it.
        before = environ.get("werkzeug.proxy_fix.orig") or environ
        try:
            peer = ip_address(before.get("REMOTE_ADDR") or "")
        except ValueError:
            return False
        return any(peer in network for network in self._proxies)


def _of_byte_sequence(text: str) -> bytes:
    """A byte sequence of structured fields (RFC 9440 2.2, RFC 8941 3.3.5). Two headers are joined by a comma and are none."""
    found = _BYTE_SEQUENCE.fullmatch(text.strip(" "))
    if found is None:
        raise BadCertificate("not a byte sequence")
    try:
        return base64.b64decode(found[1], validate=True)
    except binascii.Error as error:
        raise BadCertificate("not a byte sequence") from error


def _from_server(environ: Mapping[str, Any]) -> Presented | None:
    """gunicorn hands its socket over; run with --cert-reqs, it lets in only certificates whose chain it has verified."""
    shown = getattr(environ.get("gunicorn.socket"), "getpeercert", None)
    der = shown(binary_form=True) if shown is not None else None
    return Presented(read_certificate(der), True) if der else None


def no_certificates() -> Certificates:
    """For a deployment without TLS of clients."""
    return Certificates(MtlsSettings())
