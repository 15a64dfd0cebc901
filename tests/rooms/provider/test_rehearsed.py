"""Rehearsals read requests as the endpoint does, and write answers as it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from broker.clients.client import Client
from broker.foundation.jose import claims_without_checking_signature
from broker.provider.rehearsed import rehearsal_wire
from broker.tokens.rehearsal import Invented, Rehearsals
from broker.tokens.rehearsal_wire import Unusable, Wire
from tests.rooms.provider.signing import signed, signer
from tests.rooms.provider.stand import ISSUER, RelyingParty, Stand, build
from tests.support.clock import Clock


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    made = build(tmp_path_factory.mktemp("rehearsed"), Clock())
    yield made
    made.rooms.database.close()


@pytest.fixture(scope="module")
def party(stand: Stand) -> RelyingParty:
    return signer(stand)


@pytest.fixture
def wire(stand: Stand) -> Iterator[Wire]:
    with stand.app.test_request_context():
        yield rehearsal_wire(stand.rooms, stand.rooms.settings, timedelta(days=1))


def asked(party: RelyingParty, **parameters: str) -> str:
    return urlencode({"client_id": party.client.client_id, **parameters})


def test_a_request_is_read_wherever_it_is(wire: Wire, party: RelyingParty) -> None:
    plain = wire.read(party.client, asked(party, **party.parameters(), response_mode="form_post"))
    pushed = party.post("/par", {**party.parameters(), "response_mode": "jwt"}).get_json()["request_uri"]
    by_push = wire.read(party.client, asked(party, request_uri=pushed))
    by_object = wire.read(party.client, asked(party, request=signed(party, response_mode="form_post.jwt")))

    assert ["form_post", "query.jwt", "form_post.jwt"] == [found.mode for found in (plain, by_push, by_object)]
    assert {party.client.redirect_uris[0]} == {found.values["redirect_uri"] for found in (plain, by_push, by_object)}
    with pytest.raises(Unusable, match="used before"):
        wire.read(party.client, asked(party, request_uri=pushed))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("request=a.b.c", "invalid_request_object"),
        ("request_uri=https%3A%2F%2Felsewhere.example%2F", "invalid_request_uri"),
        ("state=a&state=b", "a parameter twice"),
    ],
)
def test_what_the_endpoint_would_refuse_is_said(wire: Wire, party: RelyingParty, query: str, said: str) -> None:
    with pytest.raises(Unusable, match=said):
        wire.read(party.client, f"client_id=signer&{query}")


def test_an_answer_is_written_in_its_mode(wire: Wire, party: RelyingParty) -> None:
    fields = {"code": "c", "state": "s", "iss": "https://somebody.example"}
    sent = {mode: wire.written(party.client, mode, fields) for mode in ("query", "form_post", "query.jwt", "form_post.jwt")}

    assert [False, True, False, True] == [one.is_form for one in sent.values()]
    assert fields == sent["query"].fields == sent["form_post"].fields
    inside = claims_without_checking_signature(sent["query.jwt"].fields["response"])
    assert ("https://somebody.example", "signer", "c", "s") == tuple(inside[name] for name in ("iss", "aud", "code", "state"))
    with pytest.raises(Unusable, match="no key"):
        wire.written(_encrypted(party.client), "query.jwt", fields)


def _encrypted(client: Client) -> Client:
    return replace(
        client, authorization_signed_response_alg="ES256", authorization_encrypted_response_alg="RSA-OAEP-256", jwks={"keys": []}
    )


def test_one_check_of_a_service_and_one_new_key_at_a_time(stand: Stand) -> None:
    rooms = stand.rooms
    left, right = (Rehearsals(rooms.shelf, rooms.vault.fingerprints, rooms.outside.token) for _ in range(2))
    minute = timedelta(minutes=1)
    with stand.app.test_request_context():
        assert (True, False, True) == (left.begin("a", minute), right.begin("a", minute), right.begin("b", minute))
        left.end("a")
        assert right.begin("a", minute)
        assert (True, False) == (left.take_turn(), right.take_turn())
        left.publish({"kid": "new"})
        left.withdraw()
        assert right.take_turn()
        right.withdraw()


def test_invented_userinfo_comes_as_registered(stand: Stand, party: RelyingParty) -> None:
    rooms = stand.rooms
    made = Rehearsals(rooms.shelf, rooms.vault.fingerprints, rooms.outside.token)
    with stand.app.test_request_context():
        stand.change("signer", userinfo_signed_response_alg="ES256")
        token = made.new_access_token(Invented("signer", {"sub": "nobody"}))
        stranger = made.new_access_token(Invented("gone", {"sub": "nobody"}))
    client = stand.app.test_client()
    shown = [{"Authorization": f"Bearer {word}"} for word in (token, stranger)]
    answers = [client.get("/userinfo", base_url=ISSUER, headers=headers) for headers in shown]

    assert [(200, "application/jwt"), (401, "application/json")] == [(one.status_code, one.content_type) for one in answers]
    assert "nobody" == claims_without_checking_signature(answers[0].text)["sub"]
