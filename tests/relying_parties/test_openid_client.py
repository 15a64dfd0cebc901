"""A relying party in another language: npm openid-client does everything an integrator's code does, and checks all it gets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from tests.relying_parties.demo import RunningDemo
from tests.relying_parties.node import require_node, run_script

SCOPES = "openid profile school offline_access"
REDIRECT_URI = "http://127.0.0.1:9/callback"
AFTER_SIGN_OUT = "http://127.0.0.1:9/signed-out"

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("demo")]


@pytest.fixture(autouse=True)
def _node_is_here() -> None:
    require_node()


def sign_in(demo: RunningDemo, task: dict[str, Any]) -> dict[str, Any]:
    whole = {
        "issuer": demo.house.issuer,
        "redirect_uri": REDIRECT_URI,
        "post_logout_redirect_uri": AFTER_SIGN_OUT,
        "scope": SCOPES,
        "login": "orlova",
        "password": "demo",
        **task,
    }
    return run_script("sign_in.mjs", whole)


def words(auth: str, alg: str) -> list[str]:
    scopes = [word for scope in SCOPES.split() for word in ("--scope", scope)]
    return [
        "--redirect-uri", REDIRECT_URI, "--post-logout-redirect-uri", AFTER_SIGN_OUT, "--grant-type", "refresh_token",
        "--auth-method", auth, "--alg", alg, *scopes,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("auth", "method", "alg", "first_party"),
    [
        ("basic", "client_secret_basic", "RS256", True),
        ("post", "client_secret_post", "ES256", False),
        ("none", "none", "PS256", False),
        ("private_key_jwt", "private_key_jwt", "ES256", False),
    ],
)
def test_a_whole_life_of_a_sign_in(
    demo: RunningDemo, tmp_path: Path, auth: str, method: str, alg: str, first_party: bool
) -> None:
    more = words(method, alg) + (["--first-party"] if first_party else [])
    task: dict[str, Any] = {"client_id": f"node-{auth}".replace("_", "-"), "auth": auth, "id_token_alg": alg}
    if auth == "private_key_jwt":
        key = ECKey.generate_key("P-256", {"kid": "node", "use": "sig", "alg": "ES256"})
        (tmp_path / "jwks.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}), encoding="utf-8")
        more += ["--jwks", str(tmp_path / "jwks.json")]
        task["private_jwk"] = key.as_dict(private=True)
    task["client_secret"] = demo.add_client(task["client_id"], *more).get("client_secret")

    seen = sign_in(demo, task)

    assert demo.house.issuer == seen["issuer"] == seen["response_iss"] == seen["id_token"]["iss"]
    assert task["client_id"] == seen["id_token"]["aud"]
    assert seen["id_token"]["sub"] == seen["userinfo"]["sub"] == seen["renewed_userinfo_sub"]
    assert "Орлова" == seen["userinfo"]["family_name"]
    assert "29" == seen["userinfo"]["region"]
    assert seen["refresh_rotated"]
    assert seen["silent_same_person"]
    assert seen["sign_out_state_returned"]
    assert "invalid_grant" == seen["after_revocation"] == seen["refresh_after_sign_out"]
    assert "login_required" == seen["silent_after_sign_out"]


def test_two_services_know_one_person_under_different_names(demo: RunningDemo) -> None:
    found = []
    for name in ("pair-one", "pair-two"):
        uri = f"http://127.0.0.1:9/{name}/callback"
        more = [*words("client_secret_basic", "ES256"), "--redirect-uri", uri, "--sector", f"{name}.example"]
        secret = demo.add_client(name, *more)["client_secret"]
        found.append(sign_in(demo, {"client_id": name, "auth": "basic", "id_token_alg": "ES256", "client_secret": secret}))

    assert found[0]["userinfo"]["sub"] != found[1]["userinfo"]["sub"]
    assert found[0]["userinfo"]["family_name"] == found[1]["userinfo"]["family_name"]
