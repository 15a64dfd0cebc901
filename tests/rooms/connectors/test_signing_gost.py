from __future__ import annotations

import os
import shutil
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from gostcrypto import gostsignature
from hypothesis import example, given, settings
from hypothesis import strategies as st

from broker.connectors.esia.signing.choose import Asked, open_signer
from broker.connectors.esia.signing.gost_certificate import der_of, make_demo_certificate, private_key_in
from broker.connectors.esia.signing.gost_curve import public_key_of, streebog
from broker.connectors.esia.signing.own_signer import certificate_hash
from broker.connectors.esia.signing.settings import SignerSettings
from broker.connectors.esia.signing.verify import gost_public_key_of, verify_raw
from broker.foundation.outside import Outside


def _never(_request):
    raise AssertionError("nothing is sent here")


OUTSIDE = Outside(now=lambda: datetime(2026, 11, 22, 9, 0, tzinfo=UTC), random=os.urandom, send=_never)

XCH_A = "1.2.643.2.2.36.0"
CURVE = gostsignature.CURVES_R_1323565_1_024_2019["id-tc26-gost-3410-2012-256-paramSetB"]


def read_signer(certificate, key, outside):
    return open_signer(Asked("pure_python", str(certificate), str(key)), SignerSettings(), outside)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_demo_certificate(tmp_path_factory.mktemp("esia"), OUTSIDE)


@pytest.fixture(scope="module")
def signer(made):
    return read_signer(made.certificate_file, made.private_key_file, OUTSIDE)


def test_streebog_of_the_standards_first_example():
    # GOST R 34.11-2012, appendix A.1 (M1), written there with the last byte first.
    message = b"012345678901234567890123456789012345678901234567890123456789012"
    assert "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500" == streebog(message).hex()


def test_the_key_is_for_its_owner_only(made):
    assert 0o600 == stat.S_IMODE(made.private_key_file.stat().st_mode)


def test_a_second_making_gives_another_key(made, tmp_path):
    other = make_demo_certificate(tmp_path, OUTSIDE)
    assert other.certificate_file.read_bytes() != made.certificate_file.read_bytes()
    with pytest.raises(ValueError, match=r"^esia.private_key_file does not belong to esia.certificate_file$"):
        read_signer(made.certificate_file, other.private_key_file, OUTSIDE)


def test_the_hash_is_of_the_der(made, signer):
    assert certificate_hash(made.certificate_file.read_bytes()) == signer.certificate_hash
    assert 64 == len(signer.certificate_hash) and signer.certificate_hash.isupper()


def test_the_key_never_shows(signer):
    assert "OwnSigner(kind='pure_python')" == repr(signer)


@settings(max_examples=5, deadline=None)
@given(st.binary(max_size=200))
def test_a_signature_is_64_bytes_and_of_this_text_only(made, signer, text):
    key = gost_public_key_of(made.certificate_file.read_bytes())
    signature = signer.sign_raw(text)

    assert 64 == len(signature)
    assert verify_raw(key, text, signature)
    assert not verify_raw(key, text + b"x", signature)
    assert not verify_raw(key, text, signature[32:] + signature[:32])
    assert not verify_raw(key, text, signature[:63])


def test_two_signatures_of_one_text_differ(signer):
    assert signer.sign_raw(b"x") != signer.sign_raw(b"x")


@settings(max_examples=20, deadline=None)
@given(st.integers(1, CURVE["q"] - 1))
@example(1)
@example(2)
@example(3)
@example(CURVE["q"] - 1)
def test_the_quicker_product_is_the_librarys(number):
    library = gostsignature.new(gostsignature.MODE_256, CURVE)
    private_key = number.to_bytes(32, "big")

    assert bytes(library.public_key_generate(bytearray(private_key))) == public_key_of(private_key, XCH_A).point


@pytest.mark.parametrize("content", [b"", b"no certificate", b"\x30\x03\x02\x01\x01"])
def test_a_file_that_is_no_certificate(tmp_path, made, content):
    file = tmp_path / "x"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"^esia.certificate_file"):
        read_signer(file, made.private_key_file, OUTSIDE)
    with pytest.raises(ValueError, match=r"^esia.private_key_file"):
        read_signer(made.certificate_file, file, OUTSIDE)


def test_a_file_that_is_not_there(tmp_path, made):
    with pytest.raises(ValueError, match=r"^esia.certificate_file cannot be read$"):
        read_signer(tmp_path / "none", made.private_key_file, OUTSIDE)


def test_broken_armour():
    with pytest.raises(ValueError, match="not a readable PEM file"):
        der_of(b"-----BEGIN CERTIFICATE-----\n!!!\n", "esia.certificate_file")


# The engine is another implementation: what it verifies, ESIA verifies.


def _openssl(*arguments: str, folder: Path) -> str:
    words = ["openssl", arguments[0], "-engine", "gost", *arguments[1:]]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=30, check=False)
    assert 0 == done.returncode, done.stderr
    return done.stdout


@pytest.fixture
def engine():
    program = shutil.which("openssl")
    found = program and 0 == subprocess.run([program, "engine", "gost"], capture_output=True, timeout=30, check=False).returncode
    if not found and os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail("OpenSSL with the gost engine is missing (libengine-gost-openssl)")
    if not found:
        pytest.skip("OpenSSL with the gost engine is not installed")


@pytest.mark.usefixtures("engine")
class TestAgainstOpenSsl:
    def test_it_verifies_our_signature(self, made, signer, tmp_path):
        (tmp_path / "text").write_bytes("TESTIS01openid снилс".encode())
        (tmp_path / "raw").write_bytes(signer.sign_raw((tmp_path / "text").read_bytes()))
        shutil.copy(made.certificate_file, tmp_path / "c.der")
        public = _openssl("x509", "-inform", "DER", "-in", "c.der", "-pubkey", "-noout", folder=tmp_path)
        (tmp_path / "pub.pem").write_text(public)

        check = ("dgst", "-md_gost12_256", "-verify", "pub.pem", "-signature", "raw", "text")
        assert "Verified OK" in _openssl(*check, folder=tmp_path)

    def test_we_verify_its_signature_and_read_its_files(self, tmp_path):
        _openssl("genpkey", "-algorithm", "gost2012_256", "-pkeyopt", "paramset:XA", "-out", "key.pem", folder=tmp_path)
        subject = ("-subj", "/C=RU/O=Test/CN=mock-is", "-days", "1")
        request = ("req", "-x509", "-new", "-key", "key.pem", "-md_gost12_256", *subject, "-out", "c.pem")
        _openssl(*request, folder=tmp_path)
        (tmp_path / "text").write_bytes(b"text")
        _openssl("dgst", "-md_gost12_256", "-sign", "key.pem", "-out", "raw", "text", folder=tmp_path)
        der = der_of((tmp_path / "c.pem").read_bytes(), "x")

        assert verify_raw(gost_public_key_of(der), b"text", (tmp_path / "raw").read_bytes())
        assert gost_public_key_of(der) == public_key_of(private_key_in((tmp_path / "key.pem").read_bytes()).number, XCH_A)
        assert read_signer(tmp_path / "c.pem", tmp_path / "key.pem", OUTSIDE).certificate_hash == certificate_hash(der)

    def test_its_digest_of_our_certificate_is_ours(self, made, signer, tmp_path):
        shutil.copy(made.certificate_file, tmp_path / "c.der")
        said = _openssl("dgst", "-md_gost12_256", "-r", "c.der", folder=tmp_path)
        assert signer.certificate_hash == said.split()[0].upper()

    def test_our_certificate_signs_itself(self, made, tmp_path):
        shutil.copy(made.certificate_file, tmp_path / "c.der")
        (tmp_path / "c.pem").write_text(_openssl("x509", "-inform", "DER", "-in", "c.der", folder=tmp_path))
        assert "OK" in _openssl("verify", "-no_check_time", "-check_ss_sig", "-CAfile", "c.pem", "c.pem", folder=tmp_path)
