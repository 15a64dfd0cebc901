"""What is put into the outbox, and what is not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from broker.foundation.outside import Outside
from broker.messages.outbox import Channel, Letter, Notices, Outbox, bound_to
from broker.messages.settings import MessageSettings
from broker.messages.tables import LetterRow
from broker.storage.database import Database
from keys.vault import Vault
from tests.support.clock import Clock
from tests.support.sealing import sealing_vault

CODE = Letter("code", Channel.SMS, "+79123456789", "ru", "p1", {"code": "123456"})
LINKED = Letter("linked", Channel.MAIL, "anna@example.org", "en", "p1")


@pytest.fixture
def vault(database: Database, outside: Outside) -> Vault:
    return sealing_vault(database, outside)


@pytest.fixture
def outbox(database: Database, vault: Vault, outside: Outside) -> Outbox:
    return Outbox(database, vault.sealer, outside, MessageSettings())


def rows(database: Database) -> list[Any]:
    return list(database.session.execute(select(LetterRow.__table__).order_by(LetterRow.kind)).all())


def test_a_letter_waits_sealed(database: Database, vault: Vault, outbox: Outbox, clock: Clock) -> None:
    with database.work():
        letter_id = outbox.put(CODE)

    (row,) = rows(database)
    assert (letter_id, "code", "sms", "ru", "p1") == tuple(row[:5])
    assert ("waiting", 0) == (row.state, row.tries)
    assert clock.now() == row.made_at == row.next_at
    assert b"123456" not in row.sealed
    inside = {"address": "+79123456789", "variables": {"code": "123456"}}
    assert inside == json.loads(vault.sealer.unseal(row.sealed, bound_to(letter_id)))


@pytest.mark.parametrize(
    ("kind", "lasts"),
    [
        ("code", timedelta(minutes=15)),
        ("code_for_login", timedelta(minutes=15)),
        ("phone_confirm", timedelta(minutes=15)),
        ("linked", timedelta(hours=24)),
        ("email_confirm", timedelta(hours=24)),
    ],
)
def test_codes_are_given_up_when_they_end(database: Database, outbox: Outbox, clock: Clock, kind: str, lasts: timedelta) -> None:
    with database.work():
        outbox.put(Letter(kind, Channel.MAIL, "a@example.org", "ru"))

    assert clock.now() + lasts == rows(database)[0].ends_at


def test_a_letter_is_a_part_of_the_work_it_tells_of(database: Database, outbox: Outbox) -> None:
    with pytest.raises(RuntimeError, match="unit of work"):
        outbox.put(LINKED)
    with pytest.raises(KeyError), database.work():
        outbox.put(LINKED)
        raise KeyError

    assert [] == rows(database)
    assert not outbox.bell_of(Channel.MAIL).is_set()


def test_the_bell_rings_after_the_commit(database: Database, outbox: Outbox) -> None:
    with database.work():
        outbox.put(LINKED)
        assert not outbox.bell_of(Channel.MAIL).is_set()

    assert outbox.bell_of(Channel.MAIL).is_set()


def test_a_letter_shows_nothing_of_its_reader() -> None:
    assert "Letter(kind='code', channel='sms')" == repr(CODE)


@pytest.mark.parametrize(
    ("addresses", "told"),
    [
        ([], []),
        ([(Channel.MAIL, "a@x.org"), (Channel.MAIL, "b@x.org"), (Channel.SMS, "+7912")], ["mail", "mail"]),
        ([(Channel.SMS, "+7912"), (Channel.MAIL, "a@x.org")], ["mail"]),
        ([(Channel.SMS, "+7912"), (Channel.SMS, "+7913")], ["sms"]),
    ],
)
def test_notices_go_to_every_mailbox_or_else_one_phone(
    database: Database, outbox: Outbox, addresses: list[tuple[Channel, str]], told: list[str]
) -> None:
    notices = Notices(outbox, {"p1": addresses}.__getitem__)

    with database.work():
        count = notices.tell("p1", "case_fixed", region="29")

    assert len(told) == count
    assert told == [row.channel for row in rows(database)]
