"""Software statements (RFC 7591 2.3): whose word counts, and every way to make one that must not be believed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from broker.audit.event import SYSTEM
from broker.clients.store import ClientStore
from broker.foundation.encoding import b64url, canonical_json
from broker.foundation.jose import public_jwk, sign
from broker.registration.spent_store import SpentStatements
from broker.storage.database import Database
from tests.rooms.registration.conftest import AWAY, Office, service
from tests.support.clock import Clock

WHO = "https://registry.example"
KEY, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


def _jwk(key: Any = KEY) -> dict[str, Any]:
    return {**public_jwk(key.public_key()), "kid": "k1", "use": "sig"}


@pytest.fixture
def trusting(office: Office) -> Office:
    """An office that believes the registry."""
    office.issuers.put(WHO, {"keys": [_jwk()]}, SYSTEM)
    return office


def _claims(office: Office, **changes: Any) -> dict[str, Any]:
    now = int(office.clock.now().timestamp())
    found = {"iss": WHO, "iat": now, "exp": now + 600, "jti": "s-1", "software_id": "robots", "client_name": "Роботы"} | changes
    return {name: value for name, value in found.items() if value is not None}


def _statement(office: Office, header: dict[str, str] | None = None, key: Any = KEY, **changes: Any) -> str:
    return sign(_claims(office, **changes), key, {"alg": "ES256", "kid": "k1"} | (header or {}))


def test_what_a_statement_says_is_stronger(trusting: Office) -> None:
    text = _statement(trusting, redirect_uris=[AWAY], organisation="АНО «Роботы»", first_party=True)

    made = trusting.registered(**service(software_statement=text, client_name="Другое", organisation="Минцифры"))

    client = trusting.client(made)
    assert ("Роботы", "Роботы", "АНО «Роботы»", "robots") == (
        client.client_name, client.client_name_en, client.organisation, client.software_id,
    )  # fmt: skip
    assert ("production", False, text) == (client.environment, client.first_party, made["software_statement"])
    issuer = trusting.issuers.all()[0].id
    assert {"way": "statement", "by": issuer} == {
        name: value for name, value in trusting.events("client_secret.made")[-1][1].items() if name in ("way", "by")
    }


def test_it_stays_stronger_when_the_client_changes(trusting: Office) -> None:
    text = _statement(trusting, redirect_uris=[AWAY])
    made = trusting.registered(**service(software_statement=text))
    body = service(client_id=made["client_id"], redirect_uris=["https://victim.example/cb"])

    changed = trusting.manage("PUT", made, body)
    assert (200, [AWAY], text) == (
        changed.status_code, changed.get_json()["redirect_uris"], changed.get_json()["software_statement"],
    )  # fmt: skip
    # The same statement again is no second use of it; a new one is.
    again = trusting.manage("PUT", changed.get_json(), body | {"software_statement": text})
    assert [AWAY] == again.get_json()["redirect_uris"]
    fresh = _statement(trusting, jti="s-2", redirect_uris=["https://new.robots.example/cb"])
    newer = trusting.manage("PUT", again.get_json(), body | {"software_statement": fresh})
    assert ["https://new.robots.example/cb"] == newer.get_json()["redirect_uris"]


def test_one_statement_registers_one_service(trusting: Office) -> None:
    text = _statement(trusting)
    trusting.registered(**service(software_statement=text))

    assert "invalid_software_statement" == trusting.refused(**service(software_statement=text))[0]
    assert 1 == len(trusting.clients.all())


def test_a_refused_registration_does_not_spend_it(trusting: Office) -> None:
    text = _statement(trusting)

    trusting.refused(**service(software_statement=text, redirect_uris=["http://robots.example/cb"]))

    assert 201 == trusting.register(**service(software_statement=text)).status_code


def test_what_fails_at_the_very_end_does_not_spend_it_either(trusting: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is spent in the unit of work that writes the client."""
    text = _statement(trusting)
    with monkeypatch.context() as broken:
        broken.setattr(ClientStore, "new_secret", _no_secret)
        assert 500 == trusting.register(**service(software_statement=text)).status_code
    assert () == trusting.clients.all()

    assert 201 == trusting.register(**service(software_statement=text)).status_code
    assert "invalid_software_statement" == trusting.refused(**service(software_statement=text))[0]


def _no_secret(*_: object) -> str:
    raise ZeroDivisionError


def test_a_spent_one_is_forgotten_once_it_would_be_refused_by_its_own_end(
    database: Database, clock: Clock
) -> None:
    spent, ends_at = SpentStatements(database), clock.now() + timedelta(days=1)
    with database.work():
        assert (True, False) == (spent.spend("a" * 64, ends_at), spent.spend("a" * 64, ends_at))
    clock.advance(timedelta(days=1) - timedelta(seconds=1))
    assert 0 == spent.forget(clock.now())
    clock.advance(timedelta(seconds=1))
    assert 1 == spent.forget(clock.now())


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://nobody.example"}, {"iss": None}, {"iss": ["https://registry.example"]}, {"iss": "a\0b"},
    ],
)  # fmt: skip
def test_an_issuer_nobody_knows(trusting: Office, changes: dict[str, Any]) -> None:
    error, _ = trusting.refused(**service(software_statement=_statement(trusting, **changes)))

    assert "unapproved_software_statement" == error


def test_an_issuer_that_was_removed(trusting: Office) -> None:
    assert trusting.issuers.remove(WHO, SYSTEM) and not trusting.issuers.remove(WHO, SYSTEM)

    assert "unapproved_software_statement" == trusting.refused(**service(software_statement=_statement(trusting)))[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None}, {"exp": 1}, {"exp": "soon"}, {"exp": 10**30}, {"nbf": 10**11}, {"iat": 10**11}, {"jti": None}, {"jti": ""},
        {"jti": 7}, {"jti": "x" * 300},
    ],
)  # fmt: skip
def test_claims_that_must_be_there(trusting: Office, changes: dict[str, Any]) -> None:
    assert "invalid_software_statement" == trusting.refused(**service(software_statement=_statement(trusting, **changes)))[0]
    assert () == trusting.clients.all()


def test_an_end_too_far_away(trusting: Office) -> None:
    end = trusting.clock.now() + timedelta(days=32)

    text = _statement(trusting, exp=int(end.timestamp()))

    assert "invalid_software_statement" == trusting.refused(**service(software_statement=text))[0]


def _unsigned(office: Office) -> str:
    return f"{b64url(canonical_json({'alg': 'none'}))}.{b64url(canonical_json(_claims(office)))}."


def _by_public_key(office: Office) -> str:
    pem = KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return sign(_claims(office), b64url(pem), {"alg": "HS256", "kid": "k1"})


FORGED = {
    "no signature": _unsigned,
    "HS256 with the public key": _by_public_key,
    "another key": lambda office: _statement(office, key=OTHER),
    "another key that it brings itself": lambda office: _statement(office, {"jwk": _jwk(OTHER)}, OTHER),  # type: ignore[dict-item]
    "another key that it names": lambda office: _statement(office, {"jku": f"{WHO}/keys"}, OTHER),
    "unknown kid": lambda office: _statement(office, {"kid": "k2"}),
    "unknown crit": lambda office: _statement(office, {"crit": ["b64"], "b64": True}),  # type: ignore[dict-item]
    "an ID token": lambda office: _statement(office, {"typ": "at+jwt"}),
    "a log-out token": lambda office: _statement(office, {"typ": "logout+jwt"}),
    "another algorithm": lambda office: _statement(
        office, {"alg": "RS256"}, rsa.generate_private_key(public_exponent=65537, key_size=2048)
    ),
    "cut": lambda office: _statement(office)[:-4],
    "changed": lambda office: ".".join(
        part if number != 1 else b64url(canonical_json(_claims(office, client_name="Чужое")))
        for number, part in enumerate(_statement(office).split("."))
    ),
    "oversized": lambda office: _statement(office, software_id="x" * 30_000),
    "no text": lambda office: {"iss": WHO},
    "no JWT": lambda office: "a.b.c",
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_statement(trusting: Office, how: str) -> None:
    text: Any = FORGED[how](trusting)

    error, description = trusting.refused(**service(software_statement=text))

    assert "invalid_software_statement" == error and str(text)[:20] not in description
    assert () == trusting.clients.all()


def test_a_statement_beside_a_token(trusting: Office) -> None:
    token = trusting.initial(uses=1, organisation="ООО «Хозяин»")

    made = trusting.registered(token, **service(software_statement=_statement(trusting, organisation="Другие")))

    client = trusting.client(made)
    assert ("ООО «Хозяин»", "Роботы") == (client.organisation, client.client_name)


def test_keys_of_an_issuer_are_replaced(trusting: Office) -> None:
    trusting.issuers.put(WHO, {"keys": [_jwk(OTHER)]}, SYSTEM)

    assert "invalid_software_statement" == trusting.refused(**service(software_statement=_statement(trusting)))[0]
    assert 201 == trusting.register(**service(software_statement=_statement(trusting, key=OTHER))).status_code
    assert 1 == len(trusting.issuers.all())


def test_another_issuer_does_not_take_a_client_over(trusting: Office) -> None:
    made = trusting.registered(**service(software_statement=_statement(trusting)))
    trusting.issuers.put("https://other.example", {"keys": [_jwk(OTHER)]}, SYSTEM)
    theirs = _statement(trusting, key=OTHER, iss="https://other.example", jti="s-9")

    refused = trusting.manage("PUT", made, service(client_id=made["client_id"], software_statement=theirs))

    assert (400, "invalid_software_statement") == (refused.status_code, refused.get_json()["error"])
    assert 200 == trusting.manage("GET", made).status_code
