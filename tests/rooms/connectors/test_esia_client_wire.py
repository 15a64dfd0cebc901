"""What a request says, byte for byte: tables of both generations, and one worked example."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

import pytest
from esia_stand import RecordingSigner
from hypothesis import given
from hypothesis import strategies as st

from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.wire.permissions import Permission, encoded
from broker.connectors.esia.wire.proof_key import challenge_of
from broker.connectors.esia.wire.requests import Asking, authorization_url, leaving_url, timestamp_of, token_request
from broker.connectors.esia.wire.signed_text import Kind, order_of, text_to_sign
from broker.foundation.encoding import b64url

# Noon in Moscow of the worked example; our requests say it in UTC.
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
EXAMPLE = {
    "client_id": "TESTIS01",
    "scope": "openid fullname",
    "scope_org": "org_inn org_ogrn",
    "timestamp": "2026.11.21 12:00:00 +0300",
    "state": "0f9439ef-3581-4de5-9b8c-d20135960331",
    "redirect_uri": "https://rp.example/cb",
    "code": "c.o.de",
    "refresh_token": "5d6c",
}
V1_TEXT = "openid fullname2026.11.21 12:00:00 +0300TESTIS010f9439ef-3581-4de5-9b8c-d20135960331"
V2_TEXT = "TESTIS01openid fullname2026.11.21 12:00:00 +03000f9439ef-3581-4de5-9b8c-d20135960331https://rp.example/cb"
V2_ORG_TEXT = V2_TEXT.replace("fullname", "fullnameorg_inn org_ogrn", 1)
BY_TOKEN_TEXT = "TESTIS01openid fullname2026.11.21 12:00:00 +03000f9439ef-3581-4de5-9b8c-d201359603315d6c"

SIGNED = [
    *(("v1", kind, "redirect_uri", V1_TEXT) for kind in Kind),
    ("v1", Kind.REFRESH, "refresh_token", V1_TEXT),
    ("v2", Kind.AUTHORIZATION, "redirect_uri", V2_TEXT),
    ("v2", Kind.AUTHORIZATION, "refresh_token", V2_TEXT),
    ("v2", Kind.CODE, "redirect_uri", V2_TEXT + "c.o.de"),
    ("v2", Kind.REFRESH, "redirect_uri", V2_TEXT),
    ("v2", Kind.REFRESH, "refresh_token", BY_TOKEN_TEXT),
    ("v2", Kind.SYSTEM, "redirect_uri", V2_TEXT),
    ("v2", Kind.SYSTEM, "refresh_token", V2_TEXT),
]


@pytest.mark.parametrize(("generation", "kind", "refresh_string", "text"), SIGNED)
def test_what_is_signed(generation, kind, refresh_string, text):
    order = order_of(generation, kind, refresh_string)
    assert text.encode() == text_to_sign(order, {name: value for name, value in EXAMPLE.items() if name != "scope_org"})


def test_scopes_of_organisations_stand_after_those_of_the_person():
    assert V2_ORG_TEXT.encode() == text_to_sign(order_of("v2", Kind.AUTHORIZATION), EXAMPLE)


@given(st.dictionaries(st.sampled_from(sorted(EXAMPLE)), st.text(max_size=20).filter(lambda text: text.isprintable())))
def test_nothing_is_put_between_the_values_and_their_order_is_ours(values):
    order = order_of("v2", Kind.CODE)
    assert "".join(values.get(name, "") for name in order).encode() == text_to_sign(order, values)
    assert 0 == len(text_to_sign(order, {}))


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=3)), timezone(-timedelta(hours=11))])
def test_the_time_is_said_in_utc(zone):
    assert "2026.11.21 09:00:00 +0000" == timestamp_of(AT.astimezone(zone))


def asking(kind, **own):
    scopes = {"scope": own.pop("scope", "openid fullname"), "scope_org": own.pop("scope_org", "")}
    return Asking(kind, EXAMPLE["state"], AT, EXAMPLE["redirect_uri"], own=own, **scopes)


# Every parameter and its value; a bare word stands for what the signer made.
SHARED = {"client_id": "TESTIS01", "client_secret": "*", "scope": "openid fullname", "state": EXAMPLE["state"]}
SHARED |= {"timestamp": "2026.11.21 09:00:00 +0000", "redirect_uri": "https://rp.example/cb"}
HASH = {"client_certificate_hash": "AB" * 32}
LEAVING = SHARED | {"response_type": "code", "access_type": "online"}
TOKENS = SHARED | {"token_type": "Bearer"}
BY_CODE = {"grant_type": "authorization_code", "code": "c"}
BY_REFRESH = {"grant_type": "refresh_token", "refresh_token": "r"}
AC = {
    "v1": ({"generation": "v1"}, {}, LEAVING),
    "v1 offline": ({"generation": "v1", "access_type": "offline"}, {}, LEAVING | {"access_type": "offline"}),
    "v2": ({}, {}, LEAVING | HASH),
    "v2 offline": ({"access_type": "offline"}, {}, LEAVING | HASH | {"access_type": "offline"}),
    "confirmed only": ({"person_filter": "conf_acc"}, {}, LEAVING | HASH | {"person_filter": "Y29uZl9hY2M="}),
    "organisations": ({}, {"scope_org": "org_inn"}, LEAVING | HASH | {"scope_org": "org_inn"}),
    "v1 has no organisations": ({"generation": "v1"}, {"scope_org": "org_inn"}, LEAVING),
    "of its own": ({}, {"code_challenge": "x", "permissions": "W"}, LEAVING | HASH | {"code_challenge": "x", "permissions": "W"}),
}
TE = {
    "v1 code": ({"generation": "v1"}, asking(Kind.CODE, code="c"), TOKENS | BY_CODE),
    "v1 refresh": ({"generation": "v1"}, asking(Kind.REFRESH, refresh_token="r"), TOKENS | BY_REFRESH),
    "v1 has one form of refresh": (
        {"generation": "v1", "refresh_string": "refresh_token"}, asking(Kind.REFRESH, refresh_token="r"), TOKENS | BY_REFRESH,
    ),
    "v2 code": ({}, asking(Kind.CODE, code="c", code_verifier="v"), TOKENS | HASH | BY_CODE | {"code_verifier": "v"}),
    "v2 refresh": ({}, asking(Kind.REFRESH, refresh_token="r"), TOKENS | HASH | BY_REFRESH),
    "v2 refresh of organisations": (
        {}, asking(Kind.REFRESH, refresh_token="r", scope_org="org_inn"), TOKENS | HASH | BY_REFRESH | {"scope_org": "org_inn"},
    ),
    "v2 refresh by token": (
        {"refresh_string": "refresh_token"},
        asking(Kind.REFRESH, refresh_token="r", scope_org="org_inn"),
        {name: value for name, value in (SHARED | BY_REFRESH).items() if name != "redirect_uri"},
    ),
    "v2 of our system": (
        {}, asking(Kind.SYSTEM, scope="prm_chg?oid=7"),
        TOKENS | HASH | {"grant_type": "client_credentials", "scope": "prm_chg?oid=7"},
    ),
}  # fmt: skip


def sent(pairs, generation):
    """The parameters of a request, each once; the secret is looked at and blanked."""
    found = dict(pairs)
    assert len(found) == len(pairs)
    assert b64url(b"\x30" * 701 if generation == "v1" else b"\x01" * 64) == found["client_secret"]
    return found | {"client_secret": "*"}


@pytest.mark.parametrize("what", AC)
def test_parameters_of_leaving(what):
    changes, own, expected = AC[what]
    settings, signer = EsiaSettings(client_id="TESTIS01", **changes), RecordingSigner()
    url = authorization_url(settings, asking(Kind.AUTHORIZATION, **own), signer)

    place = "/aas/oauth2/ac" if settings.generation == "v1" else "/aas/oauth2/v2/ac"
    assert f"https://esia.gosuslugi.ru{place}" == url.partition("?")[0]
    assert expected == sent(parse_qsl(urlsplit(url).query, strict_parsing=True), settings.generation)
    # A bare + would be a space at ESIA; the address is encoded once.
    assert "timestamp=2026.11.21+09%3A00%3A00+%2B0000" in url and "redirect_uri=https%3A%2F%2Frp.example%2Fcb" in url


@pytest.mark.parametrize("what", TE)
def test_parameters_of_a_token_request(what):
    changes, asked, expected = TE[what]
    settings, signer = EsiaSettings(client_id="TESTIS01", **changes), RecordingSigner()
    request = token_request(settings, asked, signer)

    place = "/aas/oauth2/te" if settings.generation == "v1" else "/aas/oauth2/v3/te"
    assert ("POST", f"https://esia.gosuslugi.ru{place}") == (request.method, request.url)
    assert "application/x-www-form-urlencoded" == request.headers["Content-Type"]
    form = sent(parse_qsl(request.body.decode(), strict_parsing=True), settings.generation)
    assert expected == form
    order = order_of(settings.generation, asked.kind, settings.refresh_string)
    assert ["".join(form.get(name, "") for name in order)] == signer.asked


def test_paths_of_an_operator_win():
    settings = EsiaSettings(client_id="TESTIS01", token_path="/aas/oauth2/v2/te", authorization_path="/ac")
    assert "https://esia.gosuslugi.ru/aas/oauth2/v2/te" == token_request(settings, asking(Kind.CODE), RecordingSigner()).url
    assert "https://esia.gosuslugi.ru/ac" == settings.authorization_url


def test_leaving_esia():
    url = leaving_url(EsiaSettings(client_id="TESTIS01"), "https://broker.example/bye")
    query = "client_id=TESTIS01&redirect_url=https%3A%2F%2Fbroker.example%2Fbye"
    assert f"https://esia.gosuslugi.ru/idp/ext/Logout?{query}" == url


# RFC 7636 appendix B; the second digest is Streebog-256 of the same verifier, by OpenSSL's gost engine.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGES = {
    "": {},
    "S256": {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"},
    "GOST3411": {"code_challenge": "IMEN9A0Ef9qC85AnKfSXVS_p5e0u3Hs8fwSam2yB0sk", "code_challenge_method": "GOST3411"},
}


@pytest.mark.parametrize("method", CHALLENGES)
def test_proof_keys(method):
    assert CHALLENGES[method] == challenge_of(method, VERIFIER)


CONSENT = Permission(
    "CREDIT_PROCESS", timedelta(minutes=262800), ("ALL_ACTIONS_TO_DATA",), ("CREDIT",), ("fullname", "inn"), "Школа № 1"
)
CONSENT_WIRE = {
    "sysname": "CREDIT_PROCESS",
    "expire": 262800,
    "actions": [{"sysname": "ALL_ACTIONS_TO_DATA"}],
    "purposes": [{"sysname": "CREDIT"}],
    "scopes": [{"sysname": "fullname"}, {"sysname": "inn"}],
    "responsibleObject": "Школа № 1",
}


def test_a_consent_is_unpadded_base64url_of_json():
    text = encoded([CONSENT])
    assert "=" not in text
    assert [CONSENT_WIRE] == json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def test_a_consent_without_scopes_and_of_ours_says_so_by_silence():
    text = encoded([replace(CONSENT, scopes=(), responsible="")])
    [wire] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert not {"scopes", "responsibleObject"} & set(wire)


NO_CONSENTS = [{"kind": ""}, {"actions": ()}, {"purposes": ()}, {"lasts": timedelta(0)}, {"lasts": timedelta(seconds=61)}]


@pytest.mark.parametrize("wrong", NO_CONSENTS)
def test_what_is_no_consent(wrong):
    with pytest.raises(ValueError, match=r"^a consent "):
        replace(CONSENT, **wrong)


ONLY_V2 = {"organisation_scopes": ("org_inn",), "person_filter": "conf_acc", "pkce": "S256"}


@pytest.mark.parametrize("name", ONLY_V2)
def test_what_the_first_generation_does_not_know_stops_the_start(name):
    assert EsiaSettings(**{name: ONLY_V2[name]})
    with pytest.raises(ValueError, match=rf"^esia\.{name} must be empty with esia.generation v1"):
        EsiaSettings(generation="v1", **{name: ONLY_V2[name]})
