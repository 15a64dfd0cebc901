"""What the stand publishes of its keys: single certificates, and the archive that clients unpack by hand once a year."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Blueprint, Response

from broker.mock_esia.tokens.key import GOST, RS256, TokenKey, thumbprint
from broker.mock_esia.tokens.key_files import pem_of
from broker.mock_esia.tokens.ring import KeyRing


def archive_routes(ring: KeyRing) -> Blueprint:
    """/public/esia.zip, and the current certificates one by one."""
    routes = Blueprint("public_keys", __name__)

    @routes.get("/public/esia.zip")
    def archive() -> Response:
        return Response(archived(ring), mimetype="application/zip")

    @routes.get("/public/esia.cer")
    def certificate_der() -> Response:
        return Response(ring.current(RS256).der, mimetype="application/pkix-cert")

    @routes.get("/public/esia.pem")
    def certificate_pem() -> Response:
        return Response(pem_of(ring.current(RS256).der), mimetype="application/x-pem-file")

    @routes.get("/public/esia-gost.cer")
    def gost_certificate_der() -> Response:
        return Response(ring.current(GOST).der, mimetype="application/pkix-cert")

    return routes


def archived(ring: KeyRing) -> bytes:
    """The ZIP: each certificate in DER under a name such as RSA_TEST_2026.cer, and a JWK beside each RSA one."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        taken: set[str] = set()
        for published in ring.published():
            name = _free(_name(published.key), taken)
            taken.add(name)
            archive.writestr(f"{name}.cer", published.key.der)
            if published.key.alg == RS256:
                archive.writestr(f"{name}_JWK.jwk", json.dumps(_jwk(published.key)))
    return made.getvalue()


def _name(key: TokenKey) -> str:
    certificate = x509.load_der_x509_certificate(key.der)
    begins, ends = certificate.not_valid_before_utc.year, certificate.not_valid_after_utc.year
    return f"RSA_TEST_{begins}" if key.alg == RS256 else f"ГОСТ_TEST_{begins % 100:02d}_{ends % 100:02d}"


def _free(name: str, taken: set[str]) -> str:
    return next(each for each in _numbered(name) if each not in taken)


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{number}" for number in range(2, 100))


def _jwk(key: TokenKey) -> dict[str, str]:
    """RFC 7517, RFC 7518 section 6.3."""
    public = x509.load_der_x509_certificate(key.der).public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise TypeError("only an RSA key has a JWK here")
    numbers = public.public_numbers()
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "n": _number(numbers.n), "e": _number(numbers.e),
            "x5t#St256": thumbprint(key)}


def _number(value: int) -> str:
    octets = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
