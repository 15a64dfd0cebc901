"""The connector against the whole mock: real signatures, real redirects, another implementation of every check."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from broker.connectors.esia.client import open_esia
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.gost_certificate import make_demo_certificate
from broker.connectors.identity import Level
from broker.connectors.port import UpstreamFailed
from broker.foundation.outside import HttpResponse, Outside
from broker.mock_esia.app import create_mock_esia
from broker.mock_esia.settings import MockClient, MockSettings

BASE = "http://127.0.0.1:8001"
RETURN = "http://127.0.0.1:8000/login/return/esia"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Street:
    """The mock reached through its WSGI door, by our servers and by one browser."""

    def __init__(self, folder):
        self.now = NOW
        outside = Outside(now=lambda: self.now, random=os.urandom, send=self.send)
        made = make_demo_certificate(folder, outside)
        client = MockClient("TESTIS01", (made.certificate_file.read_bytes(),), ("http://127.0.0.1:8000/",))
        settings = MockSettings(base_url=BASE, environment="test", clients=(client,), var_dir=folder / "mock")
        self.app = create_mock_esia(settings, lambda: self.now)
        certificate = folder / "esia.cer"
        certificate.write_bytes(self.app.test_client().get("/public/esia.cer").data)
        self.settings = EsiaSettings(
            base_url=BASE,
            client_id="TESTIS01",
            certificate_file=str(made.certificate_file),
            private_key_file=str(made.private_key_file),
            esia_certificate_files=(str(certificate),),
            issuer="http://127.0.0.1:8001/",
        )
        self.esia = open_esia(self.settings, outside)
        self.browser = self.app.test_client()

    def send(self, request):
        path = request.url.removeprefix(BASE)
        got = self.app.test_client().open(path, method=request.method, headers=dict(request.headers), data=request.body)
        return HttpResponse(got.status_code, {name.lower(): value for name, value in got.headers}, got.data)

    def walk(self, url, login, decision="allow"):
        """The browser's way from `ac` back to us; the parameters it brings."""
        answer = self.browser.get(url.removeprefix(BASE))
        for _ in range(10):
            if 300 <= answer.status_code < 400:
                target = answer.headers["Location"]
                if target.startswith(RETURN):
                    return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
                answer = self.browser.get(target.removeprefix(BASE))
                continue
            fields = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', answer.text))
            action = re.search(r'<form[^>]*action="([^"]*)"', answer.text)
            path = (action.group(1) if action and action.group(1) else answer.request.path).replace("&amp;", "&")
            typed = {"login": login, "password": "demo"} if 'name="password"' in answer.text else {"decision": decision}
            answer = self.browser.post(path.removeprefix(BASE), data=fields | typed)
        raise AssertionError("the mock goes round in circles")


@pytest.fixture(scope="module")
def street(tmp_path_factory):
    return Street(tmp_path_factory.mktemp("street"))


@pytest.fixture(autouse=True)
def _new_browser(street):
    street.browser = street.app.test_client()
    street.now = NOW


def sign_in(street, login, **choices):
    leg = street.esia.begin(RETURN)
    return leg, street.walk(leg.url, login, **choices)


def test_a_confirmed_person_comes_back_whole(street):
    leg, brought = sign_in(street, "orlova")
    found = street.esia.complete(brought, leg, RETURN)

    assert ("1000600101", Level.CONFIRMED) == (found.subject, found.level)
    assert ("Орлова", "Анна", "Сергеевна", "F") == (found.surname, found.name, found.patronymic, found.sex)
    assert ("00200010724", "orlova@example.org") == (found.snils, found.email)


def test_a_code_works_once(street):
    leg, brought = sign_in(street, "orlova")
    street.esia.complete(brought, leg, RETURN)
    with pytest.raises(UpstreamFailed) as caught:
        street.esia.complete(brought, leg, RETURN)
    assert (2107, "ESIA-007011") == (caught.value.cause, caught.value.detail)


def test_a_code_grows_old(street):
    leg, brought = sign_in(street, "orlova")
    street.now = NOW + timedelta(minutes=5)
    with pytest.raises(UpstreamFailed) as caught:
        street.esia.complete(brought, leg, RETURN)
    assert 2107 == caught.value.cause


def test_a_refusal_there(street):
    leg, brought = sign_in(street, "sokolov", decision="deny")
    with pytest.raises(UpstreamFailed) as caught:
        street.esia.complete(brought, leg, RETURN)
    assert (2103, "ESIA-007004") == (caught.value.cause, caught.value.detail)


FAULTS = {"html": 2101, "error_503": 2101, "truncated": 2101, "bad_signature": 2106, "wrong_issuer": 2106, "expired": 2106}


@pytest.mark.parametrize("fault", FAULTS)
def test_trouble_there(street, fault):
    leg, brought = sign_in(street, "orlova")
    street.app.test_client().post("/faults", json={"endpoint": "te", "fault": fault, "times": 1})
    try:
        with pytest.raises(UpstreamFailed) as caught:
            street.esia.complete(brought, leg, RETURN)
    finally:
        street.app.test_client().delete("/faults")
    assert FAULTS[fault] == caught.value.cause
