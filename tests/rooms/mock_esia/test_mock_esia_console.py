"""Systems, certificates and keys on a running stand, by JSON and by page."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from broker.mock_esia.app import create_mock_esia
from broker.mock_esia.faults.board import MOST_ARMED, Fault, FaultBoard
from broker.mock_esia.gost import registered, signature_fits
from broker.mock_esia.journal.journal import Entry, Journal
from broker.mock_esia.oauth.registry import MOST_SYSTEMS, Registry, read_client
from broker.mock_esia.settings import MockClient
from broker.mock_esia.tokens import ring
from broker.mock_esia.tokens.gost_certificate import self_signed
from broker.mock_esia.tokens.key import GOST, RS256
from tests.rooms.mock_esia.mock_esia_driver import (
    CERTIFICATE,
    CERTIFICATE_HASH,
    CLIENT,
    FIXTURES,
    NOON,
    TE_ORDER,
    Party,
    claims_of,
    header_of,
    query_of,
    signed,
    stamp,
)

PEM = (FIXTURES / "client_certificate.pem").read_text("ascii")
SECOND = self_signed(b"\x0b" * 32, "Second", datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC))
NEW = {"mnemonic": "NEWCOMER", "certificates": [PEM], "redirect_uris": ["https://new.example/"]}


def octets(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_a_system_lives_by_json(party):
    web = party.browser
    made = web.post("/api/systems", json=NEW)
    assert (201, "RS256", True) == (made.status_code, made.get_json()["alg"], made.get_json()["v1"])
    assert CERTIFICATE_HASH == made.get_json()["certificates"][0]["hash"]
    assert 409 == web.post("/api/systems", json=NEW).status_code

    changed = web.patch("/api/systems/NEWCOMER", json={"scopes": ["openid"], "alg": GOST, "active": False}).get_json()
    assert (["openid"], GOST, False) == (changed["scopes"], changed["alg"], changed["active"])
    added = web.post("/api/systems/NEWCOMER/certificates", json={"certificate": base64.b64encode(SECOND).decode()})
    second = added.get_json()["certificates"][1]["hash"]
    assert [CERTIFICATE_HASH] == [
        one["hash"] for one in web.delete(f"/api/systems/NEWCOMER/certificates/{second}").get_json()["certificates"]
    ]
    assert 400 == web.delete(f"/api/systems/NEWCOMER/certificates/{CERTIFICATE_HASH}").status_code
    assert {CLIENT, "OTHER_SYSTEM", "NEWCOMER"} == {one["mnemonic"] for one in web.get("/api/systems").get_json()["systems"]}

    assert 204 == web.delete("/api/systems/NEWCOMER").status_code
    assert 404 == web.get("/api/systems/NEWCOMER").status_code


def test_what_is_said_is_what_is_read(party):
    told = party.browser.get(f"/api/systems/{CLIENT}").get_json()
    same = {name: value for name, value in told.items() if name != "certificates"}

    assert told == party.browser.patch(f"/api/systems/{CLIENT}", json=same).get_json()


@pytest.mark.parametrize("change", [
    {"mnemonic": "two words"}, {"mnemonic": 5}, {"certificates": ["nonsense"]}, {"certificates": []}, {"alg": "none"},
    {"redirect_uris": ["javascript:x"]}, {"redirect_uris": "https://new.example/"}, {"scopes": ["magic"]}, {"v1": "yes"},
    {"unknown": 1}, {"strictness": {"unknown": True}}, {"strictness": {"timestamp_window_seconds": 0}},
    {"certificates": ["-----BEGIN CERTIFICATE-----\n"]}, {"redirect_uris": ["new.example"] * 300},
])
def test_a_system_that_cannot_work_is_refused_in_one_sentence(party, change):
    answer = party.browser.post("/api/systems", json=NEW | change)

    assert 400 == answer.status_code
    assert answer.get_json()["error"]
    assert "NEWCOMER" not in party.browser.get("/api/systems").text


def test_a_second_certificate_works_at_once_and_the_first_no_longer(party):
    party.browser.post(f"/api/systems/{CLIENT}/certificates", json={"certificate": base64.b64encode(SECOND).decode()})
    party.browser.delete(f"/api/systems/{CLIENT}/certificates/{CERTIFICATE_HASH}")

    refused = query_of(party.authorize(signed(party.ask())).headers["Location"])

    assert "ESIA-007053" == refused["error_description"][:11]
    # The other system of this stand has the same certificate still.
    assert "registered for another system" in party.told()["words"][0]


def test_a_system_may_have_a_window_of_time_and_states_of_its_own(party, clock):
    late = {"timestamp": stamp(clock() - timedelta(seconds=61)), "state": "any words"}
    assert "error" in query_of(party.authorize(signed(party.ask(**late))).headers["Location"])

    party.browser.patch(f"/api/systems/{CLIENT}", json={"strictness": {"any_state": True}})
    assert "/login" in party.authorize(signed(party.ask(**late))).headers["Location"]
    party.browser.patch(f"/api/systems/{CLIENT}", json={"strictness": {"timestamp_window_seconds": 60}})
    assert "ESIA-007015" in query_of(party.authorize(signed(party.ask(**late))).headers["Location"])["error_description"]


def test_a_refresh_without_a_hash_needs_a_certificate_that_is_valid_now(party, clock):
    clock.move(timedelta(days=20 * 366))
    fields = party.exchange_fields("") | {"grant_type": "refresh_token", "refresh_token": "any", "client_certificate_hash": ""}

    assert "ESIA-007053" == party.token(signed(fields)).get_json()["error_description"][:11]
    assert ["the system has no certificate that is valid now"] == party.told()["words"]


def test_a_stand_of_another_issuer_does_not_take_our_tokens(party, module_settings, clock):
    """It has the same keys, for they lie in the same directory."""
    token = exchanged(party)["access_token"]
    other = Party(create_mock_esia(replace(module_settings, issuer="http://other.example/"), clock), clock)

    assert (200, 401) == tuple(one.read("/rs/prns/1000600101", token).status_code for one in (party, other))


def test_nothing_grows_without_bound(monkeypatch):
    """Systems, armed faults, the journal, old keys."""
    own = MockClient("X", (CERTIFICATE,), ("rp.example",))
    known = read_client(own)
    full = Registry({str(number): known for number in range(MOST_SYSTEMS)})
    with pytest.raises(ValueError, match="are registered already"):
        full.put(own)
    board = FaultBoard()
    for _ in range(MOST_ARMED):
        board.arm(Fault("te", "html"), 1)
    with pytest.raises(ValueError, match="armed already"):
        board.arm(Fault("te", "html"), 1)
    journal = Journal()
    for number in range(600):
        journal.write(Entry(NOON, "GET", str(number), "", 200, "", "", (), {}))
    assert (500, "599") == (len(journal.entries()), journal.entries()[0].path)
    monkeypatch.setattr(ring, "NEW_KEYS", dict.fromkeys((RS256, GOST), lambda *_: RS256))
    keys = ring.KeyRing({RS256: RS256, GOST: GOST}, lambda: NOON)
    for _ in range(20):
        keys.switch()
    assert 2 + 8 == len(keys.published())


def test_a_switched_off_system_is_008010(party):
    party.browser.patch(f"/api/systems/{CLIENT}", json={"active": False})

    assert "ESIA-008010" == query_of(party.authorize(signed(party.ask())).headers["Location"])["error_description"][:11]


def test_a_system_that_goes_during_a_sign_in_takes_the_sign_in_along(party):
    key = query_of(party.authorize(signed(party.ask())).headers["Location"])["request"]
    party.browser.delete(f"/api/systems/{CLIENT}")

    assert 410 == party.browser.post("/login", data={"request": key, "login": "orlova", "password": "demo"}).status_code


@pytest.mark.parametrize("address, known, allowed", [
    ("https://new.example:8443/any/path?x=1", "new.example", True),
    ("https://new.example.evil/", "new.example", False),
    ("https://evil@new.example/", "new.example", False),
    ("ftp://new.example/", "new.example", False),
    ("http://[broken", "new.example", False),
    ("https://new.example/a", "https://new.example/", True),
    ("https://new.example/a", "https://new.example/b", False),
])
def test_a_domain_or_an_address(party, address, known, allowed):
    party.browser.patch(f"/api/systems/{CLIENT}", json={"redirect_uris": [known]})

    assert allowed is (302 == party.authorize(signed(party.ask(redirect_uri=address))).status_code)


def test_the_pages_do_the_same(party):
    web = party.browser
    form = {"mnemonic": "NEWCOMER", "certificate": PEM, "redirect_uris": "https://new.example/\nnew.example", "alg": GOST}
    assert "/console/tech/NEWCOMER" == web.post("/console/tech", data=form).headers["Location"]
    assert 400 == web.post("/console/tech", data=form).status_code
    assert CERTIFICATE_HASH in web.get("/console/tech/NEWCOMER").text

    saved = {"redirect_uris": "new.example", "alg": "RS256", "active": "on", "scopes": ["openid", "snils"], "any_state": "on",
             "timestamp_window_seconds": "60"}
    web.post("/console/tech/NEWCOMER", data=saved)
    now = web.get("/api/systems/NEWCOMER").get_json()
    assert (["openid", "snils"], False, True) == (now["scopes"], now["v1"], now["active"])
    assert (True, 60) == (now["strictness"]["any_state"], now["strictness"]["timestamp_window_seconds"])
    web.post("/console/tech/NEWCOMER/certificates", data={"certificate": base64.b64encode(SECOND).decode()})
    web.post(f"/console/tech/NEWCOMER/certificates/{CERTIFICATE_HASH}/remove")
    assert [registered(SECOND).hash] == [one["hash"] for one in web.get("/api/systems/NEWCOMER").get_json()["certificates"]]
    web.post("/console/tech/NEWCOMER/remove")
    assert 404 == web.get("/console/tech/NEWCOMER").status_code

    web.post("/console/faults", data={"fault": "te html", "times": "2", "seconds": "1", "client": CLIENT})
    assert [{"client": CLIENT, "endpoint": "te", "fault": "html", "times": 2}] == web.get("/faults").get_json()["faults"]
    assert "te html" in web.get("/console/faults").text
    web.post("/console/faults/clear")
    assert [] == web.get("/faults").get_json()["faults"]
    assert "Registered systems" in web.get("/console/tech").text


@pytest.mark.parametrize("method, path", [
    ("post", "/api/keys/switch"), ("post", "/faults"), ("delete", "/api/log"), ("post", "/console/faults/clear"),
])
def test_another_sites_page_changes_nothing(party, method, path):
    for site in ("cross-site", "same-site"):
        assert 403 == getattr(party.browser, method)(path, headers={"Sec-Fetch-Site": site}).status_code
    assert 403 != getattr(party.browser, method)(path, headers={"Sec-Fetch-Site": "same-origin"}).status_code


def exchanged(party) -> dict:
    return party.token(signed(party.exchange_fields(party.sign_in("orlova")["code"]), TE_ORDER)).get_json()


def gost_token_fits(token: str, der: bytes) -> bool:
    message, _, ending = token.rpartition(".")
    return signature_fits(registered(der).point, message.encode(), octets(ending))


def test_tokens_signed_with_gost(party):
    party.browser.patch(f"/api/systems/{CLIENT}", json={"alg": GOST})
    tokens, der = exchanged(party), party.browser.get("/public/esia-gost.cer").data

    for name in ("id_token", "access_token"):
        assert (GOST, registered(der).hash) == (header_of(tokens[name])["alg"], header_of(tokens[name])["x5t#St256"])
        assert gost_token_fits(tokens[name], der)
        assert not gost_token_fits(tokens[name].replace("ey", "fy", 1), der)
    assert 200 == party.read("/rs/prns/1000600101", tokens["access_token"]).status_code


def test_tokens_as_before_2021(party):
    party.browser.patch(f"/api/systems/{CLIENT}", json={"legacy_tokens": True})

    told = exchanged(party)["id_token"]

    assert "x5t#St256" not in header_of(told)
    assert (64, 13) == (len(claims_of(told)["urn:esia:sid"]), len(str(claims_of(told)["auth_time"])))
    assert "002-000-107 24" == claims_of(told)["urn:esia:sbj"]["urn:esia:sbj:nam"]


def archive(party) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(party.browser.get("/public/esia.zip").data)) as found:
        return {name: found.read(name) for name in found.namelist()}


def test_the_archive_has_certificates_and_a_jwk(party):
    files = archive(party)
    assert {".cer", ".jwk"} == {name[-4:] for name in files}
    assert 3 == len(files)
    rsa = next(name for name in files if name.startswith("RSA_TEST_") and name.endswith(".cer"))
    key = json.loads(files[rsa.removesuffix(".cer") + "_JWK.jwk"])
    numbers = x509.load_der_x509_certificate(files[rsa]).public_key().public_numbers()
    assert numbers.n == int.from_bytes(octets(key["n"]), "big")
    assert registered(next(body for name, body in files.items() if name.startswith("ГОСТ_TEST_")))


def states(party) -> list[str]:
    return sorted(key["state"] for key in party.browser.get("/api/keys").get_json()["keys"])


def test_the_yearly_change_of_keys(party):
    before = party.browser.get("/public/esia.cer").data
    old = exchanged(party)
    assert 3 == len(archive(party))

    party.browser.post("/api/keys/announce")
    assert 6 == len(archive(party))
    assert header_of(old["id_token"])["x5t#St256"] == header_of(exchanged(party)["id_token"])["x5t#St256"]
    assert ["current", "current", "next", "next"] == states(party)

    party.browser.post("/api/keys/switch")
    fresh = exchanged(party)
    assert header_of(old["id_token"])["x5t#St256"] != header_of(fresh["id_token"])["x5t#St256"]
    assert before != party.browser.get("/public/esia.cer").data
    assert before in archive(party).values()
    assert 200 == party.read("/rs/prns/1000600101", old["access_token"]).status_code

    party.browser.post("/console/keys", data={"act": "retire"})
    assert before not in archive(party).values()
    assert ["current", "current"] == states(party)
    assert 401 == party.read("/rs/prns/1000600101", old["access_token"]).status_code
    assert 200 == party.read("/rs/prns/1000600101", fresh["access_token"]).status_code
    assert "current" in party.browser.get("/console/keys").text
    assert 404 == party.browser.post("/api/keys/forget").status_code
