"""On what terms tokens are issued: pure rules of the token endpoint."""

from __future__ import annotations

from dataclasses import replace

import pytest
from authlib.oauth2 import OAuth2Error
from hypothesis import given
from hypothesis import strategies as st

from broker.provider.granting.refresh_grant import keeps_refresh_tokens
from broker.provider.granting.terms import audience_of
from tests.rooms.provider.stand import DIARY

RESOURCES = ("https://a.example/", "https://b.example/", "https://c.example/")
SOME = st.lists(st.sampled_from(RESOURCES), unique=True).map(tuple)


@given(SOME, SOME, SOME)
def test_a_token_is_never_for_more_than_was_granted_and_is_registered(
    asked: tuple[str, ...], granted: tuple[str, ...], registered: tuple[str, ...]
) -> None:
    client = replace(DIARY, resources=registered)
    try:
        found = audience_of(asked, granted, client)
    except OAuth2Error as error:
        assert "invalid_target" == error.error
        allowed = set(granted or registered) & set(registered)
        assert not set(asked) <= allowed or (granted and not asked and not allowed)
        return
    assert set(found) <= set(registered)
    assert set(found) <= set(granted or registered)
    # What was granted for resources never becomes a token for the issuer.
    assert bool(found) == bool(asked or granted)


@pytest.mark.parametrize(
    ("changes", "keeps"),
    [
        ({}, False),
        ({"profile": "fapi2"}, True),
        ({"dpop_bound_access_tokens": True}, True),
        ({"tls_client_certificate_bound_access_tokens": True}, True),
        # Nothing but the token itself would prove whose it is (RFC 9700 2.2.2).
        ({"dpop_bound_access_tokens": True, "token_endpoint_auth_method": "none"}, False),
    ],
)
def test_who_keeps_a_refresh_token(changes: dict[str, object], keeps: bool) -> None:
    assert keeps == keeps_refresh_tokens(replace(DIARY, **changes))
