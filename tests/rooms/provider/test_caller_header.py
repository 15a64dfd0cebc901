"""`client_secret_basic`: one reading of the header, for whom it names and for what it proves (RFC 6749 2.3.1)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError

from broker.clients.client import Client, ClientSecret
from broker.foundation.encoding import digest
from broker.provider.caller.client_auth import by_header, named_client, presented_methods
from broker.provider.caller.client_model import ClientModel
from broker.provider.carried import CarriedRequest

SECRET = "a+b/c%d:e"
DIARY = Client(
    client_id="diary~1", client_name="Дневник", client_name_en="Diary", organisation="Diary", redirect_uris=(),
    secrets=(ClientSecret(digest(SECRET)),),
)  # fmt: skip


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def request_with(header: str, **form: str) -> CarriedRequest:
    return CarriedRequest("POST", form, {"Authorization": header})


def find(client_id: str) -> ClientModel | None:
    return ClientModel(DIARY, lambda: datetime(2026, 9, 1, tzinfo=UTC)) if client_id == DIARY.client_id else None


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(basic("diary%7E1:a%2Bb%2Fc%25d%3Ae"), id="encoded, as the standard says"),
        pytest.param(basic("diary~1:a+b/c%25d:e"), id="a plus sign and a colon as they are"),
        pytest.param(basic("diary~1:a+b/c%25d:e").replace("Basic", "bAsIc"), id="the scheme in whatever case"),
        pytest.param(basic("diary~1:a+b/c%25d:e").replace(" ", "  "), id="a space too many"),
    ],
)
def test_the_right_secret_proves_who_asks(header: str) -> None:
    request = request_with(header, client_id="diary~1")
    assert ["client_secret_basic"] == presented_methods(request)
    model = by_header(find, request)
    assert model is not None and DIARY is model.client


@pytest.mark.parametrize("text", ["diary~1:a b/c%25d:e", "diary~1:a+b/c%25d", "diary:a+b/c%25d:e", "diary~1%3Aa+b/c%25d:e"])
def test_another_secret_or_name_proves_nothing(text: str) -> None:
    assert by_header(find, request_with(basic(text))) is None


@pytest.mark.parametrize(
    "header",
    [
        basic("diary~1"), basic(":a+b/c%25d:e"), basic("diary~1:"), "Basic", "Basic ", "Basic !!!!", "Basic ёё",
        "Basic " + base64.b64encode(b"diary~1:\xff").decode(), basic("diary~1:a+b/c%25d:e") + "====\n",
        basic("diary~1:a+b/c%25d:e").replace("Basic", "Bearer"),
    ],
)  # fmt: skip
def test_a_header_that_cannot_be_read_proves_nothing(header: str) -> None:
    with pytest.raises(InvalidClientError):
        by_header(find, request_with(header))
    with pytest.raises(InvalidClientError):
        presented_methods(request_with(header, client_id="diary~1"))
    assert named_client(request_with(header, client_id="diary~1")) is None


def test_nobody_acts_for_another_client_by_naming_it() -> None:
    request = request_with(basic("diary~1:a+b/c%25d:e"), client_id="olymp")
    with pytest.raises(OAuth2Error) as caught:
        presented_methods(request)
    assert "invalid_request" == caught.value.error
    assert "diary~1" == named_client(request)
