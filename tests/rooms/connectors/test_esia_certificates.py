"""Our next certificate takes over on its day, in the middle of whatever is under way."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from broker.connectors.esia.client import open_esia
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.certificates import CertificateInfo, own_certificates
from broker.connectors.esia.signing.gost_certificate import make_demo_certificate
from broker.connectors.esia.tokens.held import certificates_of_esia
from broker.console import certificate_actions
from broker.console.refused import Refused
from broker.foundation.outside import Outside
from tests.rooms.connectors.test_esia_against_mock import NOW, RETURN, Street

# Midnight of the second of December in Moscow.
SWITCH = datetime(2026, 12, 1, 21, 0, tzinfo=UTC)
DAY = "2026-12-02"


@pytest.fixture
def street(tmp_path: Path) -> Street:
    return Street(tmp_path)


def with_next(street: Street, tmp_path: Path, at: datetime = NOW, day: str = DAY) -> EsiaSettings:
    made = make_demo_certificate(tmp_path / "next", Outside(lambda: at, os.urandom, street.send))
    files = {"next_certificate_file": str(made.certificate_file), "next_private_key_file": str(made.private_key_file)}
    return replace(street.settings, next_certificate_from=day, **files)


def hash_used(settings: EsiaSettings, street: Street, now: datetime) -> str:
    esia = open_esia(settings, Outside(lambda: now, os.urandom, street.send))
    return parse_qs(urlsplit(esia.begin(RETURN).url).query)["client_certificate_hash"][0]


def test_each_is_used_in_its_time(street: Street, tmp_path: Path) -> None:
    settings = with_next(street, tmp_path)
    present, following = own_certificates(settings)

    assert ["present", "next"] == [present.name, following.name]
    assert present.fingerprint == hash_used(settings, street, SWITCH - timedelta(seconds=1))
    assert following.fingerprint == hash_used(settings, street, SWITCH)
    assert present.fingerprint == hash_used(street.settings, street, SWITCH)
    assert (None, SWITCH, SWITCH, None) == (present.used_from, present.used_until, following.used_from, following.used_until)
    assert timedelta(days=3650 + 1) == present.ends_at - present.since


@pytest.mark.parametrize(
    ("made_at", "day", "sentence"),
    [
        # It is not valid yet on that day.
        (NOW, "2026-11-01", "within the life of the certificate in esia.next_certificate_file"),
        # The present one has ended by then.
        (NOW + timedelta(days=3000), "2036-12-02", "must not be after the end of the certificate in esia.certificate_file"),
    ],
)
def test_a_gap_stops_the_start(street: Street, tmp_path: Path, made_at: datetime, day: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        open_esia(with_next(street, tmp_path, made_at, day), Outside(lambda: NOW, os.urandom, street.send))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"next_certificate_file": "a"}, "belong together"),
        ({"next_certificate_from": "2027-02-01"}, "belong together"),
        (
            {"next_certificate_file": "a", "next_private_key_file": "b", "next_certificate_from": "soon"},
            "must be a day such as 2027-02-01",
        ),
    ],
)
def test_half_a_pair_is_refused(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        EsiaSettings(**given)


def test_what_staff_are_shown(street: Street, tmp_path: Path) -> None:
    settings = with_next(street, tmp_path)

    before, after = (certificate_actions.certificates(settings, now) for now in (NOW, SWITCH))

    assert [(True, True), (False, True)] == [(one["is_used"], one["is_valid"]) for one in before["ours"]]
    assert [False, True] == [one["is_used"] for one in after["ours"]]
    (theirs,) = certificates_of_esia(settings)
    assert isinstance(theirs, CertificateInfo) and theirs.since < theirs.ends_at
    assert ["esia.cer"] == [one["name"] for one in before["esia"]]
    with pytest.raises(Refused, match="cannot be read"):
        certificate_actions.certificates(replace(settings, certificate_file="/nowhere"), NOW)
    with pytest.raises(Refused, match="is missing"):
        certificate_actions.certificates(EsiaSettings(), NOW)
