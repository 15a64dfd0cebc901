from __future__ import annotations

import os
import shutil
import stat
from datetime import UTC, datetime

import pytest
from asn1crypto import cms, pem
from gostcrypto import gostsignature
from hypothesis import example, given, settings
from hypothesis import strategies as st

from broker.connectors.esia.signing import gost_certificate
from broker.connectors.esia.signing.choose import Asked, open_signer
from broker.connectors.esia.signing.cms import detached_cms, verify_cms
from broker.connectors.esia.signing.gost_certificate import der_of, make_demo_certificate
from broker.connectors.esia.signing.gost_curve import public_key_of, signature_of, streebog
from broker.connectors.esia.signing.own_signer import certificate_hash
from broker.connectors.esia.signing.settings import SignerSettings
from broker.connectors.esia.signing.verify import GostPublicKey, gost_public_key_of, verify_raw
from broker.foundation.outside import Outside
from broker.mock_esia.gost import signature_fits
from tests.contracts.signer_contract import flipped
from tests.support.openssl import make_pair, openssl, require_engine, verifies, verifies_cms


def _never(_request):
    raise AssertionError("nothing is sent here")


OUTSIDE = Outside(now=lambda: datetime(2026, 11, 22, 9, 0, tzinfo=UTC), random=os.urandom, send=_never)

XCH_A = "1.2.643.2.2.36.0"
CURVE_D = gostsignature.CURVES_R_1323565_1_024_2019["id-tc26-gost-3410-2012-256-paramSetD"]
CURVE = gostsignature.CURVES_R_1323565_1_024_2019["id-tc26-gost-3410-2012-256-paramSetB"]


def read_signer(certificate, key, outside):
    return open_signer(Asked("pure_python", str(certificate), str(key)), SignerSettings(), outside)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_demo_certificate(tmp_path_factory.mktemp("esia"), OUTSIDE)


@pytest.fixture(scope="module")
def signer(made):
    return read_signer(made.certificate_file, made.private_key_file, OUTSIDE)


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


@pytest.fixture
def engine():
    require_engine()


@pytest.mark.usefixtures("engine")
class TestAgainstOpenSsl:
    # Every curve that we claim to know, by the engine's names.
    @pytest.mark.parametrize("paramset", ["A", "B", "C", "XA", "XB", "TCA", "TCB", "TCC", "TCD"])
    def test_keys_of_every_curve_both_ways(self, tmp_path, paramset):
        certificate, key = make_pair(tmp_path, paramset)
        ours = read_signer(certificate, key, OUTSIDE)
        public = gost_public_key_of(der_of(certificate.read_bytes(), "x"))
        (tmp_path / "text").write_bytes(b"text")
        openssl(tmp_path, "dgst", "-md_gost12_256", "-sign", "key.pem", "-out", "theirs", "text")
        theirs = (tmp_path / "theirs").read_bytes()

        assert verify_raw(public, b"text", theirs)
        assert not verify_raw(public, b"text", flipped(theirs, 40))
        assert not verify_raw(public, b"texts", theirs)
        assert verifies(tmp_path, b"text", ours.sign_raw(b"text"))
        assert verifies_cms(tmp_path, b"text", ours.sign_cms(b"text"))

    def test_its_digest_of_our_certificate_is_ours(self, made, signer, tmp_path):
        shutil.copy(made.certificate_file, tmp_path / "c.der")
        said = openssl(tmp_path, "dgst", "-md_gost12_256", "-r", "c.der")
        assert signer.certificate_hash == said.split()[0].upper()

    def test_our_certificate_signs_itself(self, made, tmp_path):
        shutil.copy(made.certificate_file, tmp_path / "c.der")
        (tmp_path / "c.pem").write_text(openssl(tmp_path, "x509", "-inform", "DER", "-in", "c.der"))
        assert "OK" in openssl(tmp_path, "verify", "-no_check_time", "-check_ss_sig", "-CAfile", "c.pem", "c.pem")

    def test_it_believes_the_shortest_halves(self, tmp_path):
        """With 1 as the number of the signature r is the x of the base point, which is 1; the key makes s small as well."""
        curve = CURVE["q"]
        data = b"halves of almost nothing but zeros"
        digest = int.from_bytes(streebog(data), "little") % curve
        for s in (1, 2, 255, 1 << 247):
            private = ((s - digest) % curve).to_bytes(32, "big")
            signature = signature_of(data, private, XCH_A, lambda size: bytes(size))
            public = public_key_of(private, XCH_A)
            (tmp_path / "pub.pem").write_bytes(pem.armor("PUBLIC KEY", _key_info(public.point)))

            assert (s, 1) == (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
            assert verify_raw(public, data, signature)
            assert signature_fits(public.point, data, signature)
            assert verifies(tmp_path, data, signature)
            for nothing in (bytes(32) + signature[32:], signature[:32] + bytes(32), signature[:32] + curve.to_bytes(32, "big")):
                assert not verify_raw(public, data, nothing)


def _key_info(point: bytes) -> bytes:
    made = gost_certificate._public_key_info(bytes((4, 64)) + point[:32][::-1] + point[32:][::-1])
    return bytes(made.dump())


def test_a_point_off_its_curve_is_no_key(made):
    public = gost_public_key_of(made.certificate_file.read_bytes())

    with pytest.raises(ValueError, match="not on its curve"):
        GostPublicKey(public.curve, flipped(public.point, 63))
    with pytest.raises(ValueError, match="not on its curve"):
        GostPublicKey(public.curve, public.point[:63])
    # The base point of CryptoPro-C, x written as p: the same number, another spelling.
    spelt = CURVE_D["p"].to_bytes(32, "big") + CURVE_D["y"].to_bytes(32, "big")
    assert GostPublicKey("1.2.643.2.2.35.3", bytes(32) + spelt[32:])
    with pytest.raises(ValueError, match="not on its curve"):
        GostPublicKey("1.2.643.2.2.35.3", spelt)
    with pytest.raises(ValueError, match="is not known"):
        GostPublicKey("1.2.643.7.1.2.1.2.1", public.point)


@pytest.mark.parametrize("number", [0, CURVE["q"], CURVE["q"] + 1])
def test_a_private_key_out_of_range_is_none(number):
    with pytest.raises(ValueError, match="out of range"):
        public_key_of(number.to_bytes(32, "big"), XCH_A)


class TestCms:
    """What a CMS must not be, whoever made it."""

    @pytest.mark.parametrize("bent", [b"", b"\x30\x00", b"no CMS", b"\x00" * 200_000])
    def test_no_cms(self, made, bent):
        assert not verify_cms(gost_public_key_of(made.certificate_file.read_bytes()), b"x", bent)

    @pytest.mark.parametrize("has_attributes", [True, False])
    def test_of_another_text_or_bent_anywhere(self, made, signer, has_attributes):
        public = gost_public_key_of(made.certificate_file.read_bytes())
        signed_at = OUTSIDE.now() if has_attributes else None
        whole = detached_cms(made.certificate_file.read_bytes(), b"text", signer.sign_raw, signed_at)

        assert verify_cms(public, b"text", whole)
        assert not verify_cms(public, b"texts", whole)
        assert not verify_cms(public, b"text", whole + b"\x00")
        assert not verify_cms(public, b"text", whole[:-1])
        # The last 64 bytes are the signature; the attributes are right before it.
        for back in (1, 33, 64):
            assert not verify_cms(public, b"text", flipped(whole, len(whole) - back))
        at = whole.find(streebog(b"text"))
        assert has_attributes == (at > 0)
        if has_attributes:
            assert not verify_cms(public, b"text", flipped(whole, at))

    def test_with_the_text_inside_or_signed_twice(self, made, signer):
        der = made.certificate_file.read_bytes()
        public = gost_public_key_of(der)
        for spoil in (_as_it_is, _with_content, _signed_twice, _unsigned, _of_another_digest):
            whole = cms.ContentInfo.load(detached_cms(der, b"text", signer.sign_raw, None))
            # The library cannot write a GOST certificate anew.
            del whole["content"]["certificates"]
            spoil(whole["content"])
            assert (spoil is _as_it_is) == verify_cms(public, b"text", whole.dump(force=True)), spoil.__name__


    def test_attributes_that_lie(self, made, signer):
        """Each is signed as it stands; the first ones are as they should be."""
        right, wrong = streebog(b"text"), streebog(b"other")
        cases = [
            (True, [("content_type", ["data"]), ("message_digest", [right])]),
            (False, [("content_type", ["data"]), ("message_digest", [wrong])]),
            (False, [("content_type", ["signed_data"]), ("message_digest", [right])]),
            (False, [("content_type", ["data", "data"]), ("message_digest", [right])]),
            (False, [("content_type", ["data"]), ("message_digest", [right, right])]),
            (False, [("content_type", ["data"]), ("message_digest", [wrong]), ("message_digest", [right])]),
            (False, [("content_type", ["data"])]),
            (False, [("message_digest", [right])]),
        ]
        der = made.certificate_file.read_bytes()
        for is_right, attributes in cases:
            signed = cms.CMSAttributes([cms.CMSAttribute({"type": kind, "values": values}) for kind, values in attributes])
            whole = cms.ContentInfo.load(detached_cms(der, b"text", signer.sign_raw, OUTSIDE.now()))
            del whole["content"]["certificates"]
            info = whole["content"]["signer_infos"][0]
            info["signed_attrs"], info["signature"] = signed, signer.sign_raw(signed.dump())
            assert is_right == verify_cms(gost_public_key_of(der), b"text", whole.dump(force=True)), attributes


def _as_it_is(_body):
    pass


def _with_content(body):
    body["encap_content_info"] = {"content_type": "data", "content": b"text"}


def _signed_twice(body):
    body["signer_infos"] = [body["signer_infos"][0], body["signer_infos"][0]]


def _unsigned(body):
    body["signer_infos"] = []


def _of_another_digest(body):
    body["signer_infos"][0]["digest_algorithm"] = {"algorithm": "sha256"}
