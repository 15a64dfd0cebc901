"""Once a year our certificate at ESIA changes, and ESIA changes its own: people sign in throughout, and nothing is restarted."""

from __future__ import annotations

import base64
import logging
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from broker.audit.event import SYSTEM
from broker.connectors.esia.signing.gost_certificate import make_demo_certificate
from broker.console.doctor_actions import KeptDoctor, doctor_desk
from broker.foundation.outside import Outside
from tests.support.browser import Browser
from tests.support.clock import FIRST_BELL, Clock, nothing_answers
from tests.support.town import MNEMONIC, RP_HOST, Town, town

LOGIN = "orlova"
GOST = "GOST3410_2012_256"
# Midnight of the third of September in Moscow.
SWITCH = FIRST_BELL.replace(day=2, hour=21)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("change")
    return made


@pytest.fixture(scope="module")
def changing(folder: Path) -> Iterator[Town]:
    """A town whose settings name the next certificate and a folder of ESIA's."""
    outside = Outside(lambda: FIRST_BELL, secrets.token_bytes, nothing_answers)
    following = make_demo_certificate(folder / "next", outside)
    theirs = folder / "theirs"
    theirs.mkdir()
    # The stand's own are there as soon as it runs; some GOST certificate holds the place of that which comes with the archive.
    (theirs / "esia.cer").symlink_to(folder / "esia.cer")
    (theirs / "gost.cer").write_bytes(make_demo_certificate(folder / "nobody", outside).certificate_file.read_bytes())
    changes = {
        "BROKER_ESIA__NEXT_CERTIFICATE_FILE": str(following.certificate_file),
        "BROKER_ESIA__NEXT_PRIVATE_KEY_FILE": str(following.private_key_file),
        "BROKER_ESIA__NEXT_CERTIFICATE_FROM": "2026-09-03",
        "BROKER_ESIA__ESIA_CERTIFICATE_FILES": str(theirs),
        "BROKER_ESIA__ESIA_ARCHIVE_WORD": "TEST",
        "BROKER_ESIA__ALGORITHMS": f"RS256,{GOST}",
    }
    with town(folder, Clock(), changes) as built:
        yield built


def to_esia(at: Town, browser: Browser) -> str:
    """The signed request that the browser is sent to ESIA with."""
    page = at.sign_in(browser, LOGIN, at.relying_party().begin(region="29").url, until=at.esia)
    return page.headers["location"]


def signs_in(at: Town) -> str:
    """Signs in in a fresh browser; the hash of our certificate that the request named."""
    with Browser() as browser:
        request = to_esia(at, browser)
        page = at.sign_in(browser, LOGIN, request)
        assert page.headers.get("location", "").startswith(RP_HOST), page.text
    return parse_qs(urlsplit(request).query)["client_certificate_hash"][0]


def certificates(at: Town) -> str:
    return f"{at.esia}/api/systems/{MNEMONIC}/certificates"


def at_keys(at: Town, act: str) -> None:
    assert 200 == requests.post(f"{at.esia}/api/keys/{act}", timeout=30).status_code


def fetch_archive(at: Town, folder: Path) -> None:
    """What the operator does when the doctor says that ESIA publishes something new."""
    (folder / "theirs" / "esia.zip").write_bytes(requests.get(f"{at.esia}/public/esia.zip", timeout=30).content)
    at.clock.advance(timedelta(minutes=1))


def rehearsed(at: Town) -> list[str]:
    house = at.house
    with house.app.app_context():
        doctor = KeptDoctor(doctor_desk(house.settings, house.outside), house.database, house.shelf, house.journal)
        report = doctor.try_next(SYSTEM)
    return [one.code for one in report.findings]


def test_our_certificate_changes(changing: Town, folder: Path) -> None:
    present = signs_in(changing)
    # ESIA does not know the next one yet: the rehearsal says so in time, and nobody has noticed anything.
    assert ["certificate_fine", "signer_fine", "request_refused", "token_refused"] == rehearsed(changing)
    following = (folder / "next" / "esia-client.cer").read_bytes()
    sent = {"certificate": base64.b64encode(following).decode()}
    assert 201 == requests.post(certificates(changing), json=sent, timeout=30).status_code
    assert ["certificate_fine", "signer_fine", "request_to_login", "token_accepted"] == rehearsed(changing)
    with changing.house.app.app_context():
        told = [entry.fields for entry in changing.house.journal.tail(200) if entry.name == "upstream.rehearsed"]
    assert [(False, "007053"), (True, "007011")] == sorted((one["is_accepted"], one["answered"]) for one in told)

    changing.clock.at = SWITCH - timedelta(seconds=1)
    assert present == signs_in(changing)
    with Browser() as browser:
        # On the way at midnight: the request is signed with the old key, and the code is exchanged with the new one.
        request = to_esia(changing, browser)
        changing.clock.at = SWITCH
        assert changing.sign_in(browser, LOGIN, request).headers["location"].startswith(RP_HOST)
    now = signs_in(changing)
    assert present != now and {one["certificate"] for one in told} == {now}

    assert 200 == requests.delete(f"{certificates(changing)}/{present}", timeout=30).status_code
    assert now == signs_in(changing)


def test_esia_changes_its_own(changing: Town, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    at_keys(changing, "announce")
    fetch_archive(changing, folder)
    assert signs_in(changing)
    at_keys(changing, "switch")
    assert signs_in(changing)
    at_keys(changing, "retire")
    (folder / "theirs" / "esia.cer").unlink()
    changing.clock.advance(timedelta(minutes=1))
    assert signs_in(changing)

    # Nobody looked: ESIA signs with a certificate that we do not hold, and nobody gets in until it is there.
    at_keys(changing, "switch")
    with Browser() as browser, caplog.at_level(logging.WARNING):
        page = changing.sign_in(browser, LOGIN, changing.relying_party().begin(region="29").url)
    assert "Код причины: 2106" in page.text
    details = [getattr(record, "detail", "") for record in caplog.records]
    assert "id token: signed with a certificate that we do not hold" in details, details
    fetch_archive(changing, folder)
    assert signs_in(changing)


def test_esia_signs_with_gost(changing: Town, folder: Path) -> None:
    fetch_archive(changing, folder)
    assert 200 == requests.patch(f"{changing.esia}/api/systems/{MNEMONIC}", json={"alg": GOST}, timeout=30).status_code
    assert signs_in(changing)
