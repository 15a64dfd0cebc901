"""One contract for all signers for ESIA, and what happens when one of them does not sign."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing import libcrypto
from broker.connectors.esia.signing.choose import Asked, open_signer
from broker.connectors.esia.signing.gost_certificate import der_of, key_info_of, read_certificate
from broker.connectors.esia.signing.own_signer import OwnCertificate, OwnSigner
from broker.connectors.esia.signing.settings import SignerSettings
from broker.connectors.esia.signing.signer import SigningFailed
from broker.connectors.esia.signing.verify import verify_raw
from broker.foundation.http_send import HttpSender
from broker.foundation.outside import Outside
from broker.foundation.settings import HttpSettings
from tests.contracts.signer_contract import SignerContract, Verifier, flipped, verifiers_of
from tests.support.openssl import make_pair, require_engine, verifies, verifies_cms

# Reads a file, writes a file, and gives the bytes in reverse order, as CryptoPro's csptest does.
REVERSING = """
import subprocess, sys
key, source, target = sys.argv[1:]
words = ["openssl", "dgst", "-engine", "gost", "-md_gost12_256", "-sign", key, source]
done = subprocess.run(words, capture_output=True, check=True)
open(target, "wb").write(done.stdout[::-1])
"""
SENDER = HttpSender(HttpSettings(connect_timeout=timedelta(seconds=2), total_timeout=timedelta(seconds=5)))
OUTSIDE = Outside(now=lambda: datetime(2026, 11, 22, 9, 0, tzinfo=UTC), random=os.urandom, send=SENDER)


class Service(BaseHTTPRequestHandler):
    """A signing service: the signature of what it gets, in base64, for whoever knows the word."""

    key: ClassVar[Path]
    instead: ClassVar[tuple[int, bytes] | None] = None
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_POST(self) -> None:
        kind = self.headers["Content-Type"]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Service.asked.append((self.path, kind))
        if "Bearer right" != self.headers["Authorization"]:
            return self._answer(401, b"")
        if Service.instead:
            return self._answer(*Service.instead)
        data = base64.b64decode(json.loads(body)["data"]) if kind == "application/json" else body
        words = ["openssl", "dgst", "-engine", "gost", "-md_gost12_256", "-sign", str(Service.key)]
        signature = subprocess.run(words, input=data, capture_output=True, check=True).stdout
        if kind == "application/json":
            bare = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
            return self._answer(200, json.dumps({"signature": bare}).encode())
        return self._answer(200, base64.encodebytes(signature))

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_engine()
    folder = tmp_path_factory.mktemp("signers")
    make_pair(folder)
    (folder / "reversing.py").write_text(REVERSING)
    (folder / "token").write_text("right\n")
    return folder


@pytest.fixture(scope="module")
def certificate(folder: Path) -> OwnCertificate:
    return OwnCertificate.of(read_certificate(folder / "c.pem"))


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[str]:
    Service.key = folder / "key.pem"
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sign/{{certificate_hash}}"
    server.shutdown()
    thread.join()
    server.server_close()


Opened = Callable[..., OwnSigner]


@pytest.fixture(scope="module")
def opened(folder: Path) -> Opened:
    """Opens a signer over the pair of the folder, by the settings that differ from the defaults."""

    def made(kind: str, key: str = "", **changes: Any) -> OwnSigner:
        return open_signer(Asked(kind, str(folder / "c.pem"), key or str(folder / "key.pem")), SignerSettings(**changes), OUTSIDE)

    return made


@pytest.fixture(scope="module")
def verifiers(folder: Path, certificate: OwnCertificate, opened: Opened) -> dict[str, Verifier]:
    return verifiers_of(folder, certificate, opened("openssl_engine"))


def reversing(folder: Path) -> dict[str, Any]:
    return {"command": (sys.executable, "-S", str(folder / "reversing.py"), "{key}", "{in}", "{out}"), "reverse_bytes": True}


class TestPurePython(SignerContract):
    @pytest.fixture
    def signer(self, opened: Opened) -> OwnSigner:
        return opened("pure_python")


class TestOpenSslEngine(SignerContract):
    @pytest.fixture
    def signer(self, opened: Opened) -> OwnSigner:
        return opened("openssl_engine", signed_attributes=False)


class TestOpenSslCommand(SignerContract):
    @pytest.fixture
    def signer(self, opened: Opened) -> OwnSigner:
        return opened("openssl_command")


@pytest.mark.parametrize("kind", ["pure_python", "openssl_engine", "openssl_command"])
def test_files_may_be_der(folder: Path, certificate: OwnCertificate, tmp_path: Path, kind: str) -> None:
    names = (tmp_path / "c.der", tmp_path / "key.der")
    for source, target in zip((folder / "c.pem", folder / "key.pem"), names, strict=True):
        target.write_bytes(der_of(source.read_bytes(), source.name))
    signer = open_signer(Asked(kind, *map(str, names)), SignerSettings(), OUTSIDE)

    assert verify_raw(certificate.public_key, b"x", signer.sign_raw(b"x"))
    assert verifies_cms(folder, b"x", signer.sign_cms(b"x"))


class TestConfiguredOpenSslCommand(SignerContract):
    """The engine is named by a configuration file, and signed attributes are left out."""

    @pytest.fixture
    def signer(self, opened: Opened, folder: Path) -> OwnSigner:
        words = "openssl_conf = a\n[a]\nengines = b\n[b]\ngost = c\n[c]\nengine_id = gost\ndefault_algorithms = ALL\n"
        (folder / "openssl.cnf").write_text(words)
        return opened("openssl_command", signed_attributes=False, openssl_conf=str(folder / "openssl.cnf"))


class TestCommandWithReversedBytes(SignerContract):
    @pytest.fixture
    def signer(self, opened: Opened, folder: Path) -> OwnSigner:
        return opened("command", **reversing(folder))


class TestCommandThatMakesCms(SignerContract):
    makes_raw = False

    @pytest.fixture
    def signer(self, opened: Opened, folder: Path) -> OwnSigner:
        words = ("openssl", "cms", "-engine", "gost", "-sign", "-binary", "-md", "md_gost12_256", "-outform", "DER")
        return opened("command", command=(*words, "-signer", str(folder / "c.pem"), "-inkey", "{key}"), answer_form="cms")


class TestHttp(SignerContract):
    @pytest.fixture
    def signer(self, opened: Opened, folder: Path, service: str) -> OwnSigner:
        return opened("http", http_url=service, http_token_file=str(folder / "token"))


class TestHttpWithJson(SignerContract):
    @pytest.fixture
    def signer(self, opened: Opened, folder: Path, service: str) -> OwnSigner:
        return opened("http", http_url=service, http_token_file=str(folder / "token"), http_form="json")


@pytest.fixture(scope="module")
def everybody(opened: Opened, folder: Path, service: str) -> list[OwnSigner]:
    return [
        opened("pure_python"),
        opened("openssl_engine"),
        opened("openssl_command"),
        opened("command", **reversing(folder)),
        opened("http", http_url=service, http_token_file=str(folder / "token"), http_form="json"),
    ]


@settings(max_examples=5, deadline=None)
@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=100).map(str.encode)), at=st.integers(0, 63))
def test_random_data_and_nothing_else(everybody: list[OwnSigner], verifiers: dict[str, Verifier], data: bytes, at: int) -> None:
    made = [signer.sign_raw(data) for signer in everybody]
    bent = made[at % len(made)]

    for signature in made:
        # A program costs more than all the others together, so it looks at one of them.
        asked = [check for who, check in verifiers.items() if who != "openssl" or signature is bent]
        assert [True] * len(asked) == [check(data, signature) for check in asked]
    for changed in ((data + b"\x00", bent), (data, flipped(bent, at)), (data, bent[:63]), (data, bent[::-1])):
        assert [False] * len(verifiers) == [check(*changed) for check in verifiers.values()]


def test_a_mebibyte(opened: Opened, folder: Path) -> None:
    data = os.urandom(1 << 20)
    engine = opened("openssl_engine")

    assert verifies(folder, data, engine.sign_raw(data))
    # Streebog in pure Python needs four seconds for so much.
    some = data[: 1 << 15]
    assert verifies(folder, some, opened("pure_python").sign_raw(some))


def test_a_service_is_told_which_key_is_meant(opened: Opened, folder: Path, service: str, certificate: OwnCertificate) -> None:
    Service.asked.clear()
    opened("http", http_url=service, http_token_file=str(folder / "token")).sign_raw(b"x")

    assert [(f"/sign/{certificate.hash}", "application/octet-stream")] == Service.asked


SPOILT: dict[str, tuple[tuple[str, ...], str]] = {
    "it is not there": (("/nowhere/csptest",), "the signing program cannot be started"),
    "it fails": (("false",), "the signing program failed"),
    "it hangs, and so does what it starts": (("sh", "-c", "sleep 60 & sleep 60"), "took longer than esia_signing.timeout"),
    "it writes no file": (("true", "{out}"), "the signing program wrote no answer"),
    "it says something else": (("echo", "sorry"), "is no bare signature of 64 bytes"),
    "it signs with another key": (("head", "-c", "64", "/dev/zero"), "it is of another key"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_program_that_does_not_sign(opened: Opened, case: str) -> None:
    words, sentence = SPOILT[case]
    signer = opened("command", command=words, timeout=timedelta(milliseconds=700))

    with pytest.raises(SigningFailed, match=sentence):
        signer.sign_raw(b"x")


def test_a_full_disk_is_a_signature_less_and_no_stumble(opened: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    signer = opened("command", command=("true", "{in}"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(SigningFailed, match="no room"):
        signer.sign_raw(b"text")


def test_bytes_in_another_order_are_named(opened: Opened, folder: Path) -> None:
    signer = opened("command", **{**reversing(folder), "reverse_bytes": False})
    with pytest.raises(SigningFailed, match=r"in reverse order: change esia_signing\.reverse_bytes"):
        signer.sign_raw(b"x")

    right = opened("openssl_engine")
    swapping = replace(right._maker, raw=lambda data: right.sign_raw(data)[32:] + right.sign_raw(data)[:32])
    once = right.sign_raw(b"x")
    right._maker = replace(swapping, raw=lambda _data: once[32:] + once[:32])
    with pytest.raises(SigningFailed, match="r then s, and ESIA wants s then r"):
        right.sign_raw(b"x")


ANSWERS: dict[str, tuple[tuple[int, bytes], str]] = {
    "a failure": ((500, b"secret detail"), "answered with an error"),
    "a redirect": ((302, b""), "gave no usable answer|answered with an error"),
    "a page": ((200, b"<html>"), "no signature in base64"),
    "nothing": ((200, b""), "no bare signature of 64 bytes"),
    "other bytes": ((200, b"\xff\xfe"), "no signature in base64"),
    "another key's": ((200, base64.b64encode(bytes(64))), "it is of another key"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_a_service_that_does_not_sign(opened: Opened, folder: Path, service: str, case: str) -> None:
    Service.instead, sentence = ANSWERS[case]
    try:
        with pytest.raises(SigningFailed, match=sentence) as caught:
            opened("http", http_url=service, http_token_file=str(folder / "token")).sign_raw(b"x")
    finally:
        Service.instead = None
    assert "secret" not in str(caught.value)


def test_a_service_without_the_word_for_it(opened: Opened, folder: Path, service: str, tmp_path: Path) -> None:
    with pytest.raises(SigningFailed, match=r"refuses us: look at esia_signing\.http_token_file"):
        opened("http", http_url=service).sign_raw(b"x")
    with pytest.raises(SigningFailed, match=r"esia_signing\.http_token_file cannot be read"):
        opened("http", http_url=service, http_token_file=str(tmp_path / "none")).sign_raw(b"x")
    with pytest.raises(SigningFailed, match="cannot be reached"):
        opened("http", http_url="http://127.0.0.1:9/").sign_raw(b"x")


def test_a_json_service_that_answers_otherwise(opened: Opened, folder: Path, service: str) -> None:
    Service.instead = (200, b'{"sign": 1}')
    try:
        with pytest.raises(SigningFailed, match="no signature in base64"):
            opened("http", http_url=service, http_token_file=str(folder / "token"), http_form="json").sign_raw(b"x")
    finally:
        Service.instead = None


def test_a_cms_of_another_key_is_not_sent(opened: Opened, folder: Path, tmp_path: Path) -> None:
    make_pair(tmp_path)
    words = ("openssl", "cms", "-engine", "gost", "-sign", "-binary", "-md", "md_gost12_256", "-outform", "DER")
    command = (*words, "-signer", str(tmp_path / "c.pem"), "-inkey", str(tmp_path / "key.pem"))
    signer = opened("command", command=command, answer_form="cms")

    with pytest.raises(SigningFailed, match="does not fit the data and the certificate"):
        signer.sign_cms(b"x")
    with pytest.raises(SigningFailed, match="need a bare signature"):
        signer.sign_raw(b"x")


WRONG_STARTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "no library": ("openssl_engine", {"libcrypto": "libnowhere.so.9"}, r"^esia_signing\.libcrypto names no library of OpenSSL"),
    "another library": ("openssl_engine", {"libcrypto": "libc.so.6"}, r"^esia_signing\.libcrypto names no library of OpenSSL"),
    "no program": ("openssl_command", {"openssl_program": "/nowhere/openssl"}, "openssl_command, but the signing program cannot"),
    "no command": ("command", {}, r"^esia_signing\.command is missing"),
    "no address": ("http", {}, r"^esia_signing\.http_url is missing"),
}


@pytest.mark.parametrize("case", WRONG_STARTS)
def test_what_cannot_sign_stops_the_start(opened: Opened, case: str) -> None:
    kind, changes, sentence = WRONG_STARTS[case]
    with pytest.raises(ValueError, match=sentence):
        opened(kind, **changes)


@pytest.mark.parametrize("kind", ["pure_python", "openssl_engine", "openssl_command"])
def test_a_key_of_another_certificate_stops_the_start(opened: Opened, tmp_path: Path, kind: str) -> None:
    make_pair(tmp_path)
    with pytest.raises(ValueError, match=r"does not belong to esia\.certificate_file|it is of another key"):
        opened(kind, key=str(tmp_path / "key.pem"))


@pytest.mark.parametrize("kind", ["pure_python", "openssl_engine", "openssl_command"])
def test_a_file_that_is_no_key_stops_the_start(opened: Opened, tmp_path: Path, kind: str) -> None:
    (tmp_path / "key").write_bytes(b"no key")
    with pytest.raises(ValueError, match="private_key_file"):
        opened(kind, key=str(tmp_path / "key"))
    with pytest.raises(ValueError, match=r"^esia\.private_key_file cannot be read$"):
        opened(kind, key=str(tmp_path / "none"))


def test_a_service_needs_no_key_of_ours_and_everybody_else_does() -> None:
    known = {"client_id": "X", "certificate_file": "c", "esia_certificate_files": ("e",)}
    following = {"next_certificate_file": "n", "next_certificate_from": "2027-02-01"}

    EsiaSettings(signer="http", **known, **following).require_complete()
    with pytest.raises(ValueError, match=r"^esia\.private_key_file is missing"):
        EsiaSettings(signer="command", **known).require_complete()
    with pytest.raises(ValueError, match="belong together"):
        EsiaSettings(signer="command", private_key_file="container", **known, **following)


def test_the_demo_says_what_it_is(opened: Opened, caplog: pytest.LogCaptureFixture) -> None:
    opened("openssl_engine")
    assert [] == caplog.messages

    opened("pure_python")
    assert ["ESIA requests are signed in pure Python: for demonstrations and tests only"] == caplog.messages


def test_a_program_sees_nothing_of_ours(opened: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BROKER_KEYS__MASTER_KEY", "secret")
    words = ("sh", "-c", f"env > {tmp_path}/env; ls -ld $(dirname $1) > {tmp_path}/folder; echo $1 > {tmp_path}/in", "sh", "{in}")
    with pytest.raises(SigningFailed):
        opened("command", command=words, command_variables=("CSP_HOME=/opt/csp=1",)).sign_raw(b"x")
    assert "PIN" not in repr(SignerSettings(command_variables=("PIN=1234",)))

    seen = (tmp_path / "env").read_text()
    assert "CSP_HOME=/opt/csp=1\n" in seen and "BROKER" not in seen and "secret" not in seen
    assert (tmp_path / "folder").read_text().startswith("drwx------")
    assert not Path((tmp_path / "in").read_text().strip()).exists()


def test_no_more_programs_run_than_the_settings_say(opened: Opened, tmp_path: Path) -> None:
    words = ("sh", "-c", f"echo $$ >> {tmp_path}/begun; exec sleep 60", "sh")
    signer = opened("command", command=words, at_once=1, timeout=timedelta(milliseconds=500))
    with ThreadPoolExecutor(3) as pool:
        told = sorted(str(found.exception()) for found in [pool.submit(signer.sign_raw, b"x") for _ in range(3)])

    assert "too many signatures are waiting for the signing program" in told
    # Whatever was begun has been killed, and nobody had to wait until it ended by itself.
    begun = (tmp_path / "begun").read_text().split() if (tmp_path / "begun").exists() else []
    assert [] == [number for number in begun if Path("/proc", number).exists()]


class TestLibraryThatMisbehaves:
    """What OpenSSL's functions can answer, put in the place of what they do answer."""

    @pytest.mark.parametrize(
        ("function", "answer", "sentence"),
        [
            ("OpenSSL_version_num", 0x40000000, r"esia_signing\.libcrypto is not of OpenSSL 3"),
            ("OpenSSL_version_num", 0x1010117F, r"esia_signing\.libcrypto is not of OpenSSL 3"),
            ("ENGINE_by_id", None, "install libengine-gost-openssl"),
            ("ENGINE_init", 0, "install libengine-gost-openssl"),
            ("ENGINE_get_digest", None, "does not know Streebog"),
        ],
    )
    @pytest.mark.usefixtures("folder")
    def test_it_stops_the_start(self, monkeypatch: pytest.MonkeyPatch, function: str, answer: Any, sentence: str) -> None:
        real = libcrypto._functions_of
        monkeypatch.setattr(libcrypto, "_functions_of", lambda name: {**real(name), function: lambda *_: answer})
        with pytest.raises(ValueError, match=sentence):
            libcrypto.LibCrypto("libcrypto.so.3")

    def test_only_1_is_yes(self, folder: Path, certificate: OwnCertificate) -> None:
        library = libcrypto.LibCrypto("libcrypto.so.3")
        private = library.private_key(der_of((folder / "key.pem").read_bytes(), "x"))
        public = library.public_key(key_info_of(certificate.der))
        signature, real = library.sign(private, b"x"), library._call

        assert library.verify(public, b"x", signature)
        for answer in (0, -1, 2):
            for function in ("EVP_DigestVerifyInit", "EVP_DigestVerify"):
                library._call = {**real, function: lambda *_, answer=answer: answer}
                assert not library.verify(public, b"x", signature)
            for function in ("EVP_DigestSignInit", "EVP_DigestSign"):
                library._call = {**real, function: lambda *_, answer=answer: answer}
                with pytest.raises(SigningFailed, match="made no signature"):
                    library.sign(private, b"x")

    def test_without_memory_nothing_is_signed_or_believed(self, folder: Path, certificate: OwnCertificate) -> None:
        library = libcrypto.LibCrypto("libcrypto.so.3")
        private = library.private_key(der_of((folder / "key.pem").read_bytes(), "x"))
        public = library.public_key(key_info_of(certificate.der))
        signature = library.sign(private, b"x")

        library._call = {**library._call, "EVP_MD_CTX_new": lambda: None}
        with pytest.raises(SigningFailed, match="no memory"):
            library.sign(private, b"x")
        with pytest.raises(SigningFailed, match="no memory"):
            library.verify(public, b"x", signature)

    def test_keys_are_given_back(self, folder: Path, certificate: OwnCertificate) -> None:
        library, given_back = libcrypto.LibCrypto("libcrypto.so.3"), []
        library._call = {**library._call, "EVP_PKEY_free": given_back.append}
        private = library.private_key(der_of((folder / "key.pem").read_bytes(), "x"))
        public = library.public_key(key_info_of(certificate.der))
        handles = [private.handle, public.handle]

        assert library.verify(public, b"x", library.sign(private, b"x"))
        assert [] == given_back
        del private, public
        assert handles == given_back


WRONG_SETTINGS: dict[str, dict[str, Any]] = {
    "esia_signing.timeout must be": {"timeout": timedelta(0)},
    "esia_signing.timeout must": {"timeout": timedelta(seconds=31)},
    "esia_signing.at_once must be": {"at_once": 0},
    "esia_signing.answer_form must be raw or cms": {"answer_form": "pkcs7"},
    "esia_signing.http_form must be bytes or json": {"http_form": "xml"},
    "esia_signing.reverse_bytes is for bare signatures": {"reverse_bytes": True, "answer_form": "cms"},
    "esia_signing.command knows no other marks": {"command": ("x", "{file}")},
    "esia_signing.command_variables must hold entries": {"command_variables": ("PATH",)},
    "esia_signing.http_url must begin with https://": {"http_url": "ftp://signer.example"},
}


@pytest.mark.parametrize("sentence", WRONG_SETTINGS)
def test_settings_that_cannot_be(sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}"):
        SignerSettings(**WRONG_SETTINGS[sentence])
