"""What every signer for ESIA must do; `test_signers.py` names the kinds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from broker.connectors.esia.signing.cms import verify_cms
from broker.connectors.esia.signing.own_signer import OwnCertificate, OwnSigner
from broker.connectors.esia.signing.verify import verify_raw
from broker.mock_esia.gost import registered, signature_fits
from tests.support import openssl

INPUTS = {
    "nothing": b"",
    "zero": b"\x00",
    "one": b"x",
    "request": "TESTIS01openid fullname2026.11.21 12:00:00 +03000f9439ef-3581-4de5-9b8c-d20135960331https://школа.example/cb".encode(),
    # One byte less than a block of Streebog, one block, one byte more.
    "block-": b"\xff" * 63,
    "block": b"\xff" * 64,
    "block+": b"\xff" * 65,
    "long": bytes(range(256)) * 6,
}

Verifier = Callable[[bytes, bytes], bool]


def verifiers_of(folder: Path, certificate: OwnCertificate, engine: OwnSigner) -> dict[str, Verifier]:
    """Everybody who can check a signature, by what their code is."""
    point = registered(certificate.der).point
    check = engine._maker.is_right
    assert check is not None
    return {
        "ours": lambda data, signature: verify_raw(certificate.public_key, data, signature),
        "the mock's": lambda data, signature: signature_fits(point, data, signature),
        "the engine in this process": check,
        "openssl": lambda data, signature: openssl.verifies(folder, data, signature),
    }


def flipped(data: bytes, at: int) -> bytes:
    """The same but for one bit."""
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]


class SignerContract:
    """Subclasses provide `signer`; the module provides `folder` (c.pem, key.pem, pub.pem), `certificate` and `verifiers`."""

    makes_raw = True

    def test_its_signatures_are_believed_by_everybody(self, signer: OwnSigner, verifiers: dict[str, Verifier]) -> None:
        for name, data in INPUTS.items() if self.makes_raw else ():
            signature = signer.sign_raw(data)

            assert 64 == len(signature)
            assert dict.fromkeys(verifiers, True) == {who: check(data, signature) for who, check in verifiers.items()}, name

    @pytest.mark.parametrize("name", ["nothing", "request"])
    def test_its_cms_is_believed_by_openssl_and_by_us(
        self, signer: OwnSigner, folder: Path, certificate: OwnCertificate, name: str
    ) -> None:
        data = INPUTS[name]
        made = signer.sign_cms(data)

        # The last byte is one of the signature itself.
        for sent, cms in ((data, made), (data + b"\x00", made), (data, flipped(made, len(made) - 1))):
            is_whole = (sent, cms) == (data, made)
            assert is_whole == openssl.verifies_cms(folder, sent, cms)
            assert is_whole == verify_cms(certificate.public_key, sent, cms)

    def test_its_hash_is_that_of_openssl(self, signer: OwnSigner, folder: Path, certificate: OwnCertificate) -> None:
        (folder / "c.der").write_bytes(certificate.der)
        said = openssl.openssl(folder, "dgst", "-md_gost12_256", "-r", "c.der").split()[0].upper()

        assert (said, 64) == (signer.certificate_hash, len(signer.certificate_hash))

    def test_many_threads_sign_at_once(self, signer: OwnSigner, certificate: OwnCertificate) -> None:
        data = [f"request {number}".encode() for number in range(12)]
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(signer.sign_raw if self.makes_raw else signer.sign_cms, data))

        check = verify_raw if self.makes_raw else verify_cms
        assert [True] * len(data) == [check(certificate.public_key, *pair) for pair in zip(data, made, strict=True)]
        assert len(data) == len(set(made))

    def test_it_shows_no_key(self, signer: OwnSigner, folder: Path) -> None:
        assert f"OwnSigner(kind='{signer.kind}')" == repr(signer)
        assert "key" not in repr(signer._maker)
