"""ESIA's certificates as files, folders and the published archive; read within bounds, and again when they change."""

from __future__ import annotations

import io
import logging
import os
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from esia_stand import NOW, pem_of, rsa_pair
from esia_tokens import self_signed

from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.gost_certificate import make_demo_certificate
from broker.connectors.esia.signing.gost_curve import streebog
from broker.connectors.esia.tokens.certificate import GOST, RSA
from broker.connectors.esia.tokens.certificate_files import certificates_at, certificates_in_archive
from broker.connectors.esia.tokens.held import HeldCertificates, certificates_of_esia, ends_that_matter
from broker.foundation.outside import Outside
from tests.support.clock import Clock, nothing_answers


def outside(now: datetime = NOW) -> Outside:
    return Outside(lambda: now, os.urandom, nothing_answers)


@pytest.fixture(scope="module")
def rsa_der() -> bytes:
    der: bytes = rsa_pair()[1].public_bytes(Encoding.DER)
    return der


@pytest.fixture(scope="module")
def gost_der(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_demo_certificate(tmp_path_factory.mktemp("gost"), outside()).certificate_file.read_bytes()


def archive(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return made.getvalue()


def settings(*places: Path, **changes: Any) -> EsiaSettings:
    return EsiaSettings(esia_certificate_files=tuple(map(str, places)), **changes)


def test_der_and_pem_of_both_kinds(tmp_path: Path, rsa_der: bytes, gost_der: bytes) -> None:
    (tmp_path / "r.cer").write_bytes(rsa_der)
    (tmp_path / "g.cer").write_bytes(gost_der)
    found = certificates_of_esia(settings(tmp_path / "r.cer", tmp_path / "g.cer", algorithms=(RSA, GOST)))

    assert [("r.cer", streebog(rsa_der).hex().upper()), ("g.cer", streebog(gost_der).hex().upper())] == [
        (one.name, one.fingerprint) for one in found
    ]
    assert ["r.cer"] == [one.name for one in certificates_of_esia(settings(tmp_path / "r.cer", tmp_path / "g.cer"))]


def test_a_folder_and_an_archive_in_it(tmp_path: Path, rsa_der: bytes, gost_der: bytes) -> None:
    _, other = rsa_pair()
    elliptic = self_signed(ec.generate_private_key(ec.SECP256R1()))
    packed = archive(**{
        "esia/RSA_PROD_2026.cer": rsa_der, "RSA_PROD_2026_JWK.jwk": b"{}", "RSA_TEST_2026.cer": other.public_bytes(Encoding.DER),
        "ГОСТ_prod_26_27.cer": gost_der, "../../prod.txt": b"read me", "PROD_EC.cer": elliptic,
    })  # fmt: skip
    (tmp_path / "esia.zip").write_bytes(packed)
    (tmp_path / "again.pem").write_bytes(pem_of(other))
    (tmp_path / "notes.txt").write_text("what is here")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "x.cer").write_bytes(b"not looked at")

    assert [("again.pem", RSA), ("RSA_PROD_2026.cer", RSA), ("ГОСТ_prod_26_27.cer", GOST)] == [
        (one.name, one.algorithm) for one in certificates_at(tmp_path, "PROD")
    ]
    assert ["RSA_PROD_2026.cer", "RSA_TEST_2026.cer", "ГОСТ_prod_26_27.cer"] == [
        one.name for one in certificates_in_archive(packed, "")
    ]


def test_names_of_windows_are_shown_as_written(rsa_der: bytes) -> None:
    packed = bytearray(archive(**{"GOST_PROD_26.cer": rsa_der}))
    russian = "ГОСТ".encode("cp866")
    assert ["ГОСТ_PROD_26.cer"] == [one.name for one in certificates_in_archive(bytes(packed.replace(b"GOST", russian)), "PROD")]


def _pem(der: bytes) -> bytes:
    """What comes after a certificate in PEM does not matter to a reader, so only its size can."""
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def _entries(der: bytes) -> bytes:
    return archive(**{f"{number}.txt": b"" for number in range(200)}, **{"PROD.cer": der})


def _large(der: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr("PROD.cer", der)
        packed.writestr("more.txt", bytes(4 * 1024 * 1024))
    return made.getvalue()


def _damaged(der: bytes) -> bytes:
    """As one is that is being written over just now: its list is whole, the first file is not."""
    whole = archive(**{"PROD.cer": der})
    begins = 30 + len("PROD.cer")
    return whole[:begins] + b"\xff" * 64 + whole[begins + 64 :]


BAD: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "no certificate": ("x.cer", lambda der: b"-----BEGIN nothing"),
    "empty": ("x.cer", lambda der: b""),
    "a file that is too large": ("x.cer", lambda der: _pem(der) + b"\n" * 70_000),
    "no archive": ("x.zip", lambda der: b"PK\x03\x04 no archive"),
    "archive cut short": ("x.zip", lambda der: archive(**{"PROD.cer": der})[:-40]),
    "archive that is too large": ("x.zip", _large),
    "an archive with a damaged file": ("x.zip", _damaged),
    "too many files": ("x.zip", _entries),
    "a bomb": ("x.zip", lambda der: archive(**{"PROD.cer": _pem(der) + b"\n" * 30_000_000})),
    "nothing of ours in it": ("x.zip", lambda der: archive(**{"RSA_TEST.cer": der})),
    "empty folder": ("", lambda der: b""),
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_used_is_refused_with_its_setting(tmp_path: Path, rsa_der: bytes, what: str) -> None:
    name, spoil = BAD[what]
    place = tmp_path / name if name else tmp_path
    if name:
        place.write_bytes(spoil(rsa_der))
    with pytest.raises(ValueError, match=r"^esia\.esia_certificate_files names "):
        certificates_at(place, "PROD")


def test_what_is_not_there_and_what_is_the_wrong_key(tmp_path: Path, rsa_der: bytes) -> None:
    weak = self_signed(rsa.generate_private_key(public_exponent=65537, key_size=1024))
    (tmp_path / "weak.cer").write_bytes(weak)
    (tmp_path / "r.cer").write_bytes(rsa_der)
    (tmp_path / "two.pem").write_bytes(pem_of(rsa_pair()[1]) * 2)
    for place, sentence in {"weak.cer": "no RSA key of 2048", "none.cer": "cannot be read", "two.pem": "several"}.items():
        with pytest.raises(ValueError, match=sentence):
            certificates_at(tmp_path / place, "")
    with pytest.raises(ValueError, match=r"^esia\.esia_certificate_files names no certificate for GOST3410_2012_256"):
        certificates_of_esia(settings(tmp_path / "r.cer", algorithms=(RSA, GOST)))


def test_a_change_is_seen_without_a_restart(tmp_path: Path, rsa_der: bytes, caplog: pytest.LogCaptureFixture) -> None:
    clock, folder = Clock(NOW), tmp_path / "esia"
    folder.mkdir()
    (folder / "old.cer").write_bytes(rsa_der)
    held = HeldCertificates(settings(folder), clock.now)
    (folder / "new.pem").write_bytes(pem_of(rsa_pair()[1]))

    assert ["old.cer"] == names(held)
    clock.advance(timedelta(minutes=1))
    assert ["new.pem", "old.cer"] == names(held)
    (folder / "old.cer").unlink()
    assert ["new.pem", "old.cer"] == names(held)
    clock.advance(timedelta(minutes=-5))
    assert ["new.pem"] == names(held)

    with caplog.at_level(logging.ERROR):
        (folder / "half.cer").write_bytes(rsa_der[:100])
        clock.advance(timedelta(minutes=1))
        assert ["new.pem"] == names(held)
        clock.advance(timedelta(minutes=1))
        assert ["new.pem"] == names(held)
        (folder / "half.cer").write_bytes(rsa_der)
        clock.advance(timedelta(minutes=1))
        assert ["half.cer", "new.pem"] == names(held)
    assert {"certificates of ESIA could not be read again, those of before count"} == {one.message for one in caplog.records}


def names(held: HeldCertificates) -> list[str]:
    return [one.name for one in held.current()]


def test_the_calendar_is_told_of_the_last_one_only(tmp_path: Path) -> None:
    """While ESIA's next certificate is here already, the end of the present one is nobody's task."""
    days = {"old.cer": 10, "new.cer": 400}
    for name, ends_in in days.items():
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        (tmp_path / name).write_bytes(self_signed(key, timedelta(days=ends_in)))
    chosen = settings(tmp_path)

    assert ["new.cer", "old.cer"] == [one.name for one in certificates_of_esia(chosen)]
    assert [("new.cer", NOW + timedelta(days=400))] == [(one.name, one.ends_at) for one in ends_that_matter(chosen)]
