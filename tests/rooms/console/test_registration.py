"""Registrations as they are typed and as they stand in files."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from broker.clients.profile import FAPI2
from broker.clients.refused import ClientRefused
from broker.clients.sector import sector_of_document
from broker.console.refused import Refused
from broker.console.registration import SETTABLE, changed, from_words
from broker.foundation.fetch import FetchedDocument, FetchRefused
from tests.rooms.clients.samples import DIARY, ec_jwk

TYPED: tuple[tuple[str, str, Any], ...] = (
    ("client_name=Новый=дневник", "client_name", "Новый=дневник"),
    ("redirect_uris=https://a.example/1, https://a.example/2", "redirect_uris", ("https://a.example/1", "https://a.example/2")),
    ('scopes=["openid","email"]', "scopes", ("openid", "email")),
    ("contacts=", "contacts", ()),
    ("require_pkce=false", "require_pkce", False),
    ("access_token_ttl=300", "access_token_ttl", 300),
    ("access_token_ttl=", "access_token_ttl", None),
    ("jwks_uri=", "jwks_uri", None),
    ('jwks={"keys":[]}', "jwks", {"keys": []}),
    ("jwks=", "jwks", {}),
)


@pytest.mark.parametrize(("word", "name", "value"), TYPED)
def test_a_field_as_typed(word: str, name: str, value: Any) -> None:
    assert value == getattr(changed(DIARY, from_words([word])), name)


@pytest.mark.parametrize("word", [
    "client_id=other", "is_enabled=false", "version=7", "secrets=x", "nonsense=1", "client_name", "require_pkce=yes",
    "access_token_ttl=soon", "access_token_ttl=true", "access_token_ttl=1.5", "jwks=[]", "jwks={", "scopes=[1]",
])  # fmt: skip
def test_what_cannot_be_meant_is_refused(word: str) -> None:
    with pytest.raises(Refused):
        changed(DIARY, from_words([word]))


@pytest.mark.parametrize("written", [{"secrets": []}, {"x": 1}, {"client_name": 7}, {"require_pkce": 1}, {"redirect_uris": "https://a"}])
def test_a_file_is_read_as_strictly(written: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        changed(DIARY, written)


def test_every_field_can_be_written_and_stays_as_it_is() -> None:
    listed = {name: list(value) if isinstance(value := getattr(DIARY, name), tuple) else value for name in SETTABLE}

    assert DIARY == changed(DIARY, listed)


def test_the_profile_brings_its_whole_bundle() -> None:
    signing = replace(DIARY, token_endpoint_auth_method="private_key_jwt", jwks={"keys": [ec_jwk()]})
    strict = changed(signing, {"profile": FAPI2})

    assert strict.require_pushed_authorization_requests and strict.require_pkce and strict.dpop_bound_access_tokens
    assert "ES256" == strict.id_token_signed_response_alg
    bound = changed(replace(signing, tls_client_certificate_bound_access_tokens=True), {"profile": FAPI2})
    assert not bound.dpop_bound_access_tokens


def _document(body: Any) -> Any:
    found = FetchedDocument(200, {}, body if isinstance(body, bytes) else json.dumps(body).encode())
    return lambda _url, _max_bytes, _accept: found


def test_a_sector_is_the_host_of_a_document_that_names_every_address() -> None:
    uris = ("https://a.example/1", "https://b.example/2")
    assert "c.example" == sector_of_document(_document([*uris, "https://d.example/"]), "https://c.example/list", uris)

    bodies: tuple[Any, ...] = ([uris[0]], [], {}, [1, *uris], b"", b"[" * 50_000, "https://a.example/1")
    for body in bodies:
        with pytest.raises(ClientRefused, match="sector_identifier_uri"):
            sector_of_document(_document(body), "https://c.example/list", uris)
    with pytest.raises(ClientRefused):
        sector_of_document(_document([]), "https://c.example/list", ())

    def silent(*_: Any) -> FetchedDocument:
        raise FetchRefused("private")

    with pytest.raises(ClientRefused, match="private"):
        sector_of_document(silent, "https://c.example/list", uris)
