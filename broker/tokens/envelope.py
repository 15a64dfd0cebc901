"""Envelopes: the one place that makes a signed, and when it is wanted encrypted, JWT for a client, whatever it says.

Each kind has a `typ` of its own where its standard names one (RFC 8725 3.11). Where none is named (ID tokens, UserInfo, JARM) it
is JWT, because libraries refuse what they do not know; these three are told apart by the claims that only one of them has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from broker.clients.client import Client
from broker.foundation import jwe
from broker.foundation.jose import BadToken
from keys.signing.ring import KeyRing

JWT = "JWT"
# What is used when a client has named no other (OpenID Connect Registration 2, JARM 3).
DEFAULT_ENCRYPTION = "A128CBC-HS256"


class NoEncryptionKey(Exception):
    """A client wants what it is told encrypted and has no key for it: it is told nothing rather than everything in the open."""


class EncryptionKeys(Protocol):
    """Where the keys of clients are found."""

    def encryption_key_for(self, client: Client, algorithm: str) -> Mapping[str, Any]:
        """The JWK to encrypt to; raises BadToken."""


@dataclass(frozen=True, slots=True)
class Envelopes:
    """One a process. `issuer` is our name, which every envelope bears."""

    issuer: str
    ring: KeyRing
    keys: EncryptionKeys

    def sign(self, claims: Mapping[str, Any], typ: str, algorithm: str) -> str:
        """A compact JWS of ours (RFC 7515).

        Raises:
            NoSigner: no key signs with `algorithm`.
        """
        return self.ring.sign(claims, algorithm, typ)

    def encrypt(self, jws: str, client: Client, algorithm: str, encryption: str | None, **outside: str) -> str:
        """The same, to be read by this client alone: signed first, then encrypted (RFC 7519 11.2). `outside` are claims that
        stand in the header too, for whoever must know them before opening it (RFC 7519 5.3).

        Raises:
            NoEncryptionKey: the client has no key for `algorithm`.
        """
        header = {"alg": algorithm, "enc": encryption or DEFAULT_ENCRYPTION, "cty": JWT}
        return self._locked(jws, client, header | outside)

    def encrypt_unsigned(self, claims_json: str, client: Client, algorithm: str, encryption: str | None) -> str:
        """Claims as JSON for clients that want no signature, which only UserInfo allows (OpenID Connect Core 5.3.2).

        Raises:
            NoEncryptionKey: the client has no key for `algorithm`.
        """
        return self._locked(claims_json, client, {"alg": algorithm, "enc": encryption or DEFAULT_ENCRYPTION})

    def _locked(self, content: str, client: Client, header: Mapping[str, str]) -> str:
        try:
            return jwe.encrypt(content, self.keys.encryption_key_for(client, header["alg"]), header)
        except (BadToken, jwe.CannotEncrypt) as error:
            raise NoEncryptionKey from error
