"""Nothing secret and nobody's name reaches a log, and a store that is down opens nothing."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from broker.provider.granting.engine import quiet_authlib
from broker.provider.granting.pipeline import TokenAnswer
from broker.provider.settings import ProviderSettings
from broker.storage.shelf import ShelfUnavailable
from tests.rooms.provider.stand import ISSUER, Browser, RelyingParty, Stand


def test_no_log_holds_what_the_request_held(
    stand: Stand, browser: Browser, diary: RelyingParty, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    caplog.set_level(logging.DEBUG)
    code = diary.code(browser)
    tokens = diary.redeem(code).json
    renewed = diary.refresh(tokens["refresh_token"]).json
    diary.userinfo(renewed["access_token"])
    diary.redeem(code)
    diary.post("/revoke", {"token": renewed["refresh_token"]})
    secrets = [code, diary.verifier, stand.secrets["diary"], "Соколова", "00200000014"]
    secrets += [value for answer in (tokens, renewed) for name, value in answer.items() if name.endswith("_token")]

    assert [] == [secret for secret in secrets if secret in caplog.text]


def test_even_an_open_debug_log_of_authlib_holds_no_token(
    stand: Stand, browser: Browser, diary: RelyingParty, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="authlib"):
        tokens = diary.tokens(browser)
    quiet_authlib()

    assert "Issue token" in caplog.text
    assert not any(value in caplog.text for name, value in tokens.items() if name.endswith("_token"))
    assert "TokenAnswer(...)" == repr(TokenAnswer(access_token="x"))


def test_when_the_shelf_is_down_nothing_opens(
    stand: Stand, browser: Browser, diary: RelyingParty, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = diary.code(browser)

    def fails(*_: Any, **__: Any) -> Any:
        raise ShelfUnavailable

    for verb in ("put", "get", "take", "claim"):
        monkeypatch.setattr(stand.rooms.shelf, verb, fails)
    answer = diary.redeem(code)
    assert (503, "temporarily_unavailable") == (answer.status_code, answer.json["error"])
    page = diary.authorize(browser)
    assert (503, True) == (page.status_code, "8002" in page.text)


@pytest.mark.parametrize("issuer", ["", "ftp://x", "https://", "https://a/", "https://a/b", "https://a?b", "https://u@a", "a"])
def test_an_issuer_that_nobody_could_compare_is_refused(issuer: str) -> None:
    with pytest.raises(ValueError, match=r"provider\.issuer"):
        ProviderSettings(issuer=issuer)


def test_a_plain_issuer_is_accepted() -> None:
    assert ISSUER == ProviderSettings(issuer=ISSUER).issuer
