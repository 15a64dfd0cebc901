"""RFC 7591: who may register what, and how a refusal is said."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import current_app

from broker.audit.event import SYSTEM
from broker.foundation.outside import Outside
from broker.storage.database import Database
from tests.rooms.registration.conftest import AWAY, HOME, ISSUER, Office, office_at, service, settings
from tests.support.clock import Clock


def test_anybody_registers_a_sandbox(any_office: Office) -> None:
    answer = any_office.register(client_name="Кружок", redirect_uris=[HOME])

    said = answer.get_json()
    client = any_office.client(said)
    assert (201, "no-store") == (answer.status_code, answer.headers["Cache-Control"])
    assert said["client_id"].startswith("sandbox-") and "sandbox" == said["environment"] == client.environment
    assert client.secret_is_right(said["client_secret"], any_office.clock.now())
    assert f"{ISSUER}/register/{said['client_id']}" == said["registration_client_uri"]
    assert [HOME] == said["redirect_uris"] and ["code"] == said["response_types"]
    assert ["authorization_code"] == said["grant_types"] and "client_secret_basic" == said["token_endpoint_auth_method"]
    # Nothing sensitive by default, and subjects that no other sandbox shares.
    assert not {"snils", "children"} & set(client.scopes) and said["client_id"] == client.sector
    assert any_office.clock.now() + timedelta(days=30) == any_office.clock.now().fromtimestamp(
        said["client_secret_expires_at"], any_office.clock.now().tzinfo
    )
    assert ["client.registered", "client_secret.made"] == [name for name, _ in any_office.events()]


@pytest.mark.parametrize(
    ("error", "metadata"),
    [
        ("invalid_redirect_uri", {"redirect_uris": [AWAY]}),
        ("invalid_redirect_uri", {"redirect_uris": [HOME, "https://127.0.0.1.example/cb"]}),
        ("invalid_redirect_uri", {"redirect_uris": ["app.example:/cb"], "token_endpoint_auth_method": "none"}),
        ("invalid_redirect_uri", {"redirect_uris": []}),
        ("invalid_redirect_uri", {"redirect_uris": [HOME + "#x"]}),
        ("invalid_client_metadata", {"scope": "openid snils"}),
        ("invalid_client_metadata", {"scope": "openid children"}),
        ("invalid_client_metadata", {"grant_types": ["urn:ietf:params:oauth:grant-type:token-exchange"]}),
        ("invalid_client_metadata", {"backchannel_logout_uri": "https://victim.example/logout"}),
        ("invalid_client_metadata", {"jwks_uri": "https://victim.example/keys"}),
        ("invalid_client_metadata", {"request_uris": ["https://victim.example/r"]}),
        ("invalid_client_metadata", {"logo_uri": "https://victim.example/logo"}),
        ("invalid_client_metadata", {"client_name": "Госуслуги"}),
        ("invalid_client_metadata", {"client_name": "Kpужок"}),
    ],
)
def test_a_sandbox_stays_on_its_own_machine(office: Office, error: str, metadata: dict[str, Any]) -> None:
    assert error == office.refused(**({"client_name": "Кружок", "redirect_uris": [HOME]} | metadata))[0]
    assert () == office.clients.all()


def test_without_a_token_nothing_when_it_is_not_open(sqlite_database: Database, outside: Outside, clock: Clock) -> None:
    office = office_at(sqlite_database, outside, clock, settings(open=False))

    answer = office.register(client_name="Кружок", redirect_uris=[HOME])

    assert 401 == answer.status_code and answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert () == office.clients.all()


def test_where_it_is_off_there_is_no_such_address(sqlite_database: Database, outside: Outside, clock: Clock) -> None:
    office = office_at(sqlite_database, outside, clock, settings(enabled=False))

    assert 404 == office.register(client_name="Кружок", redirect_uris=[HOME]).status_code


def test_a_token_registers_a_service_of_production(any_office: Office) -> None:
    made = any_office.registered(any_office.initial(), **service(scope="openid school"))

    client = any_office.client(made)
    assert ("production", True, ("openid", "school"), True) == (
        client.environment, client.is_enabled, client.scopes, client.require_pkce,
    )  # fmt: skip
    assert (0, "robots.example") == (made["client_secret_expires_at"], client.sector)


def test_a_token_is_good_for_so_many_services(any_office: Office) -> None:
    token = any_office.initial(uses=2)

    answers = [any_office.register(token, **service()).status_code for _ in range(3)]

    assert [201, 201, 401] == answers


def test_what_is_refused_costs_no_use(office: Office) -> None:
    token = office.initial(uses=1)

    office.refused(token, **service(redirect_uris=["http://robots.example/cb"]))

    assert 201 == office.register(token, **service()).status_code


@pytest.mark.parametrize("change", ["revoked", "over", "wrong", "short", "basic"])
def test_a_token_that_opens_nothing(office: Office, change: str) -> None:
    token = office.initial(life=timedelta(hours=1))
    if change == "revoked":
        assert office.tokens.revoke(office.tokens.all()[0].id, SYSTEM)
    if change == "over":
        office.clock.advance(timedelta(hours=1))
    sent = {"wrong": "Bearer init_" + "A" * 43, "short": "Bearer x", "basic": f"Basic {token}"}.get(change, f"Bearer {token}")

    answer = office.ask("POST", "/register", service(), Authorization=sent)

    assert (401, "invalid_token") == (answer.status_code, answer.get_json()["error"])
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert () == office.clients.all()


def test_what_a_token_has_settled_is_stronger(office: Office) -> None:
    token = office.initial(organisation="ООО «Роботы»", scopes=["openid", "snils"], resources=["https://api.example"])

    made = office.registered(token, **service(organisation="Минцифры", scope="openid profile"))

    client = office.client(made)
    assert ("ООО «Роботы»", ("openid", "snils"), (), ("https://api.example",)) == (
        client.organisation, client.scopes, client.waiting_scopes, client.resources,
    )  # fmt: skip
    changed = office.manage("PUT", made, service(client_id=made["client_id"], organisation="Минцифры")).get_json()
    assert ("ООО «Роботы»", "openid snils") == (changed["organisation"], changed["scope"])


@pytest.mark.parametrize(
    "given",
    [
        {"first_party": True}, {"environment": "sandbox"}, {"is_enabled": False}, {"waiting_scopes": []}, {"version": 7},
        {"audiences": ["https://api.example"]}, {"resources": ["https://api.example"]}, {"require_pkce": False},
        {"sector_identifier": "victim.example"}, {"authorization_details_types": ["school_data"]}, {"client_id": "diary"},
        {"secrets": []}, {"client_secret": "mine"}, {"registration_access_token": "mine"}, {"what nobody knows": {"a": [1]}},
        {"logo_uri#ru": 7},
    ],
)  # fmt: skip
def test_nobody_gives_itself_what_a_registrar_gives(office: Office, given: dict[str, Any]) -> None:
    token = office.initial()
    plain = office.client(office.registered(token, **service()))

    made = office.registered(token, **service(**given))

    client = office.client(made)
    own = {"client_id", "secrets", "version"}
    same = [name for name in type(client).__slots__ if name not in own and getattr(client, name) != getattr(plain, name)]
    assert [] == same
    assert "mine" not in (made["client_secret"], made["registration_access_token"]) and "diary" != made["client_id"]


@pytest.mark.parametrize(
    ("metadata", "word"),
    [
        ({"redirect_uris": "https://robots.example/cb"}, "redirect_uris"),
        ({"redirect_uris": [7]}, "redirect_uris"),
        ({"require_auth_time": 1}, "require_auth_time"),
        ({"default_max_age": True}, "default_max_age"),
        ({"default_max_age": -1}, "default_max_age"),
        ({"jwks": []}, "jwks"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}, "jwks"),
        ({"jwks": {"keys": []}, "jwks_uri": "https://robots.example/keys"}, "jwks"),
        ({"client_name": 7}, "client_name"),
        ({"client_name": "x" * 2001}, "client_name"),
        ({"client_name": "Кру\u202eжок"}, "client_name"),
        ({"scope": ["openid"]}, "scope"),
        ({"response_types": ["token"]}, "response_types"),
        ({"response_types": ["code", "id_token"]}, "response_types"),
        ({"response_types": []}, "response_types"),
        ({"grant_types": ["implicit"]}, "grant_types"),
        ({"grant_types": ["client_credentials"], "response_types": ["code"]}, "response_types"),
        ({"application_type": "browser"}, "application_type"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "jwks"),
        ({"token_endpoint_auth_method": "password"}, "token_endpoint_auth_method"),
        ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg"),
        ({"id_token_signed_response_alg": "HS256"}, "id_token_signed_response_alg"),
        ({"id_token_encrypted_response_enc": "A128CBC-HS256"}, "id_token_encrypted_response_enc"),
        ({"subject_type": "private"}, "subject_type"),
        ({"profile": "fapi2"}, "profile"),
        ({"software_id": "x" * 300}, "software_id"),
        ({"sector_identifier_uri": "https://robots.example/none"}, "sector_identifier_uri"),
        ({"sector_identifier_uri": ""}, "sector_identifier_uri"),
        ({"contacts": ["nobody"]}, "contacts"),
        ({"policy_uri": "javascript:alert(1)"}, "policy_uri"),
        ({"scope_reasons": {"school": {"ru": "x"}}}, "scope_reasons"),
    ],
)
def test_metadata_that_are_not_sound(office: Office, metadata: dict[str, Any], word: str) -> None:
    error, description = office.refused(office.initial(), **service(**metadata))

    assert (True, True) == (error.startswith("invalid_"), description.startswith(word)), description
    assert () == office.clients.all()


@pytest.mark.parametrize(
    "uri",
    [
        "http://robots.example/cb", "https://robots.example/cb#f", "https://robots.example/../cb", "https://*.example/cb",
        "https://u@robots.example/cb", "javascript:alert(1)", "/cb", "https://robots.example/cb?code=1", HOME,
    ],
)  # fmt: skip
def test_addresses_nobody_may_be_sent_to(office: Office, uri: str) -> None:
    error, description = office.refused(office.initial(), **service(redirect_uris=[uri]))

    assert "invalid_redirect_uri" == error and uri not in description


def test_a_native_application_is_on_its_own_device(office: Office) -> None:
    token = office.initial()
    app = service(application_type="native", token_endpoint_auth_method="none", redirect_uris=["example.robots:/cb"])

    made = office.registered(token, **app)

    assert ("native", ["example.robots:/cb"], False) == (
        made["application_type"], made["redirect_uris"], "client_secret" in made,
    )  # fmt: skip
    assert "invalid_redirect_uri" == office.refused(token, **service(application_type="native"))[0]


def test_several_hosts_are_one_service_when_a_document_says_so(office: Office) -> None:
    token, hosts = office.initial(), ["https://a.robots.example/cb", "https://b.robots.example/cb"]
    uri = "https://robots.example/sector.json"
    asked = service(redirect_uris=hosts, sector_identifier_uri=uri)
    assert "invalid_redirect_uri" == office.refused(token, **service(redirect_uris=hosts))[0]
    office.documents[uri] = hosts[:1]
    assert "invalid_client_metadata" == office.refused(token, **asked)[0]

    office.documents[uri] = hosts
    made = office.registered(token, **asked)

    assert ("robots.example", uri) == (office.client(made).sector, made["sector_identifier_uri"])


def test_the_document_is_asked_again_for_new_addresses_only_and_then_it_must_name_them(office: Office) -> None:
    hosts, uri = ["https://a.robots.example/cb", "https://b.robots.example/cb"], "https://robots.example/sector.json"
    office.documents[uri] = hosts
    made = office.registered(office.initial(), **service(redirect_uris=hosts, sector_identifier_uri=uri))
    body = service(client_id=made["client_id"], sector_identifier_uri=uri)

    # Out of reach: what it has named stays, what it has not does not come.
    del office.documents[uri]
    kept = office.manage("PUT", made, body | {"redirect_uris": hosts, "client_name": "Кружок роботов"})
    fewer = office.manage("PUT", kept.get_json(), body | {"redirect_uris": hosts[:1]})
    third = body | {"redirect_uris": [*hosts, "https://c.robots.example/cb"]}
    assert [200, 200, 400] == [kept.status_code, fewer.status_code, office.manage("PUT", fewer.get_json(), third).status_code]
    # One that was left out has to be named anew, and another document is another claim.
    back = body | {"redirect_uris": hosts}
    elsewhere = body | {"redirect_uris": hosts[:1], "sector_identifier_uri": "https://victim.example/sector.json"}
    assert [400, 400] == [office.manage("PUT", fewer.get_json(), each).status_code for each in (back, elsewhere)]
    office.documents[uri] = [*hosts, "https://c.robots.example/cb"]
    grown = office.manage("PUT", fewer.get_json(), third)
    assert (200, "robots.example") == (grown.status_code, office.client(made).sector)


def test_a_service_without_people(office: Office) -> None:
    made = office.registered(
        office.initial(), client_name="Обмен", grant_types=["client_credentials"], response_types=[], scope="ssf.read"
    )

    assert ([], "ssf.read") == (made["response_types"], made["scope"])


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"client_name=x"),
        ("text/plain", b"{}"),
        ("application/json", b""),
        ("application/json", b"[]"),
        ("application/json", b'"x"'),
        ("application/json", b"\xff{}"),
        ("application/json", b'{"client_name": "a", "client_name": "b"}'),
        ("application/json", b'{"jwks": {"keys": 1, "keys": 2}}'),
        ("application/json", b'{"default_max_age": NaN}'),
        ("application/json", b'{"default_max_age": 1e999}'),
        ("application/json", b'{"client_name": "\\ud800"}'),
        ("application/json", b"[" * 20_000),
        ("application/json", b'{"default_max_age": ' + b"9" * 5000 + b"}"),
    ],
)
def test_what_is_no_json_object(office: Office, content_type: str, body: bytes) -> None:
    answer = office.http.post("/register", data=body, content_type=content_type)

    assert (400, "invalid_client_metadata") == (answer.status_code, answer.get_json()["error"])


def test_a_token_in_the_address_is_refused(office: Office) -> None:
    answer = office.ask("POST", f"/register?access_token={office.initial()}", service())

    assert 400 == answer.status_code


def test_too_many_sandboxes_and_wrong_tokens(sqlite_database: Database, outside: Outside, clock: Clock) -> None:
    office = office_at(sqlite_database, outside, clock, settings(open_per_address=2, wrong_tokens=2, tries_per_token=2))
    sandbox = {"client_name": "Кружок", "redirect_uris": [HOME]}
    token = office.initial()

    assert [201, 201, 429] == [office.register(**sandbox).status_code for _ in range(3)]
    assert [201, 201, 429] == [office.register(token, **service()).status_code for _ in range(3)]
    assert [401, 401, 429] == [office.register("init_" + "B" * 43, **service()).status_code for _ in range(3)]
    # After too many wrong ones a right one from there is not listened to either, until the time is over.
    assert 429 == office.register(office.initial(), **service()).status_code
    office.clock.advance(timedelta(hours=1))
    assert 201 == office.register(office.initial(), **service()).status_code


def test_nothing_that_was_sent_is_repeated_and_nothing_secret_is_kept(office: Office) -> None:
    made = office.registered(office.initial(), **service())
    error = office.register(office.initial(), **service(contacts=["<script>"], policy_uri="https://x/\"'<")).text
    kept = json.dumps(office.events())

    assert "<" not in error
    for secret in (made["client_secret"], made["registration_access_token"]):
        assert secret not in kept and secret not in repr(office.client(made))


def test_of_many_at_once_with_one_use_one_succeeds(any_office: Office) -> None:
    token = any_office.initial(uses=1)
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def come(number: int) -> int:
        with app.app_context():
            return any_office.register(token, **service(software_version=str(number))).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(come, range(8)))

    assert [201, *[401] * 7] == answers and 1 == len(any_office.clients.all())
