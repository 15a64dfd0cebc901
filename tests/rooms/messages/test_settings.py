"""Settings that make no sense are refused by name, and secrets do not show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from broker.messages.settings import MessageSettings


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"smtp_port": 0}, "smtp_port"),
        ({"smtp_port": 65536}, "smtp_port"),
        ({"smtp_security": "ssl"}, "smtp_security"),
        ({"sender": "nobody"}, "sender"),
        ({"sender": "@example.org"}, "sender"),
        ({"sender": "a@example.org\nBcc: b@example.org"}, "sender"),
        ({"smtp_host": "mail.example.org"}, "sender"),
        ({"smtp_password": "x"}, "smtp_user"),
        ({"sms_url": "sms.example.org"}, "sms_url"),
        ({"give_up_after": timedelta(minutes=14)}, "give_up_after"),
        ({"give_up_after": timedelta(days=8)}, "give_up_after"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=f"^messages.{named}"):
        MessageSettings(**wrong)


@pytest.mark.parametrize("sender", ["noreply@example.org", "Школьный вход <noreply@example.org>", '"A, B" <a@b.example>'])
def test_senders_that_are_fine(sender: str) -> None:
    assert sender == MessageSettings(smtp_host="mail.example.org", sender=sender).sender


def test_secrets_do_not_show() -> None:
    shown = repr(MessageSettings(smtp_user="u", smtp_password="hidden-1", sms_token="hidden-2", sms_url="http://h/hidden-3"))

    assert "hidden" not in shown
