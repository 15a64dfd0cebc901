"""The readiness check of services that prove who they are by certificates, and whose tokens are bound (RFC 8705, RFC 9449)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from joserfc.jwk import ECKey

from broker.audit.event import SYSTEM
from broker.console.readiness.desk import ReadinessDesk
from broker.foundation.jose import public_jwk
from tests.relying_parties.strict_house import SUBJECT, StrictHouse, key_pem
from tests.support.careless import Party, careless
from tests.support.client_certificates import Made
from tests.support.dpop import Holder
from tests.support.serving import bound, serving
from tests.support.visits import register

pytestmark = pytest.mark.xdist_group("strict")

BY_CHAIN = {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": SUBJECT}
BOUND_TO_CERTIFICATE = {"tls_client_certificate_bound_access_tokens": True}
BOUND_TO_KEY = {"dpop_bound_access_tokens": True}


def by_itself(made: Made) -> dict[str, Any]:
    shown = public_jwk(made.key.public_key()) | {"kid": "tls", "x5c": [base64.b64encode(made.der).decode()]}
    return {"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": {"keys": [shown]}}


def connections(house: StrictHouse, shown: Made | None, folder: Path) -> requests.Session:
    """A library's connections that believe the house, and show a certificate."""
    http = requests.Session()
    http.verify = str(house.authorities)
    http.trust_env = False
    if shown is not None:
        (folder / "shown.pem").write_text(shown.pem + key_pem(shown))
        http.cert = str(folder / "shown.pem")
    return http


def proofs(address: str) -> Any:
    key = ECKey.generate_key("P-256")
    return lambda method, place, token=None: Holder(place, lambda: datetime.now(UTC), key).proof(method, "", token)


def checked(house: StrictHouse, party: Party, fields: Mapping[str, Any]) -> dict[str, str]:
    """The lines that failed, each with what was seen; none for a service that is ready."""
    own, open_house = party.own_url, house.town.house
    made = register(
        house.town, party.client_id, redirect_uris=(party.redirect_uri,), initiate_login_uri=f"{own}/sign-in",
        backchannel_logout_uri=f"{own}/logout", id_token_signed_response_alg="ES256", **fields,
    )  # fmt: skip
    app = careless(replace(party, secret=made.secret or ""))
    with serving(bound(house.neighbour_port), app), open_house.app.app_context():
        client = open_house.clients.find(party.client_id)
        assert client is not None
        desk = ReadinessDesk(open_house, house.town.issuer, open_house.outside)
        found = desk.check(client, None, f"{own}/", SYSTEM)
    failed = {row["line"]: row["seen"] for row in found["lines"] if not row["passed"]}
    assert found["ready"] == (not failed)
    return failed


def new_party(house: StrictHouse, client_id: str, http: requests.Session, **more: Any) -> Party:
    own_url = f"http://127.0.0.1:{house.neighbour_port}"
    return Party(house.town.issuer, client_id, "", own_url, frozenset(), http=http, **more)


def test_services_that_show_a_certificate(strict: StrictHouse, tmp_path: Path) -> None:
    """By an authority's and by their own; the tokens of one are bound to the certificate, the other's to a key."""
    chained = new_party(strict, "chained", connections(strict, strict.by_chain, tmp_path))
    assert {} == checked(strict, chained, BY_CHAIN | BOUND_TO_CERTIFICATE)

    alone = new_party(strict, "alone", connections(strict, strict.by_itself, tmp_path), proof=proofs(strict.town.issuer))
    assert {} == checked(strict, alone, by_itself(strict.by_itself) | BOUND_TO_KEY)


def test_what_would_be_refused_at_a_sign_in_is_not_called_ready(strict: StrictHouse, tmp_path: Path) -> None:
    """A check that let these pass would send them into their first day with nobody getting in."""
    plain = connections(strict, None, tmp_path)
    without_proof = new_party(strict, "without-proof", plain)
    without_certificate = new_party(strict, "without-certificate", plain)
    of_another = new_party(strict, "of-another", connections(strict, strict.by_itself, tmp_path))

    for party, fields in (
        (without_proof, BOUND_TO_KEY), (without_certificate, BOUND_TO_CERTIFICATE), (of_another, BY_CHAIN),
    ):  # fmt: skip
        assert {"sign_in": "not signed in"} == checked(strict, party, fields), party.client_id
