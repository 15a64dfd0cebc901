"""One signer over whatever makes the signature: it knows the certificate, and lets out nothing that does not fit it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from broker.connectors.esia.signing.cms import detached_cms, verify_cms
from broker.connectors.esia.signing.gost_certificate import gost_public_key_of
from broker.connectors.esia.signing.gost_curve import SIZE, GostPublicKey, is_signature_of, streebog
from broker.connectors.esia.signing.signer import SigningFailed

_LOG = logging.getLogger(__name__)


def certificate_hash(der: bytes) -> str:
    """ESIA's `client_certificate_hash`: upper-case hex of Streebog-256 over the DER certificate, not over the PEM text."""
    return streebog(der).hex().upper()


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """Our certificate at ESIA, read once."""

    der: bytes = field(repr=False)
    hash: str
    public_key: GostPublicKey

    @classmethod
    def of(cls, der: bytes) -> OwnCertificate:
        """Raises ValueError when it is no certificate with a GOST key that we know."""
        return cls(der, certificate_hash(der), gost_public_key_of(der))


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes signatures. Each may raise SigningFailed.

    `raw` returns 64 bytes, s then r; None where only whole CMS are made. `cms`, where there is one, returns a detached CMS
    in DER; otherwise it is built around `raw`. `is_right(data, signature)` checks a signature by the certificate; None asks
    our own check. `checks` is False only for code that cannot make a wrong one: that beside this.
    """

    kind: str
    raw: Callable[[bytes], bytes] | None = field(repr=False)
    cms: Callable[[bytes], bytes] | None = field(default=None, repr=False)
    is_right: Callable[[bytes, bytes], bool] | None = field(default=None, repr=False)
    checks: bool = True


class OwnSigner:
    """Implements `Signer`. `has_attributes`: whether the CMS has signed attributes; `now` is the clock they name."""

    def __init__(self, certificate: OwnCertificate, maker: Maker, now: Callable[[], datetime], has_attributes: bool = True):
        self.certificate_hash = certificate.hash
        self.kind = maker.kind
        self._certificate = certificate
        self._maker = maker
        self._now = now
        self._has_attributes = has_attributes

    def __repr__(self) -> str:
        return f"OwnSigner(kind={self.kind!r})"

    def sign_raw(self, data: bytes) -> bytes:
        """See `Signer.sign_raw`."""
        with self._told():
            return self._raw(data)

    def sign_cms(self, data: bytes) -> bytes:
        """See `Signer.sign_cms`."""
        with self._told():
            return self._cms(data)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Whoever wants to sign in sees a cause without this sentence; the operator needs it."""
        try:
            yield
        except SigningFailed as failed:
            _LOG.error("a request to ESIA could not be signed", extra={"signer": self.kind, "reason": str(failed)})
            raise

    def _raw(self, data: bytes) -> bytes:
        if self._maker.raw is None:
            raise SigningFailed("esia_signing.answer_form is cms, but requests of this generation need a bare signature")
        signature = self._maker.raw(data)
        if self._maker.checks:
            self._require_right(data, signature)
        return signature

    def _cms(self, data: bytes) -> bytes:
        if self._maker.cms is None:
            signed_at = self._now() if self._has_attributes else None
            return detached_cms(self._certificate.der, data, self._raw, signed_at)
        made = self._maker.cms(data)
        if not verify_cms(self._certificate.public_key, data, made):
            raise SigningFailed("the CMS that was made does not fit the data and the certificate in esia.certificate_file")
        return made

    def _require_right(self, data: bytes, signature: bytes) -> None:
        """A wrong signature would come back from ESIA as 007053 only, which says nothing of why."""
        if len(signature) != 2 * SIZE:
            raise SigningFailed("what was made is no bare signature of 64 bytes")
        if self._is_right(data, signature):
            return
        if self._is_right(data, signature[::-1]):
            raise SigningFailed("the bytes of the signature come in reverse order: change esia_signing.reverse_bytes")
        if self._is_right(data, signature[SIZE:] + signature[:SIZE]):
            raise SigningFailed("the halves of the signature come as r then s, and ESIA wants s then r")
        raise SigningFailed("the signature does not fit the certificate in esia.certificate_file: it is of another key")

    def _is_right(self, data: bytes, signature: bytes) -> bool:
        if self._maker.is_right is not None:
            return self._maker.is_right(data, signature)
        return is_signature_of(data, signature, self._certificate.public_key)
