"""A small v1 party of the tests' own: it packs signatures into detached CMS and asks the older addresses."""

from __future__ import annotations

import base64
from collections.abc import Callable

from asn1crypto import algos, cms, core, x509
from gostcrypto import gosthash

from tests.rooms.mock_esia.mock_esia_driver import CERTIFICATE, raw_signature_of

V1_ORDER = ("scope", "timestamp", "client_id", "state")
STREEBOG, GOST_KEY = "1.2.643.7.1.1.2.2", "1.2.643.7.1.1.1.1"


def streebog(octets: bytes) -> bytes:
    return bytes(gosthash.new("streebog256", data=bytearray(octets)).digest())


def cms_signature(
    text: bytes, *, attributes: bool = True, sign: Callable[[bytes], bytes] = raw_signature_of, der: bytes = CERTIFICATE,
    digest: str = STREEBOG, brought: bool = True, content: bytes | None = None, said_type: str = "data", other: bytes = b"",
    signers: int = 1,
) -> bytes:
    """DER of a SignedData over `text` (RFC 5652)."""
    body = x509.Certificate.load(der)["tbs_certificate"]
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier("issuer_and_serial_number", cms.IssuerAndSerialNumber({
            "issuer": body["issuer"], "serial_number": body["serial_number"],
        })),
        "digest_algorithm": algos.DigestAlgorithm({"algorithm": digest}),
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": GOST_KEY}),
        "signature": b"",
    }  # fmt: skip
    if attributes:
        signed = cms.CMSAttributes([
            {"type": "content_type", "values": [said_type]},
            {"type": "message_digest", "values": [core.OctetString(streebog(text))]},
        ])
        signer["signed_attrs"] = signed
        signer["signature"] = sign(signed.dump())
    else:
        signer["signature"] = sign(text)
    made = cms.SignedData({
        "version": "v1",
        "digest_algorithms": [algos.DigestAlgorithm({"algorithm": digest})],
        "encap_content_info": {"content_type": "data", **({"content": content} if content else {})},
        "signer_infos": [signer] * signers,
    })
    if brought:
        made["certificates"] = [cms.CertificateChoices("certificate", x509.Certificate.load(other or der))]
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": made}).dump())


def signed_v1(fields: dict[str, str], order: tuple[str, ...] = V1_ORDER, **how: object) -> dict[str, str]:
    text = "".join(fields.get(name, "") for name in order).encode()
    secret = base64.urlsafe_b64encode(cms_signature(text, **how)).decode("ascii")
    return {name: value for name, value in fields.items() if name != "client_certificate_hash"} | {"client_secret": secret}
