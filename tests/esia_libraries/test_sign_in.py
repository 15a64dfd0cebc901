"""Two client libraries of ESIA sign a person in at the mock: PyPI esia-connector and npm esia, both of v1, with RSA."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from broker.mock_esia.app import create_mock_esia
from broker.mock_esia.settings import MockClient, MockSettings
from tests.support.browser import Browser
from tests.support.servers import lacking
from tests.support.serving import address_of, bound, serving

HERE = Path(__file__).parent
PYTHON = Path(sys.prefix) / "esia_libraries"
SYSTEM = "OTHER_TEAM"
RETURN = "http://127.0.0.1:9/callback"
SCOPE = "openid fullname birthdate id_doc email"
# esia-connector knows no other issuer.
ISSUER = "http://esia.gosuslugi.ru/"
LOGIN = "orlova"

pytestmark = pytest.mark.xdist_group("esia-libraries")


@dataclass(frozen=True)
class Stand:
    """A mock ESIA, and the files of a system that is registered there."""

    url: str
    certificate: Path
    key: Path
    token_key: Path

    @property
    def person(self) -> Mapping[str, Any]:
        """What the stand tells everybody of the person who signs in."""
        listed = requests.get(f"{self.url}/people.json", timeout=30).json()["people"]
        return next(person for person in listed if person["login"] == LOGIN)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("system")
    certificate = _own_pair(folder)
    listener = bound()
    client = MockClient(SYSTEM, (certificate,), (RETURN,), takes_rsa=True)
    settings = MockSettings(address_of(listener), "test", (client,), folder / "stand", issuer=ISSUER)
    with serving(listener, create_mock_esia(settings, lambda: datetime.now(UTC))) as url:
        published = x509.load_der_x509_certificate(requests.get(f"{url}/public/esia.cer", timeout=30).content)
        kind = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        (folder / "esia.pem").write_bytes(published.public_key().public_bytes(*kind))
        yield Stand(url, folder / "own.crt", folder / "own.key", folder / "esia.pem")


def _own_pair(folder: Path) -> bytes:
    """Writes key and certificate as both libraries read them; the certificate's DER."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, SYSTEM)])
    now = datetime.now(UTC)
    unsigned = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = unsigned.serial_number(7).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
    certificate = made.sign(key, hashes.SHA256())
    kind = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    (folder / "own.key").write_bytes(key.private_bytes(*kind))
    (folder / "own.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return certificate.public_bytes(serialization.Encoding.DER)


def _run(command: list[str], task: Mapping[str, Any], environ: Mapping[str, str]) -> Any:
    done = subprocess.run(
        command, cwd=HERE, input=json.dumps(task), env={**os.environ, **environ},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


def esia_connector(task: Mapping[str, Any]) -> Any:
    """One step of the library in a process with the packages it was written for."""
    if not (PYTHON / "esia_connector").exists():
        lacking("esia-connector (make test installs it)")
    if shutil.which("openssl") is None:
        lacking("openssl, which esia-connector signs with")
    return _run([sys.executable, "with_esia_connector.py"], task, {"PYTHONPATH": str(PYTHON)})


def npm_esia(task: Mapping[str, Any]) -> Any:
    """One step of the library in Node."""
    if shutil.which("node") is None:
        lacking("node")
    if not (HERE / "node_modules" / "esia").exists():
        lacking("npm esia (npm ci --prefix tests/esia_libraries)")
    return _run(["node", "with_npm_esia.cjs"], task, {})


def returned(url: str) -> dict[str, str]:
    """Signs in and consents in a browser; the parameters that it brings back."""
    with Browser() as browser:
        page = browser.open(url)
        page = browser.submit(page.form("login", "password"), follow=False, login=LOGIN, password="demo")
        for _ in range(5):
            target = page.headers.get("location", "")
            if target.startswith(RETURN):
                break
            following = browser.open(requests.compat.urljoin(page.url, target)) if target else page
            page = browser.submit(following.form("decision"), follow=False, decision="allow")
        assert target.startswith(RETURN), page.url
    return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}


def _settings(stand: Stand) -> dict[str, Any]:
    return {
        "esia_client_id": SYSTEM,
        "redirect_uri": RETURN,
        "certificate_file": str(stand.certificate),
        "private_key_file": str(stand.key),
        "esia_service_url": stand.url,
        "esia_scope": SCOPE,
        "esia_token_check_key": str(stand.token_key),
    }


def _config(stand: Stand) -> dict[str, Any]:
    pair = {"certificate": stand.certificate.read_text("ascii"), "key": stand.key.read_text("ascii")}
    return {"clientId": SYSTEM, "redirectUri": RETURN, "scope": SCOPE, "esiaUrl": stand.url, **pair}


def test_esia_connector_signs_a_person_in(stand: Stand) -> None:
    begun = esia_connector({"settings": _settings(stand)})
    back = returned(begun["url"])
    seen = esia_connector({"settings": _settings(stand), "code": back["code"], "state": back["state"]})
    assert (stand.person["surname"], stand.person["name"]) == (seen["person"]["lastName"], seen["person"]["firstName"])
    assert "EML" in {contact["type"] for contact in seen["contacts"]["elements"]}
    assert seen["documents"]["size"] == len(seen["documents"]["elements"]) > 0


def test_npm_esia_signs_a_person_in(stand: Stand) -> None:
    begun = npm_esia({"config": _config(stand)})
    back = returned(begun["url"])
    assert begun["params"]["state"] == back["state"]
    seen = npm_esia({"config": _config(stand), "code": back["code"], "paths": ["/", "/ctts"]})
    person, contacts = seen["data"]
    assert (stand.person["surname"], stand.person["name"]) == (person["lastName"], person["firstName"])
    assert contacts["size"] == len(contacts["elements"]) > 0
    assert SYSTEM == seen["marker"]["decodedAccessToken"]["client_id"]


def _other_pair(stand: Stand, tmp_path: Path) -> Stand:
    """The same names in another certificate, with a key of its own."""
    _own_pair(tmp_path)
    return Stand(stand.url, tmp_path / "own.crt", tmp_path / "own.key", stand.token_key)


@pytest.mark.parametrize(
    "url_of",
    [
        lambda stand: esia_connector({"settings": _settings(stand)})["url"],
        lambda stand: npm_esia({"config": _config(stand)})["url"],
    ],
    ids=["esia-connector", "npm esia"],
)
def test_a_pair_that_is_not_registered_is_refused(stand: Stand, tmp_path: Path, url_of: Callable[[Stand], str]) -> None:
    url = url_of(_other_pair(stand, tmp_path))
    refused = requests.get(url, allow_redirects=False, timeout=30)
    told = parse_qs(urlsplit(refused.headers["location"]).query)
    assert "ESIA-007005" in told["error_description"][0]


def test_a_text_inside_the_container_must_be_the_signed_one(stand: Stand) -> None:
    url = npm_esia({"config": _config(stand)})["url"]
    state = parse_qs(urlsplit(url).query)["state"][0]
    refused = requests.get(url.replace(state, str(uuid.uuid4())), allow_redirects=False, timeout=30)
    told = parse_qs(urlsplit(refused.headers["location"]).query)
    assert "ESIA-007005" in told["error_description"][0]
