"""The older endpoints: detached CMS, with and without signed attributes, and what is said of a wrong one."""

from __future__ import annotations

import base64
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7

from broker.mock_esia.app import create_mock_esia
from broker.mock_esia.oauth.registry import read_client
from broker.mock_esia.settings import MockClient, Strictness
from broker.mock_esia.tokens.gost_certificate import self_signed
from tests.rooms.mock_esia.mock_esia_driver import (
    AC_ORDER,
    CERTIFICATE,
    CLIENT,
    FIXTURES,
    Party,
    claims_of,
    query_of,
    raw_signature_of,
    signed,
)
from tests.rooms.mock_esia.v1_driver import V1_ORDER, signed_v1
from tests.support.servers import lacking

AC, TE = "/aas/oauth2/ac", "/aas/oauth2/te"
RETURNS = ("http://127.0.0.1:8000/",)


def refusal(answer) -> str:
    return query_of(answer.headers["Location"]).get("error_description", "")[5:11]


@pytest.mark.parametrize("how", [{}, {"attributes": False}, {"brought": False}, {"attributes": False, "brought": False}])
def test_v1_from_request_to_tokens(party, how):
    came = party.walk(party.authorize(signed_v1(party.ask(access_type="offline"), **how), AC), "orlova")
    fields = party.exchange_fields(came["code"]) | {"refresh_token": "a meaningless one, as old libraries send"}

    answer = party.token(signed_v1(fields, **how), TE)

    assert 200 == answer.status_code, answer.text
    assert 1000600101 == claims_of(answer.get_json()["id_token"])["sub"]
    refresh = fields | {"grant_type": "refresh_token", "refresh_token": answer.get_json()["refresh_token"]}
    assert 200 == party.token(signed_v1(refresh, **how), TE).status_code


def altered(octets: bytes) -> bytes:
    made = bytearray(raw_signature_of(octets))
    made[-1] ^= 1
    return bytes(made)


STRANGER = self_signed(b"\x07" * 32, "A stranger", datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("how, words", [
    ({"sign": altered}, "the signed text or the key differs"),
    ({"sign": altered, "attributes": False}, "the signed text or the key differs"),
    ({"order": AC_ORDER}, "your signature matches the order of v2"),
    ({"order": AC_ORDER, "attributes": False}, "your signature matches the order of v2"),
    ({"content": b"openid"}, "the signature must be detached"),
    ({"digest": "2.16.840.1.101.3.4.2.1"}, "1.2.643.7.1.1.2.2 is wanted"),
    ({"der": STRANGER}, "the certificate that signed is not registered"),
    ({"other": STRANGER}, "is another than the registered one"),
    ({"signers": 2}, "the container has 2 signatures"),
    ({"signers": 0}, "the container has 0 signatures"),
    ({"said_type": "signed_data"}, "another content type than data"),
])
def test_a_wrong_container_is_refused_in_words(party, how, words):
    assert "007005" == refusal(party.authorize(signed_v1(party.ask(), **how), AC))
    assert words in party.told()["words"][0]


@pytest.mark.parametrize("secret", ["AAAA", "MIIB", base64.urlsafe_b64encode(bytes(64)).decode(), "%%"])
def test_what_is_no_container_is_refused(party, secret):
    fields = signed_v1(party.ask()) | {"client_secret": secret}

    assert "007005" == refusal(party.authorize(fields, AC))


def test_every_bit_of_the_container_counts(party):
    """Only what no signature covers may change: then the request is the same and passes, and nothing answers with a 500."""
    fields = signed_v1(party.ask())
    whole = bytearray(base64.urlsafe_b64decode(fields["client_secret"]))
    for place in range(0, len(whole), 29):
        spoilt = bytearray(whole)
        spoilt[place] ^= 0x41
        answer = party.authorize(fields | {"client_secret": base64.urlsafe_b64encode(spoilt).decode()}, AC)
        assert 302 == answer.status_code, place
    # The last 64 bytes are the signature itself.
    for place in (-1, -33, -64):
        spoilt = bytearray(whole)
        spoilt[place] ^= 1
        answer = party.authorize(fields | {"client_secret": base64.urlsafe_b64encode(spoilt).decode()}, AC)
        assert "007005" == refusal(answer)


@pytest.fixture
def stand_with(settings, clock):
    def build(client: MockClient, *others: MockClient) -> Party:
        return Party(create_mock_esia(replace(settings, clients=(client, *others)), clock), clock)

    return build


def test_the_certificate_of_another_system_is_007002(stand_with):
    own = self_signed(b"\x09" * 32, "Own", datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC))
    party = stand_with(MockClient(CLIENT, (own,), RETURNS), MockClient("OWNER", (CERTIFICATE,), RETURNS))

    assert "007002" == refusal(party.authorize(signed_v1(party.ask()), AC))
    assert "OWNER" in party.told()["words"][0]


def test_v1_can_be_switched_off(stand_with):
    party = stand_with(MockClient(CLIENT, (CERTIFICATE,), RETURNS, has_v1=False))

    assert "007005" == refusal(party.authorize(signed_v1(party.ask()), AC))
    assert "ESIA-007005" in party.token(signed_v1(party.exchange_fields("x")), TE).get_json()["error_description"]
    assert "/login" in party.authorize(signed(party.ask())).headers["Location"]


def test_a_wrong_signature_may_be_told_after_the_sign_in(stand_with):
    party = stand_with(MockClient(CLIENT, (CERTIFICATE,), RETURNS, strictness=Strictness(checks_after_login=True)))
    answer = party.authorize(signed_v1(party.ask(), sign=altered), AC)
    assert "/login" in answer.headers["Location"]

    came = party.walk(answer, "orlova")

    assert ("unauthorized_client", "ESIA-007005") == (came["error"], came["error_description"][:11])
    assert "code" not in came


def test_rsa_of_the_years_before_2020_where_it_is_allowed(stand_with, clock):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Old system")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(77)
        .not_valid_before(clock() - timedelta(days=1)).not_valid_after(clock() + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    der = certificate.public_bytes(serialization.Encoding.DER)
    with pytest.raises(ValueError, match="GOST"):
        read_client(MockClient(CLIENT, (der,), RETURNS))
    party = stand_with(MockClient(CLIENT, (der,), RETURNS, takes_rsa=True))
    fields = party.ask()
    text = "".join(fields[name] for name in V1_ORDER).encode()
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]

    def secret(signed_text: bytes, *more: pkcs7.PKCS7Options) -> str:
        builder = pkcs7.PKCS7SignatureBuilder().set_data(signed_text).add_signer(certificate, key, hashes.SHA256())
        return base64.urlsafe_b64encode(builder.sign(serialization.Encoding.DER, [*options, *more])).decode()

    for more in ([], [pkcs7.PKCS7Options.NoAttributes]):
        answer = party.authorize(fields | {"client_secret": secret(text, *more)}, AC)
        assert "/login" in answer.headers["Location"]
        assert "007005" == refusal(party.authorize(fields | {"client_secret": secret(text + b"x", *more)}, AC))


@pytest.mark.parametrize("more", [[], ["-noattr"], ["-nocerts"]])
def test_the_cms_of_openssl(party, tmp_path, more):
    if not shutil.which("openssl") or b"(gost)" not in subprocess.run(
        ["openssl", "engine", "gost"], capture_output=True, timeout=30, check=False
    ).stdout:
        lacking("OpenSSL with the GOST engine (libengine-gost-openssl)")
    fields = party.ask()
    (tmp_path / "text").write_text("".join(fields[name] for name in V1_ORDER), encoding="utf-8")
    subprocess.run(
        ["openssl", "cms", "-engine", "gost", "-sign", "-binary", "-md", "md_gost12_256", "-signer",
         str(FIXTURES / "client_certificate.pem"), "-inkey", str(FIXTURES / "client_key.pem"), "-in", str(tmp_path / "text"),
         "-outform", "DER", "-out", str(tmp_path / "signature"), *more],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip

    secret = base64.urlsafe_b64encode((tmp_path / "signature").read_bytes()).decode()

    assert "/login" in party.authorize(fields | {"client_secret": secret}, AC).headers["Location"], party.told()


def test_an_expired_certificate_signs_nothing_in_v1(party, clock):
    clock.move(timedelta(days=20 * 366))

    assert "007005" == refusal(party.authorize(signed_v1(party.ask()), AC))
    assert "the certificate expired on 2046-01-01" in party.told()["words"][0]
