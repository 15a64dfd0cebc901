"""How we prove to an OpenID Provider who is asking (RFC 6749 2.3, OpenID Connect Core 9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from broker.connectors.oidc.settings import OidcSettings
from broker.foundation.jose import sign
from broker.foundation.outside import Outside

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFE = timedelta(seconds=60)

# Authlib's shape of a way to prove oneself: (its own object, method, address, headers, body) -> (address, headers, body).
AuthMethod = Callable[[Any, str, str, Mapping[str, str], str], tuple[str, Mapping[str, str], str]]


@dataclass(frozen=True, slots=True)
class ClientProof:
    """`secret` is the shared one, None where there is none; `key` the private half in PEM, "" where there is none."""

    settings: OidcSettings
    outside: Outside = field(repr=False)
    secret: str | None = field(repr=False)
    key: str = field(repr=False)

    def by_key(self, audience: str) -> AuthMethod:
        """A fresh assertion a request (RFC 7523 2.2), for one audience: another provider can do nothing with it."""

        def prove(_client: Any, _method: str, uri: str, headers: Mapping[str, str], body: str) -> Any:
            proof = urlencode({"client_assertion_type": _ASSERTION_TYPE, "client_assertion": self.assertion(audience)})
            return uri, headers, f"{body}&{proof}" if body else proof

        return prove

    def assertion(self, audience: str) -> str:
        """The signed statement that we are we (RFC 7523 3)."""
        now, own = self.outside.now(), self.settings
        claims = {
            "iss": own.client_id,
            "sub": own.client_id,
            "aud": audience,
            "jti": self.outside.uuid(),
            "iat": int(now.timestamp()),
            "exp": int((now + _LIFE).timestamp()),
        }
        header = {"alg": own.client_key_algorithm} | ({"kid": own.client_key_id} if own.client_key_id else {})
        return sign(claims, self.key, header)


def open_client_proof(settings: OidcSettings, outside: Outside) -> ClientProof:
    """The proof with its secret or key read from its file.

    Raises:
        ValueError: it cannot be read, or the key does not fit its algorithm.
    """
    method = settings.token_endpoint_auth_method
    if method == "private_key_jwt":
        proof = ClientProof(settings, outside, None, _read(settings.client_key_file, "client_key_file"))
        try:
            proof.assertion(settings.issuer)
        except Exception as error:  # The library has a kind of error for each kind of wrong key.
            raise ValueError("client_key_file holds no private key for client_key_algorithm") from error
        return proof
    secret = None if method == "none" else _read(settings.client_secret_file, "client_secret_file")
    return ClientProof(settings, outside, secret, "")


def _read(file: str, setting: str) -> str:
    try:
        text = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{setting} names a file that cannot be read") from error
    if not text:
        raise ValueError(f"{setting} names a file that is empty")
    return text
