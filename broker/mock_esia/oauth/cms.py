"""The `client_secret` of v1: a detached CMS SignedData (RFC 5652), read and checked without any library for signatures in CMS."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from asn1crypto import cms, core

from broker.mock_esia.gost import STREEBOG_256, streebog
from broker.mock_esia.oauth.certificates import ClientCertificate
from broker.mock_esia.oauth.refusals import EsiaRefusal

_SHA256 = "2.16.840.1.101.3.4.2.1"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_DATA = "1.2.840.113549.1.7.1"
_MOST_SENT = 8


@dataclass(frozen=True, slots=True)
class Container:
    """One signature in a container. Without signed attributes it is over the text, with them over the attributes.

    `content` is a text that lies inside the container, as libraries of the RSA years left it; it must be the very text.
    """

    certificate: ClientCertificate
    signature: bytes
    attributes: bytes | None
    digest: bytes | None
    content: bytes | None = None

    def fits(self, message: bytes) -> bool:
        """Whether this is the certificate's signature of `message` (RFC 5652 section 5.4)."""
        if self.content is not None and self.content != message:
            return False
        if self.attributes is None:
            return self.certificate.fits(message, self.signature)
        hashed = hashlib.sha256(message).digest() if self.certificate.rsa_key else streebog(message)
        return hashed == self.digest and self.certificate.fits(self.attributes, self.signature)


def read_container(
    octets: bytes, certificates: Mapping[str, ClientCertificate], owners_of: Callable[[str], tuple[str, ...]]
) -> Container:
    """The signature in a container, with the registered certificate that it names.

    Raises EsiaRefusal 007005 with words: not a container, content inside, several signers, certificate not registered; and
    007002 for a certificate of another system.
    """
    try:
        info = cms.ContentInfo.load(octets, strict=True)
        if info["content_type"].native != "signed_data":
            raise _refusal("the CMS container holds no SignedData")
        signed = info["content"]
        content = signed["encap_content_info"]["content"].native
        signers = list(signed["signer_infos"])
        if len(signers) != 1:
            raise _refusal(f"the container has {len(signers)} signatures, one is wanted")
        hashes = _hashes(signed["certificates"])
        owners = [owner for known in hashes - set(certificates) for owner in owners_of(known)]
        if owners:
            raise EsiaRefusal("007002", words="the certificate is registered for another system: " + ", ".join(owners))
        certificate = _certificate_of(signers[0]["sid"].chosen, hashes, certificates)
        if content is not None and certificate.rsa_key is None:
            raise _refusal("the text is inside the container: the signature must be detached")
        _require_digest(signers[0]["digest_algorithm"]["algorithm"].dotted, certificate)
        return replace(_container(certificate, signers[0]), content=content)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as wrong:
        raise _refusal("client_secret is no CMS (PKCS#7) container in DER; 64 raw bytes are for v2") from wrong


def _hashes(certificates: core.Asn1Value) -> frozenset[str]:
    """Of the certificates that a container brings along; it may bring none."""
    sent = [] if isinstance(certificates, core.Void) else list(certificates)
    return frozenset(streebog(choice.chosen.dump()).hex().upper() for choice in sent[:_MOST_SENT])


def _container(certificate: ClientCertificate, signer: cms.SignerInfo) -> Container:
    signature = bytes(signer["signature"].native)
    if isinstance(signer["signed_attrs"], core.Void):
        return Container(certificate, signature, None, None)
    found = {item["type"].dotted: item["values"] for item in signer["signed_attrs"]}
    if len(found) != len(signer["signed_attrs"]) or not {_CONTENT_TYPE, _MESSAGE_DIGEST} <= set(found):
        raise _refusal("the signed attributes have no content type or no message digest, or one twice")
    if found[_CONTENT_TYPE][0].dotted != _DATA:
        raise _refusal("the signed attributes speak of another content type than data")
    # The signature is over SET OF, not over the [0] that stands in the container (RFC 5652 section 5.4).
    attributes = signer["signed_attrs"].untag().dump()
    return Container(certificate, signature, attributes, bytes(found[_MESSAGE_DIGEST][0].native))


def _certificate_of(
    signer: core.Asn1Value, hashes: frozenset[str], registered: Mapping[str, ClientCertificate]
) -> ClientCertificate:
    """The registered certificate that the signer means. One inside the container counts by its hash, not by its name."""
    if not isinstance(signer, cms.IssuerAndSerialNumber):
        raise _refusal("the container names its signer by a key identifier; issuer and serial number are wanted")
    issuer, serial = signer["issuer"].dump(), int(signer["serial_number"].native)
    same = [known for known in registered.values() if (known.issuer, known.serial) == (issuer, serial)]
    if not same:
        raise _refusal("the certificate that signed is not registered for this system")
    if hashes and same[0].hash not in hashes:
        raise _refusal("the certificate inside the container is another than the registered one of that number")
    return same[0]


def _require_digest(digest: str, certificate: ClientCertificate) -> None:
    wanted = _SHA256 if certificate.rsa_key else STREEBOG_256
    if digest != wanted:
        raise _refusal(f"the container was made with digest {digest}; {wanted} is wanted")


def _refusal(words: str) -> EsiaRefusal:
    return EsiaRefusal("007005", words=words)
