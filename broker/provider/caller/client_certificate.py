"""Client authentication by a certificate: tls_client_auth and self_signed_tls_client_auth (RFC 8705 2.1, 2.2)."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Request

from broker.clients.client import Client
from broker.clients.key_sets import KeySets
from broker.clients.words import BY_CHAIN
from broker.foundation.certificates import Certificate
from broker.foundation.jose import BadToken, key_of_jwk
from broker.provider.caller.certificate import Presented
from broker.provider.caller.client_model import ClientModel

_ALGORITHM_OF = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateTools:
    """`presented()` is the certificate of the request at hand, `is_vouched_for` whether its chain is good at an instant."""

    presented: Callable[[], Presented | None]
    is_vouched_for: Callable[[Presented, datetime], bool]
    key_sets: KeySets
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class CertificateCheck:
    """One method of authentication by certificate; a client registered for another does not exist for this one."""

    method: str
    tools: CertificateTools

    def __call__(self, query_client: Callable[[str], ClientModel | None], request: OAuth2Request) -> ClientModel | None:
        """The client whose certificate was shown, None when anything about it is wrong; nobody is told what."""
        named = request.form.get("client_id")
        model = query_client(named) if named else None
        if model is None or model.client.token_endpoint_auth_method != self.method:
            return None
        presented = self.tools.presented()
        if presented is None:
            return None
        is_proven = self._is_named if self.method == BY_CHAIN else self._is_known
        return model if is_proven(model.client, presented) else None

    def _is_named(self, client: Client, presented: Presented) -> bool:
        """A good chain, and exactly the one name that is registered (RFC 8705 2.1.2)."""
        return names(client, presented.certificate) and self.tools.is_vouched_for(presented, self.tools.now())

    def _is_known(self, client: Client, presented: Presented) -> bool:
        """The certificate, or its key, is registered; a chain proves nothing here (RFC 8705 2.2)."""
        if _among(self.tools.key_sets.of(client)["keys"], presented.certificate):
            return True
        return self.tools.key_sets.refetch(client) and _among(self.tools.key_sets.of(client)["keys"], presented.certificate)


def names(client: Client, certificate: Certificate) -> bool:
    """Whether the certificate bears the registered name of the client."""
    if client.tls_client_auth_subject_dn:
        return certificate.has_subject(client.tls_client_auth_subject_dn)
    found = certificate.names
    if client.tls_client_auth_san_dns:
        return client.tls_client_auth_san_dns.lower() in found["dns"]
    if client.tls_client_auth_san_uri:
        return client.tls_client_auth_san_uri in found["uri"]
    if client.tls_client_auth_san_ip:
        return str(ip_address(client.tls_client_auth_san_ip)) in found["ip"]
    return bool(client.tls_client_auth_san_email) and client.tls_client_auth_san_email in found["email"]


def _among(keys: list[Mapping[str, Any]], certificate: Certificate) -> bool:
    return any(_is_of(key, certificate) for key in keys)


def _is_of(jwk: Mapping[str, Any], certificate: Certificate) -> bool:
    chain = jwk.get("x5c")
    if isinstance(chain, list) and chain and isinstance(chain[0], str):
        try:
            return hmac.compare_digest(base64.b64decode(chain[0], validate=True), certificate.der)
        except (binascii.Error, ValueError):
            return False
    try:
        return certificate.is_of_key(key_of_jwk(jwk, _ALGORITHM_OF.get(jwk["kty"], "")))
    except BadToken:
        return False
