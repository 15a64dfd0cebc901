"""The connector against the whole mock: real signatures, real redirects, another implementation of every check."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from broker.connectors.esia.client import Esia, open_esia
from broker.connectors.esia.records.reading import DOCUMENTS
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.certificates import open_signers
from broker.connectors.esia.signing.gost_certificate import make_demo_certificate
from broker.connectors.esia.tokens.held import HeldCertificates
from broker.connectors.esia.tokens.token_check import TokenCheck
from broker.connectors.esia.wire.permissions import Permission
from broker.connectors.identity import Level
from broker.connectors.port import UpstreamFailed
from broker.foundation.outside import HttpResponse, Outside
from broker.mock_esia.app import create_mock_esia
from broker.mock_esia.settings import MockClient, MockSettings

BASE = "http://127.0.0.1:8001"
RETURN = "http://127.0.0.1:8000/login/return/esia"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


ORGANISATIONS = frozenset({"org_shortname", "org_inn"})


class Street:
    """The mock reached through its WSGI door, by our servers and by one browser."""

    def __init__(self, folder):
        self.now = NOW
        outside = Outside(now=lambda: self.now, random=os.urandom, send=self.send)
        made = make_demo_certificate(folder, outside)
        certificates = (made.certificate_file.read_bytes(),)
        client = MockClient("TESTIS01", certificates, ("http://127.0.0.1:8000/",), org_scopes=ORGANISATIONS)
        clients = (client, replace(client, mnemonic="TESTIS02", alg="GOST3410_2012_256"))
        settings = MockSettings(base_url=BASE, environment="test", clients=clients, var_dir=folder / "mock")
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
        self.outside = outside
        self.esia = open_esia(self.settings, outside)
        self.browser = self.app.test_client()

    def send(self, request):
        path = request.url.removeprefix(BASE)
        got = self.app.test_client().open(path, method=request.method, headers=dict(request.headers), data=request.body)
        return HttpResponse(got.status_code, {name.lower(): value for name, value in got.headers}, got.data)

    def esia_with(self, **changes):
        """The same system with other settings."""
        return open_esia(replace(self.settings, **changes), self.outside)

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


def sign_in(street, login, esia=None, **choices):
    leg = (esia or street.esia).begin(RETURN)
    return leg, street.walk(leg.url, login, **choices)


def identified(street, login, esia):
    leg, brought = sign_in(street, login, esia)
    return esia.complete(brought, leg, RETURN)


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


WAYS = {
    "v1": {"generation": "v1"},
    "v1 offline": {"generation": "v1", "access_type": "offline"},
    "PKCE by SHA-256": {"pkce": "S256"},
    "PKCE by Streebog": {"pkce": "GOST3411"},
    "confirmed only": {"person_filter": "conf_acc"},
    "all in one question": {"embed": "person"},
    "every element by itself": {"embed": "none"},
    "the middle token endpoint": {"token_path": "/aas/oauth2/v2/te"},
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_asking_ends_with_the_same_person(street, way):
    street.app.test_client().delete("/api/log")
    found = identified(street, "orlova", street.esia_with(**WAYS[way]))
    assert ("1000600101", "00200010724", "orlova@example.org") == (found.subject, found.snils, found.email)
    assert ("offline" in way) == (found.keepsake is not None)
    # The other side has nothing to remark, and says what it has checked.
    log = street.app.test_client().get("/api/log").json["requests"]
    told = [one for one in log if one["path"].startswith("/aas/")]
    assert ["", ""] == [one["code"] for one in told]
    assert all(["the signature is right"] == [words.partition(":")[0] for words in one["words"]] for one in told)


def test_scopes_of_organisations_are_signed_too(street):
    with pytest.raises(UpstreamFailed) as caught:
        identified(street, "orlova", street.esia_with(organisation_scopes=("org_shortname", "org_inn")))
    # The signature was accepted: she only works nowhere.
    assert "ESIA-007194" == caught.value.detail


def test_a_filter_of_esia_keeps_the_unconfirmed_out(street):
    esia = street.esia_with(person_filter="conf_acc")
    with pytest.raises(UpstreamFailed) as caught:
        identified(street, "guseva", esia)
    assert (2109, "ESIA-007055") == (caught.value.cause, caught.value.detail)


@pytest.mark.parametrize("way", [{}, {"embed": "person"}, {"embed": "none"}, {"generation": "v1"}])
def test_children_of_a_parent(street, way):
    scopes = ("openid", "fullname", "snils", "kid_fullname", "kid_birthdate", "kid_gender", "kid_snils")
    found = identified(street, "sokolov", street.esia_with(scopes=scopes, **way))
    assert ["Соколова", "Соколов"] == [child.surname for child in found.children]
    assert all(child.subject and child.snils and child.birth_date and child.sex in ("M", "F") for child in found.children)
    street.browser = street.app.test_client()
    assert () == identified(street, "orlova", street.esia_with(scopes=scopes, **way)).children


def test_only_the_granted_fields_of_a_child(street):
    [girl, _] = identified(street, "sokolov", street.esia_with(scopes=("openid", "fullname", "kid_fullname"))).children
    assert ("Соколова", None, None, None) == (girl.surname, girl.birth_date, girl.sex, girl.snils)


@pytest.mark.parametrize("way", [{}, {"refresh_string": "refresh_token"}, {"generation": "v1"}])
def test_esia_is_asked_again(street, way):
    esia = street.esia_with(access_type="offline", **way)
    first = identified(street, "orlova", esia)
    second = esia.look_again(first.keepsake)
    third = esia.look_again(second.keepsake)

    assert replace(first, keepsake=None) == replace(third, keepsake=None)
    assert 3 == len({first.keepsake, second.keepsake, third.keepsake})
    with pytest.raises(UpstreamFailed) as caught:
        esia.look_again(first.keepsake)
    assert (2107, "ESIA-007011") == (caught.value.cause, caught.value.detail)


class Remembering(TokenCheck):
    """Checks tokens as ever and keeps what it has proven, for a reader of records."""

    def require(self, id_token, access_token):
        self.proven = super().require(id_token, access_token)
        return self.proven


def records_of(street, login, **changes):
    settings = replace(street.settings, **changes)
    check = Remembering(settings, HeldCertificates(settings, street.outside.now).current, street.outside.now)
    esia = Esia(settings, open_signers(settings, street.outside).chosen, check, street.outside)
    identified(street, login, esia)
    return esia.records(check.proven)


@pytest.mark.parametrize("embed", ["elements", "person", "none"])
def test_the_records_of_a_person(street, embed):
    scopes = ("openid", "fullname", "id_doc", "addresses", "contacts", "kid_snils")
    records = records_of(street, "sokolov", embed=embed, scopes=scopes)

    person = records.person(DOCUMENTS)
    [passport] = records.documents()
    assert (person.document_id, "RF_PASSPORT", True) == (passport.id, passport.kind, passport.is_verified)
    assert passport.issued_on and passport.series and passport.number
    assert {"EML", "MBT"} == {contact.kind for contact in records.contacts()}
    assert () == records.addresses()
    assert [True, True] == [bool(child.snils) for child in records.children()]
    assert (None, None) == (person.snils, person.birth_date)


OF_V1 = tuple(f"http://esia.gosuslugi.ru/{scope}?org_oid={oid}"
              for oid in (1000800001, 1000800002) for scope in ("org_shortname", "org_inn"))


@pytest.mark.parametrize("way", [{"embed": "elements"}, {"embed": "person"}, {"embed": "none"}, {"generation": "v1"}])
def test_where_a_person_works(street, way):
    of_v1 = OF_V1 if "generation" in way else ()
    organisation_scopes = () if of_v1 else ("org_shortname", "org_inn")
    changes = {"scopes": ("openid", "fullname", "usr_org", *of_v1), "organisation_scopes": organisation_scopes}
    records = records_of(street, "chizhov", **changes, **way)

    assert ["Учебная школа № 1", "ООО «Учебник»"] == [one.short_name for one in records.organisations()]
    [school, publisher] = records.roles()
    assert ("AGENCY", "LEGAL", False, True) == (school.kind, publisher.kind, school.is_chief, school.is_active)
    whole = records.organisation(school.organisation_oid)
    assert ("Учебная школа № 1", "9900000018", None) == (whole.short_name, whole.inn, whole.full_name)


def test_an_organisation_where_somebody_works_no_more(street):
    changes = {"scopes": ("openid", "fullname"), "organisation_scopes": ("org_shortname",)}
    records = records_of(street, "strizhova", **changes)
    street.app.test_client().patch("/api/people/strizhova", json={"jobs": []})
    try:
        with pytest.raises(UpstreamFailed) as caught:
            records.organisation("1000800001")
    finally:
        street.app.test_client().post("/api/people/strizhova/restore")
    assert 2104 == caught.value.cause


def test_a_right_that_was_not_granted(street):
    with pytest.raises(UpstreamFailed) as caught:
        records_of(street, "sokolov", scopes=("openid", "fullname")).documents()
    assert 2104 == caught.value.cause


def test_our_system_acts_by_a_consent_and_never_without(street):
    mandates = street.esia.mandates()
    with pytest.raises(UpstreamFailed) as caught:
        mandates.system_token("prm_chg?oid=1000600101", RETURN)
    # The signature was accepted; what is missing is a consent of the Digital Profile.
    assert (2104, "ESIA-007019") == (caught.value.cause, caught.value.detail)

    consent = Permission("MOCK_SCHOOL", timedelta(days=30), ("USE_DATA",), ("MOCK_ENROLMENT",), ("fullname", "snils"))
    leg = mandates.begin([consent], RETURN)
    proven = mandates.complete(street.walk(leg.url, "orlova"), leg, RETURN)
    assert "1000600101" == proven.oid
    assert mandates.system_token("prm_chg?oid=1000600101", RETURN).access_token


def test_tokens_signed_with_gost(street, tmp_path):
    certificate = tmp_path / "esia-gost.cer"
    certificate.write_bytes(street.app.test_client().get("/public/esia-gost.cer").data)
    changes = {"algorithms": ("GOST3410_2012_256",), "esia_certificate_files": (str(certificate),), "client_id": "TESTIS02"}
    assert "1000600101" == identified(street, "orlova", street.esia_with(**changes)).subject
    with pytest.raises(UpstreamFailed) as caught:
        identified(street, "orlova", street.esia_with(**changes | {"client_id": "TESTIS01"}))
    assert 2106 == caught.value.cause


def test_signed_out_there(street):
    answer = street.browser.get(street.esia.logout_url("http://127.0.0.1:8000/bye").removeprefix(BASE))
    assert "http://127.0.0.1:8000/bye" == answer.headers["Location"]


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
