"""Letters leave a real server by themselves, whatever is killed in between."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.messages.outbox import Channel, Letter
from tests.support.gunicorn import Gunicorn, gunicorn_town
from tests.support.mail_server import MailServer, SmsPhone, changes_for, mail_server, sms_gateway
from tests.support.town import Town

pytestmark = pytest.mark.xdist_group("killed-workers")
_PATIENCE = 30.0


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, Gunicorn, MailServer, SmsPhone]]:
    with mail_server() as mail, sms_gateway() as phone:
        changes = changes_for(mail, phone) | {"BROKER_MESSAGES__COURIER": "true"}
        with gunicorn_town(tmp_path_factory.mktemp("letters"), changes) as (town, server):
            yield town, server, mail, phone


def put(town: Town, channel: Channel, address: str) -> None:
    """As a page does it: in a unit of work, and nothing more."""
    with town.house.app.app_context(), town.house.database.work():
        town.house.outbox.put(Letter("code", channel, address, "ru", variables={"code": "123456"}))


def texts_for(far: MailServer | SmsPhone, address: str) -> list[str]:
    """What came for an address, as soon as anything has."""
    end = time.monotonic() + _PATIENCE
    while not far.messages_to(address) and time.monotonic() < end:
        time.sleep(0.02)
    return [message.text for message in far.messages_to(address)]


def test_workers_send_what_is_committed(street: tuple[Town, Gunicorn, MailServer, SmsPhone]) -> None:
    town, _server, mail, phone = street

    put(town, Channel.MAIL, "anna@example.org")
    put(town, Channel.SMS, "+79123456789")

    assert 1 == len(texts_for(mail, "anna@example.org"))
    assert ["Код 123456. Работает 15 минут. Никому его не говорите."] == texts_for(phone, "+79123456789")


def test_a_gateway_that_thinks_holds_up_no_mail(street: tuple[Town, Gunicorn, MailServer, SmsPhone]) -> None:
    town, _server, mail, phone = street
    phone.awake.clear()
    try:
        put(town, Channel.SMS, "+79123450001")
        put(town, Channel.SMS, "+79123450002")
        put(town, Channel.MAIL, "vera@example.org")

        assert 1 == len(texts_for(mail, "vera@example.org"))
        assert [] == phone.messages_to("+79123450001")
    finally:
        phone.awake.set()
    assert 1 == len(texts_for(phone, "+79123450001"))


def test_a_letter_outlives_the_server(street: tuple[Town, Gunicorn, MailServer, SmsPhone]) -> None:
    town, server, mail, _phone = street
    server.stop(signal.SIGKILL)
    put(town, Channel.MAIL, "boris@example.org")
    assert [] == mail.messages_to("boris@example.org")

    server.start()

    assert 1 == len(texts_for(mail, "boris@example.org"))


def test_a_server_that_stops_in_good_order_says_nothing(street: tuple[Town, Gunicorn, MailServer, SmsPhone]) -> None:
    _town, server, _mail, _phone = street
    before = Path(server.log).read_text()
    server.stop()
    server.start()

    assert "Traceback" not in Path(server.log).read_text()[len(before) :]
