"""A Python relying party that is not Authlib: simple-openid-connect, which reads JWTs with cryptojwt."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests
from simple_openid_connect import pkce
from simple_openid_connect.client import OpenidClient
from simple_openid_connect.data import (
    RpInitiatedLogoutRequest,
    TokenErrorResponse,
    TokenIntrospectionSuccessResponse,
    TokenSuccessResponse,
    UserinfoErrorResponse,
    UserinfoSuccessResponse,
)
from simple_openid_connect.exceptions import ValidationError

from tests.relying_parties.strict_house import StrictHouse
from tests.support.browser import Browser
from tests.support.visits import register

pytestmark = pytest.mark.xdist_group("strict")

CALLBACK = "https://club.example/callback"
AFTER_SIGN_OUT = "https://club.example/signed-out"


@dataclass(frozen=True)
class Service:
    """The library as an integrator sets it up, and somebody's browser."""

    house: StrictHouse
    client: OpenidClient
    browser: Browser

    def sign_in(self) -> tuple[TokenSuccessResponse, str]:
        """Tokens, and the nonce that the ID token must hold."""
        state, nonce = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        verifier, challenge = pkce.generate_pkce_pair()
        flow = self.client.authorization_code_flow
        begun = flow.start_authentication(state, nonce, code_challenge=challenge, code_challenge_method="S256")
        page = self.house.town.sign_in(self.browser, "orlova", begun, until=CALLBACK)
        tokens = flow.handle_authentication_result(page.headers["location"], state=state, code_verifier=verifier)
        assert isinstance(tokens, TokenSuccessResponse), tokens
        return tokens, nonce


@pytest.fixture(params=["confidential", "public"])
def service(strict: StrictHouse, request: pytest.FixtureRequest) -> Iterator[Service]:
    name, is_public = f"python-{request.param}", request.param == "public"
    party = register(
        strict.town, name, redirect_uris=(CALLBACK,), post_logout_redirect_uris=(AFTER_SIGN_OUT,), first_party=True,
        id_token_signed_response_alg="RS256",
        token_endpoint_auth_method="none" if is_public else "client_secret_basic",
    )  # fmt: skip
    session = requests.Session()
    session.verify = str(strict.authorities)
    session.trust_env = False
    client = OpenidClient.from_issuer_url(
        strict.town.issuer, CALLBACK, name, party.secret, "openid profile school offline_access", session=session
    )
    with Browser() as browser:
        browser.session.verify = str(strict.authorities)
        yield Service(strict, client, browser)


def test_a_whole_life_of_a_sign_in(service: Service) -> None:
    tokens, nonce = service.sign_in()
    claims = service.client.decode_id_token(tokens.id_token, nonce)
    told = service.client.fetch_userinfo(tokens.access_token)
    assert isinstance(told, UserinfoSuccessResponse), told
    assert (claims.sub, "Орлова") == (told.sub, told.family_name)
    with pytest.raises(ValidationError):
        service.client.decode_id_token(tokens.id_token, "another nonce")

    renewed = service.client.exchange_refresh_token(tokens.refresh_token or "")
    assert isinstance(renewed, TokenSuccessResponse), renewed
    assert claims.sub == service.client.decode_id_token(renewed.id_token).sub
    if service.client.client_type == "confidential":
        looked = service.client.introspect_token(renewed.access_token)
        assert isinstance(looked, TokenIntrospectionSuccessResponse) and looked.active

    asked = RpInitiatedLogoutRequest(id_token_hint=tokens.id_token, post_logout_redirect_uri=AFTER_SIGN_OUT, state="bye")
    left = service.browser.open(service.client.initiate_logout(asked), follow=False)
    assert f"{AFTER_SIGN_OUT}?state=bye" == left.headers["location"]
    assert isinstance(service.client.exchange_refresh_token(renewed.refresh_token or ""), TokenErrorResponse)
    assert isinstance(service.client.fetch_userinfo(renewed.access_token), UserinfoErrorResponse)
