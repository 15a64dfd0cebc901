"""FAPI 2.0 with libraries we did not write: oauth4webapi message by message, openid-client for every grant."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from joserfc.jwk import ECKey

from broker.foundation.jose import public_jwk
from tests.relying_parties.node import require_node, run_script
from tests.relying_parties.strict_house import SUBJECT, StrictHouse, key_pem
from tests.support.devices import EVERY_GRANT
from tests.support.visits import register

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("strict")]

KEY = ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
CALLBACK = "https://club.example/callback"
AFTER_SIGN_OUT = "https://club.example/signed-out"
RESOURCE = "https://marks.example/"
SCOPE = "openid profile school offline_access"
SIGNED = {
    "id_token_signed_response_alg": "ES256", "authorization_signed_response_alg": "ES256",
    "userinfo_signed_response_alg": "ES256", "introspection_signed_response_alg": "ES256",
}  # fmt: skip


@pytest.fixture
def house(strict: StrictHouse) -> StrictHouse:
    require_node()
    return strict


# The requests of these are encrypted, too: by a library that is none of ours, to a key found in our key set.
ENCRYPTION = {("private_key_jwt", "dpop"): "RSA-OAEP-256", ("tls_client_auth", "tls"): "ECDH-ES+A256KW"}


@pytest.mark.parametrize("binding", ["dpop", "tls"])
@pytest.mark.parametrize(("method", "mode"), [
    ("private_key_jwt", "jwt"), ("tls_client_auth", "query.jwt"), ("self_signed_tls_client_auth", "form_post.jwt"),
])  # fmt: skip
def test_a_sign_in_of_the_strict_profile(house: StrictHouse, method: str, mode: str, binding: str) -> None:
    client_id = f"{method}-{binding}".replace("_", "-")
    shown = house.by_itself if method == "self_signed_tls_client_auth" else house.by_chain
    public = {**KEY.as_dict(private=False), "use": "sig"}
    certificate = public_jwk(shown.key.public_key()) | {"kid": "tls", "x5c": [base64.b64encode(shown.der).decode()]}
    register(
        house.town, client_id, profile="fapi2", redirect_uris=(CALLBACK,), token_endpoint_auth_method=method,
        jwks={"keys": [public, certificate] if shown is house.by_itself else [public]},
        tls_client_auth_subject_dn=SUBJECT if method == "tls_client_auth" else None,
        require_pushed_authorization_requests=True, require_signed_request_object=True,
        dpop_bound_access_tokens=binding == "dpop", tls_client_certificate_bound_access_tokens=binding == "tls", **SIGNED,
    )  # fmt: skip
    seen = run_script("fapi.mjs", {
        "issuer": house.town.issuer, "client_id": client_id, "private_jwk": KEY.as_dict(private=True),
        "auth": "private_key_jwt" if method == "private_key_jwt" else "tls", "binding": binding, "response_mode": mode,
        "encryption": ENCRYPTION.get((method, binding)),
        "cert": shown.pem, "cert_key": key_pem(shown), "redirect_uri": CALLBACK, "scope": SCOPE,
        "login": "orlova", "password": "demo",
    }, house.authorities)  # fmt: skip

    assert (["response"], "POST" if mode.startswith("form") else "GET") == (seen["parameters"], seen["arrived_by"])
    assert ("dpop" if binding == "dpop" else "bearer") == seen["token_type"]
    assert ("Орлова", True) == (seen["userinfo"]["family_name"], seen["same_subject"])
    # Without the nonce of the server nothing begins; afterwards the library has it.
    assert (binding == "dpop") == bool(seen["nonces_asked"])
    assert [401, 401, 401, 401] == seen["thief"]
    assert seen["refreshed_twice"]
    assert {"active": True, "cnf": ["jkt" if binding == "dpop" else "x5t#S256"]} == seen["introspected"]
    assert seen["active_after_revocation"] is False
    assert "a page without a way on" in seen["pushed_again"] or "1002" in seen["pushed_again"]
    assert "invalid_grant" == seen["code_again"] == seen["refresh_after_replay"]


def test_every_grant_and_every_kind_of_answer(house: StrictHouse) -> None:
    register(
        house.town, "everything", grant_types=EVERY_GRANT, redirect_uris=(CALLBACK,), first_party=True,
        post_logout_redirect_uris=(AFTER_SIGN_OUT,), token_endpoint_auth_method="private_key_jwt", resources=(RESOURCE,),
        jwks={"keys": [KEY.as_dict(private=False)]}, id_token_signed_response_alg="ES256",
        authorization_signed_response_alg="ES256",
    )  # fmt: skip
    task: dict[str, Any] = {
        "issuer": house.town.issuer, "client_id": "everything", "private_jwk": KEY.as_dict(private=True),
        "redirect_uri": CALLBACK, "post_logout_redirect_uri": AFTER_SIGN_OUT, "resource": RESOURCE,
        "login": "orlova", "password": "demo",
    }  # fmt: skip
    seen = run_script("every_grant.mjs", task, house.authorities)

    assert (True, [RESOURCE]) == (seen["device"], seen["own_audience"])
    assert {"scope": "profile", "type": "urn:ietf:params:oauth:token-type:access_token"} == seen["swapped"]
    assert seen["swapped_after_revocation"] is False
    assert "POST" == seen["form_post"]
    assert {"by": "GET", "parameters": ["response"], "token_type": "dpop"} == seen["strict"]
    assert ("29", "dpop", True) == (seen["region"], seen["renewed_type"], seen["left"])
    assert seen["without_the_key"] in ("invalid_dpop_proof", "invalid_grant")
    assert "invalid_grant" == seen["after_sign_out"]
