"""Settings and steps of the provider that cannot be meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from authlib.oauth2.rfc6749 import UnauthorizedClientError

from broker.provider.granting.client_grant import require_confidential
from broker.provider.request.asking import Asking
from broker.provider.request.parameters import Parameters
from broker.provider.settings import ProviderSettings
from broker.tokens.settings import TokenSettings
from tests.rooms.provider.stand import DIARY


@pytest.mark.parametrize("changes", [
    {"issuer": "ftp://broker.example.ru"}, {"issuer": "https://"}, {"issuer": "https://broker.example.ru/"},
    {"issuer": "https://a@broker.example.ru"}, {"pushed_request_ttl": timedelta(seconds=4)},
    {"pushed_request_ttl": timedelta(seconds=600)}, {"surer_scopes": ("openid", "all")}, {"surer_within": timedelta(seconds=-1)},
])  # fmt: skip
def test_settings_of_the_provider(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^provider\."):
        ProviderSettings(**changes)


@pytest.mark.parametrize("changes", [
    {"code_ttl": timedelta(0)}, {"code_ttl": timedelta(minutes=11)}, {"longest_ttl": timedelta(hours=2)},
    {"access_ttl": timedelta(minutes=59), "longest_ttl": timedelta(minutes=58)}, {"device_ttl": timedelta(seconds=59)},
    {"device_ttl": timedelta(minutes=31)}, {"device_interval": timedelta(seconds=1)}, {"device_interval": timedelta(minutes=2)},
    {"refresh_idle": timedelta(days=91)},
])  # fmt: skip
def test_settings_of_tokens(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^tokens\."):
        TokenSettings(**changes)


def test_a_check_that_comes_too_early_is_a_mistake_of_ours() -> None:
    asking = Asking(Parameters({}, {}))

    with pytest.raises(RuntimeError):
        _ = asking.known_client
    with pytest.raises(RuntimeError):
        _ = asking.known_destination


def test_a_client_that_cannot_prove_who_it_is_gets_no_token_of_its_own() -> None:
    require_confidential(DIARY)
    with pytest.raises(UnauthorizedClientError):
        require_confidential(replace(DIARY, token_endpoint_auth_method="none"))
