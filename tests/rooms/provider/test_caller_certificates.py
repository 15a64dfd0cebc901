"""Clients that show a certificate (RFC 8705): from whom it is believed, what it must say, and what discovery tells of it."""

from __future__ import annotations

import base64
import contextlib
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from broker.foundation.certificates import BadCertificate, read_certificate
from broker.foundation.jose import public_jwk
from broker.provider.caller.certificate import Certificates
from broker.provider.caller.mtls_settings import MtlsSettings
from tests.rooms.provider.stand import DIARY, ISSUER, MTLS, Stand, build
from tests.support.client_certificates import SUBJECT, Made, make
from tests.support.clock import Clock

NOW = Clock().now()
BEGAN = NOW - timedelta(hours=1)
AUTHORITY, OTHER_AUTHORITY = make(BEGAN, subject="CN=authority"), make(BEGAN, subject="CN=authority")
MARKS, FORGED = make(BEGAN, AUTHORITY), make(BEGAN, OTHER_AUTHORITY)
OTHER = make(BEGAN, AUTHORITY, "CN=meals,O=School\\, first,C=RU")
OWN, STRANGER = make(BEGAN), make(BEGAN)
MACHINE: dict[str, Any] = {
    "grant_types": ("client_credentials",), "scopes": (), "redirect_uris": (), "post_logout_redirect_uris": (),
    "subject_type": "public",
}  # fmt: skip
BY_CHAIN = replace(
    DIARY, client_id="chain", token_endpoint_auth_method="tls_client_auth", tls_client_auth_subject_dn=SUBJECT, **MACHINE
)
BY_ITSELF = replace(
    DIARY, client_id="itself", token_endpoint_auth_method="self_signed_tls_client_auth", **MACHINE,
    jwks={"keys": [public_jwk(OWN.key.public_key()) | {"x5c": [base64.b64encode(OWN.der).decode()]}]},
)  # fmt: skip
BY_KEY = replace(BY_ITSELF, client_id="bykey", jwks={"keys": [public_jwk(OWN.key.public_key())]})


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    made = build(tmp_path_factory.mktemp("callers"), Clock())
    with made.app.app_context():
        for client in (BY_CHAIN, BY_ITSELF, BY_KEY):
            made.rooms.clients.add(client)
    yield made
    made.rooms.database.close()


def asked(
    stand: Stand, client_id: str, shown: str | None, peer: str = "127.0.0.1", verified: str = "SUCCESS", **more: Any
) -> int:
    headers = {"X-Client-Verified": verified} | ({"Client-Cert": shown} if shown is not None else {}) | more.pop("headers", {})
    form = {"grant_type": "client_credentials", "client_id": client_id} | more
    caller = stand.app.test_client()
    answer = caller.post("/token", base_url=ISSUER, data=form, headers=headers, environ_base={"REMOTE_ADDR": peer})
    assert answer.status_code == 200 or answer.get_json()["error"] in ("invalid_client", "invalid_request"), answer.text
    return answer.status_code


def test_a_good_chain_with_the_registered_name_is_believed(stand: Stand) -> None:
    assert 200 == asked(stand, "chain", MARKS.rfc9440)
    good, bad = "SUCCESS", "FAILED:expired"
    for shown, verified in ((OTHER.rfc9440, good), (MARKS.rfc9440, bad), (MARKS.rfc9440, ""), (None, good)):
        assert 401 == asked(stand, "chain", shown, verified=verified), (shown, verified)


def test_a_registered_certificate_needs_no_chain(stand: Stand) -> None:
    for client_id in ("itself", "bykey"):
        assert 200 == asked(stand, client_id, OWN.rfc9440, verified="NONE"), client_id
        assert 401 == asked(stand, client_id, STRANGER.rfc9440), client_id
        assert 401 == asked(stand, client_id, None), client_id


def test_the_header_of_a_stranger_is_passed_over(stand: Stand) -> None:
    for peer in ("10.0.0.1", "::1", "127.0.0.2", ""):
        assert 401 == asked(stand, "itself", OWN.rfc9440, peer=peer), peer
    # Nor does a header that claims another origin help.
    assert 401 == asked(stand, "itself", OWN.rfc9440, peer="10.0.0.1", headers={"X-Forwarded-For": "127.0.0.1"})


def test_what_is_no_certificate_is_none(stand: Stand) -> None:
    encoded = base64.b64encode(OWN.der).decode()
    twice, cut, long = f":{encoded}:, :{encoded}:", f":{encoded[:-8]}:", ":" + "A" * 12_004 + ":"
    for shown in ("", ":", "::", ":!:", encoded, f":{encoded}", twice, f":{encoded}:;a=1", cut, long, OWN.urlencoded, ":AAAA:"):
        assert 401 == asked(stand, "itself", shown), shown[:40]


def test_a_certificate_is_not_another_way(stand: Stand) -> None:
    """Only clients registered for it, only beside no other proof, and never the other kind of it."""
    assert 401 == asked(stand, "diary", OWN.rfc9440)
    assert 401 == asked(stand, "chain", OWN.rfc9440, verified="NONE")
    assert 401 == asked(stand, "itself", MARKS.rfc9440)
    assert 401 == asked(stand, "itself", OWN.rfc9440, client_secret="x")
    pair = base64.b64encode(b"itself:x").decode()
    assert 401 == asked(stand, "itself", OWN.rfc9440, headers={"Authorization": f"Basic {pair}"})
    assert 401 == asked(stand, "", OWN.rfc9440)


@pytest.mark.parametrize(("field", "right", "wrong"), [
    ("tls_client_auth_subject_dn", SUBJECT, "CN=marks"),
    ("tls_client_auth_san_dns", "marks.example.RU", "example.ru"),
    ("tls_client_auth_san_uri", "urn:marks", "urn:mark"),
    ("tls_client_auth_san_ip", "2001:0db8:0::7", "2001:db8::8"),
    ("tls_client_auth_san_email", "ops@marks.example.ru", "ops@example.ru"),
])  # fmt: skip
def test_each_name_of_a_certificate(stand: Stand, field: str, right: str, wrong: str) -> None:
    for value, status in ((right, 200), (wrong, 401)):
        stand.change("chain", **{"tls_client_auth_subject_dn": None, field: value})
        assert status == asked(stand, "chain", MARKS.rfc9440), value
        stand.change("chain", **{field: None, "tls_client_auth_subject_dn": SUBJECT})


def test_discovery_tells_of_both_ways_and_where(stand: Stand) -> None:
    found: dict[str, Any] = stand.app.test_client().get("/.well-known/openid-configuration", base_url=ISSUER).get_json()

    methods = {"client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none", "tls_client_auth",
               "self_signed_tls_client_auth"}  # fmt: skip
    for endpoint in ("token", "revocation"):
        assert methods == set(found[f"{endpoint}_endpoint_auth_methods_supported"])
    assert {"RS256", "PS256", "ES256", "EdDSA", "HS256"} == set(found["token_endpoint_auth_signing_alg_values_supported"])
    assert "https://mtls.example.ru/token" == found["mtls_endpoint_aliases"]["token_endpoint"]
    assert "authorization_endpoint" not in found["mtls_endpoint_aliases"]


# The reader by itself.


def request_of(peer: str = "127.0.0.1", environ: Any = None, **headers: str) -> Any:
    written: Any = {name.replace("_", "-"): value for name, value in headers.items()}
    built = EnvironBuilder(headers=written).get_environ()
    return Request(built | {"REMOTE_ADDR": peer} | (environ or {}))


def test_the_format_of_nginx() -> None:
    reader = Certificates(replace(MTLS, header="X-SSL", header_format="pem_urlencoded", verified_header=""))

    found = reader.presented(request_of(X_SSL=MARKS.urlencoded))
    assert found is not None and MARKS.der == found.certificate.der
    # Nobody says that the chain is good, so it is not.
    assert not reader.is_vouched_for(found, NOW)
    for text in (MARKS.urlencoded * 2, MARKS.urlencoded[:-90], "%2D" * 5, MARKS.rfc9440):
        assert reader.presented(request_of(X_SSL=text)) is None


def test_behind_a_forwarding_proxy_its_own_address_counts() -> None:
    reader = Certificates(MTLS)
    true = {"werkzeug.proxy_fix.orig": {"REMOTE_ADDR": "127.0.0.1"}}
    false = {"werkzeug.proxy_fix.orig": {"REMOTE_ADDR": "10.0.0.9"}}

    assert reader.presented(request_of("203.0.113.5", true, Client_Cert=OWN.rfc9440)) is not None
    assert reader.presented(request_of("127.0.0.1", false, Client_Cert=OWN.rfc9440)) is None


def test_the_server_itself_hands_over_what_it_has_verified() -> None:
    class Connection:
        def getpeercert(self, binary_form: bool) -> bytes | None:
            assert binary_form
            return MARKS.der

    reader = Certificates(MtlsSettings(certificate_from="server"))
    found = reader.presented(request_of(environ={"gunicorn.socket": Connection()}))

    assert found is not None and reader.is_vouched_for(found, NOW)
    assert reader.presented(request_of(environ={"gunicorn.socket": object()}, Client_Cert=MARKS.rfc9440)) is None
    assert Certificates(MtlsSettings()).presented(request_of(Client_Cert=MARKS.rfc9440)) is None


def test_our_own_authorities_are_stronger_than_a_word(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(AUTHORITY.pem)
    reader = Certificates(replace(MTLS, authorities_file=str(file)))
    server_only = make(BEGAN, AUTHORITY, usage=ExtendedKeyUsageOID.SERVER_AUTH)

    def is_good(made: Made, at: Any = NOW) -> bool:
        found = reader.presented(request_of(Client_Cert=made.rfc9440, X_Client_Verified="SUCCESS"))
        assert found is not None
        return reader.is_vouched_for(found, at)

    assert is_good(MARKS)
    for made in (FORGED, OWN, server_only):
        assert not is_good(made)
    assert not is_good(MARKS, NOW + timedelta(days=2))
    assert not is_good(MARKS, NOW - timedelta(days=2))


@given(st.binary(max_size=400) | st.tuples(st.integers(0, len(OWN.der) - 1), st.binary(min_size=1, max_size=3)).map(
    lambda cut: OWN.der[: cut[0]] + cut[1] + OWN.der[cut[0] + len(cut[1]) :]))  # fmt: skip
def test_any_bytes_are_a_certificate_or_refused(der: bytes) -> None:
    with contextlib.suppress(BadCertificate), warnings.catch_warnings():
        # The library warns of serial numbers that it will refuse one day.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        assert read_certificate(der).has_subject(SUBJECT) in (True, False)


@pytest.mark.parametrize("changes", [
    {"certificate_from": "wherever"}, {"header": "a b"}, {"header_format": "der"}, {"proxies": ()}, {"proxies": ("localhost",)},
    {"alias_base": "http://mtls.example.ru"}, {"alias_base": "https://mtls.example.ru/"}, {"verified_header": ":"},
])  # fmt: skip
def test_settings_that_cannot_be_meant(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="mtls"):
        replace(MTLS, **changes)
