"""Detached CMS (RFC 5652 SignedData) with GOST R 34.10-2012, built around a bare signature and checked: what ESIA v1 asks for."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any

from asn1crypto import cms, core, x509

from broker.connectors.esia.signing.gost_certificate import issuer_and_number
from broker.connectors.esia.signing.gost_curve import GostPublicKey, is_signature_of, streebog

_DIGEST = "1.2.643.7.1.1.2.2"
_SIGNATURE = "1.2.643.7.1.1.1.1"
_SIGNATURES = frozenset({_SIGNATURE, "1.2.643.7.1.1.3.2"})
_SET = 0x31


def detached_cms(certificate: bytes, data: bytes, sign_raw: Callable[[bytes], bytes], signed_at: datetime | None) -> bytes:
    """A CMS in DER with our certificate and one signature, the data left out.

    `signed_at` goes into the signed attributes (RFC 5652 11); None leaves all of them out, and the data itself is signed.
    """
    issuer, number = issuer_and_number(certificate)
    info: dict[str, Any] = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            {"issuer_and_serial_number": cms.IssuerAndSerialNumber({"issuer": issuer, "serial_number": number})}
        ),
        "digest_algorithm": {"algorithm": _DIGEST},
        "signature_algorithm": {"algorithm": _SIGNATURE},
    }
    if signed_at is None:
        info["signature"] = sign_raw(data)
    else:
        attributes = _attributes(data, signed_at)
        info |= {"signed_attrs": attributes, "signature": sign_raw(attributes.dump())}
    body = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": _DIGEST}],
            "encap_content_info": {"content_type": "data"},
            "certificates": [cms.CertificateChoices({"certificate": x509.Certificate.load(certificate)})],
            "signer_infos": [info],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": body}).dump())


def verify_cms(public_key: GostPublicKey, data: bytes, unverified_cms: bytes) -> bool:
    """Whether a detached CMS holds exactly one signature, and that is the key's over `data`.

    The certificates inside are not looked at: the key is known already.
    """
    try:
        # Content of any other type has no `signer_infos`.
        body = cms.ContentInfo.load(unverified_cms, strict=True)["content"]
        (info,) = body["signer_infos"]
        if body["encap_content_info"]["content"].native is not None or not _names_gost(info):
            return False
        signed = _signed_bytes(info, data)
        return signed is not None and is_signature_of(signed, info["signature"].native, public_key)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return False


def _attributes(data: bytes, signed_at: datetime) -> Any:
    kinds = {
        "content_type": "data",
        "signing_time": cms.Time({"utc_time": signed_at.replace(microsecond=0)}),
        "message_digest": streebog(data),
    }
    return cms.CMSAttributes([cms.CMSAttribute({"type": kind, "values": [value]}) for kind, value in kinds.items()])


def _names_gost(info: Any) -> bool:
    digest, signature = info["digest_algorithm"]["algorithm"].dotted, info["signature_algorithm"]["algorithm"].dotted
    return digest == _DIGEST and signature in _SIGNATURES


def _signed_bytes(info: Any, data: bytes) -> bytes | None:
    """What the signature is over: the data, or the attributes as a SET of their own (RFC 5652 5.4); None if these lie."""
    attributes = info["signed_attrs"]
    if isinstance(attributes, core.Void):
        return data
    found = {one["type"].native: one["values"] for one in attributes}
    if len(found) != len(attributes) or len(found["message_digest"]) != 1 or len(found["content_type"]) != 1:
        return None
    if found["content_type"][0].native != "data" or not hmac.compare_digest(found["message_digest"][0].native, streebog(data)):
        return None
    whole = bytes(attributes.dump())
    return bytes((_SET,)) + whole[1:]
