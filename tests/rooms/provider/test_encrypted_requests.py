"""Request objects that are signed, then encrypted to us (RFC 9101 6.1): an envelope hides what is inside and proves nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, RSAKey
from werkzeug.test import TestResponse

from broker.audit.event import Actor
from broker.foundation.fetch import FetchedDocument
from broker.foundation.jwe import CannotDecrypt
from broker.provider.discovery import Offer, discovery_of
from broker.provider.documents import ENDPOINTS
from broker.tokens.decryption_keys import DecryptionKeys
from keys.opening.opener import OVERLAP
from tests.rooms.provider.signing import STRANGER, claims_of, signed, signer
from tests.rooms.provider.stand import ISSUER, Browser, RelyingParty, Stand, answer_of, build
from tests.support.clock import Clock

PLACE = "https://signer.example.ru/object"
LYING: list[bytes] = []


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    patch = pytest.MonkeyPatch()
    patch.setattr("broker.foundation.fetch.Fetcher.fetch", lambda *_: FetchedDocument(200, {}, LYING[-1]))
    made = build(tmp_path_factory.mktemp("encrypted"), Clock())
    yield made
    made.rooms.database.close()
    patch.undo()


@pytest.fixture(scope="module")
def keys(stand: Stand) -> DecryptionKeys:
    rooms = stand.rooms
    made = DecryptionKeys(rooms.vault.opener, rooms.database, rooms.journal, rooms.token_settings.decryption_key_life)
    with stand.app.app_context():
        made.keep()
    return made


@pytest.fixture(scope="module")
def party(stand: Stand, keys: DecryptionKeys) -> RelyingParty:
    return signer(stand, request_uris=(PLACE,), request_object_encryption_alg="ECDH-ES", request_object_encryption_enc="A256GCM")


@pytest.fixture
def browser(stand: Stand) -> Browser:
    made = stand.browser()
    made.sign_in()
    return made


def to_us(browser: Browser, kind: str = "EC") -> dict[str, Any]:
    """The key that a client finds in our key set: by `use`, as RFC 7517 4.2 says."""
    return next(jwk for jwk in browser.get("/jwks").json["keys"] if jwk["use"] == "enc" and jwk["kty"] == kind)


def sealed(content: str, jwk: dict[str, Any], alg: str = "ECDH-ES", enc: str = "A256GCM", **header: Any) -> str:
    """As RFC 7519 5.2 says. A client with a library that is none of ours is tests/relying_parties/fapi.mjs."""
    key: Any = RSAKey.import_key(jwk) if jwk["kty"] == "RSA" else ECKey.import_key(jwk)
    named = {"alg": alg, "enc": enc, "kid": jwk["kid"], "cty": "JWT"} | header
    return jwe.encrypt_compact(named, content.encode(), key, algorithms=[alg, enc])


def bring(browser: Browser, **fields: str) -> TestResponse:
    around = {"client_id": "signer", "redirect_uri": "https://signer.example.ru/cb", "state": "around"}
    return browser.get("/authorize?" + urlencode(around | fields))


def test_by_value_by_reference_and_pushed(browser: Browser, party: RelyingParty) -> None:
    rsa, ec = to_us(browser, "RSA"), to_us(browser)
    value = sealed(signed(party, state="inside", jti="1"), rsa, "RSA-OAEP-256", "A128CBC-HS256")
    answer = answer_of(bring(browser, request=value))
    assert ("inside", ISSUER) == (answer["state"], answer["iss"]) and "id_token" in party.redeem(answer["code"]).json

    LYING.append(sealed(signed(party, jti=None, state="lies"), ec).encode())
    assert "lies" == answer_of(bring(browser, request_uri=PLACE))["state"]

    pushed = party.post("/par", {"client_id": "signer", "request": sealed(signed(party, jti="3"), ec)})
    assert 201 == pushed.status_code
    assert "code" in answer_of(bring(browser, request_uri=pushed.json["request_uri"]))


def test_an_envelope_proves_nothing(browser: Browser, party: RelyingParty) -> None:
    """Everybody has our key; what is inside must be signed by the client, and be a request object."""
    jwk, genuine = to_us(browser), signed(party, jti="4")
    cut = sealed(genuine, jwk).split(".")
    wrong = {
        "bare claims": sealed(json.dumps(claims_of(party)), jwk),
        "unsigned": sealed(f"eyJhbGciOiJub25lIn0.{genuine.split('.')[1]}.", jwk),
        "by a stranger": sealed(signed(party, key=STRANGER), jwk),
        "of another client": sealed(signed(party, client_id="diary", iss="diary"), jwk),
        "of another type": sealed(signed(party, {"typ": "dpop+jwt"}), jwk),
        "an envelope inside": sealed(sealed(genuine, jwk), jwk),
        "to nobody's key": sealed(genuine, ECKey.generate_key("P-256").as_dict(private=False) | {"kid": jwk["kid"]}),
        "changed": ".".join((*cut[:3], "A" * len(cut[3]), cut[4])),
        "empty": sealed("", jwk),
    }
    for name, text in wrong.items():
        found = answer_of(bring(browser, request=text))
        told = (found["error"], found["state"], found["error_description"])
        assert ("invalid_request_object", "around", "the request object cannot be used") == told, name


def test_it_is_used_once_in_whatever_envelope(browser: Browser, party: RelyingParty) -> None:
    jwk, once = to_us(browser), signed(party, jti="5")

    assert "code" in answer_of(bring(browser, request=sealed(once, jwk)))
    assert [410, 410] == [bring(browser, request=text).status_code for text in (sealed(once, jwk), once)]


def test_a_client_may_use_another_algorithm_than_it_has_registered_or_none(browser: Browser, party: RelyingParty) -> None:
    """OpenID Connect Registration 2."""
    other = sealed(signed(party, jti="6"), to_us(browser), "ECDH-ES+A128KW", "A128GCM")

    assert ["code", "code"] == [next(iter(answer_of(bring(browser, request=text)))) for text in (other, signed(party, jti="7"))]


def test_keys_are_renewed_with_an_overlap_each_time_with_its_event(
    stand: Stand, keys: DecryptionKeys, browser: Browser, party: RelyingParty
) -> None:
    before = to_us(browser)
    with stand.app.app_context():
        assert 0 == keys.keep() and 1 == stand.events().count("decryption_keys.renewed")
        stand.clock.advance(keys.life)
        keys.keep()
    browser.sign_in()
    after = to_us(browser)
    assert before["kid"] != after["kid"] and 2 == stand.events().count("decryption_keys.renewed")
    for number, jwk in enumerate((before, after)):
        assert "code" in answer_of(bring(browser, request=sealed(signed(party, jti=f"r{number}"), jwk))), number

    stand.clock.advance(OVERLAP)
    browser.sign_in()
    assert "invalid_request_object" == answer_of(bring(browser, request=sealed(signed(party, jti="r3"), before)))["error"]
    with stand.app.app_context():
        assert 2 == keys.keep()
        keys.renew(Actor("cli"), is_emergency=True)
    assert "invalid_request_object" == answer_of(bring(browser, request=sealed(signed(party, jti="r4"), after)))["error"]


def test_what_is_off_is_neither_published_nor_said_nor_opened(stand: Stand, keys: DecryptionKeys, browser: Browser) -> None:
    off = DecryptionKeys(keys.opener, keys.database, keys.journal, timedelta(0))
    settings = replace(stand.rooms.token_settings, decryption_key_life=timedelta(0))
    said = discovery_of(Offer(replace(stand.rooms, token_settings=settings), ENDPOINTS, ("ES256",)))

    assert {"keys": ["ours"]} == off.beside({"keys": ["ours"]})
    assert [] == [name for name in said if name.startswith("request_object_encryption")]
    made = stand.events().count("decryption_keys.renewed")
    stand.clock.advance(keys.life)
    with stand.app.app_context():
        off.keep()
    assert made == stand.events().count("decryption_keys.renewed")
    with pytest.raises(ValueError, match="decryption_key_life"):
        off.renew(Actor("cli"), is_emergency=False)
    with pytest.raises(CannotDecrypt):
        off.open(sealed("x", to_us(browser)))
