"""One contract for every way out of the house, the one for tests included; then what is particular to each."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from broker.foundation.http_send import HttpSender
from broker.foundation.outside import HttpFailure, HttpRequest, HttpResponse
from broker.foundation.settings import HttpSettings
from broker.messages.carrier import Carrier, NotCarried, Parcel, Trouble, Words
from broker.messages.settings import MessageSettings
from broker.messages.sms import SmsGateway
from broker.messages.smtp import SmtpCarrier
from tests.contracts.carrier_contract import CarrierContract, FarSide, parcel
from tests.support.carriers import MemoryCarrier
from tests.support.certificates import self_signed
from tests.support.clock import FIRST_BELL, Clock
from tests.support.mail_server import MailServer, Sms, SmsPhone, mail_server, sms_gateway

ANNA = "anna@example.org"


class TestMemory(CarrierContract):
    @pytest.fixture
    def carrier(self) -> MemoryCarrier:
        return MemoryCarrier()

    @pytest.fixture
    def far(self, carrier: MemoryCarrier) -> FarSide:
        return carrier

    @pytest.fixture
    def address(self) -> str:
        return ANNA


class MailSide:
    def __init__(self, stack: ExitStack, **options: Any):
        self._stack = stack
        self.server: MailServer = stack.enter_context(mail_server(**options))

    def came(self) -> list[tuple[str, str]]:
        texts = [(mail.to[0], mail.text) for mail in self.server.messages]
        return [(to, text.replace("\r\n", "\n").removesuffix("\n")) for to, text in texts]

    def refuse(self, how: str) -> None:
        self.server.answers.append("451 4.3.0 anna, later" if how == "busy" else "550 5.1.1 no such anna")

    def be_away(self) -> None:
        self._stack.close()


def to_mail(port: int, **more: Any) -> SmtpCarrier:
    settings = {"smtp_host": "127.0.0.1", "smtp_security": "none", "sender": "Школьный вход <noreply@school.example>"} | more
    return SmtpCarrier(MessageSettings(smtp_port=port, **settings), Clock().now)


class TestSmtp(CarrierContract):
    @pytest.fixture
    def far(self) -> Iterator[MailSide]:
        with ExitStack() as stack:
            yield MailSide(stack)

    @pytest.fixture
    def carrier(self, far: MailSide) -> Iterator[Carrier]:
        carrier = to_mail(far.server.port)
        yield carrier
        carrier.rest()

    @pytest.fixture
    def address(self) -> str:
        return ANNA


class SmsSide:
    def __init__(self, stack: ExitStack):
        self._stack = stack
        self.phone: SmsPhone = stack.enter_context(sms_gateway())

    def came(self) -> list[tuple[str, str]]:
        return [(sms.to, sms.text) for sms in self.phone.messages]

    def refuse(self, how: str) -> None:
        self.phone.answers.append(503 if how == "busy" else 422)

    def be_away(self) -> None:
        self._stack.close()


def to_phone(phone: SmsPhone, token: str = "") -> SmsGateway:
    return SmsGateway(MessageSettings(sms_url=phone.url, sms_token=token or phone.token), HttpSender(HttpSettings()))


class TestSmsGateway(CarrierContract):
    @pytest.fixture
    def far(self) -> Iterator[SmsSide]:
        with ExitStack() as stack:
            yield SmsSide(stack)

    @pytest.fixture
    def carrier(self, far: SmsSide) -> Carrier:
        return to_phone(far.phone)

    @pytest.fixture
    def address(self) -> str:
        return "+79123456789"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def phone() -> Iterator[SmsPhone]:
    with sms_gateway() as gateway:
        yield gateway


def carried(mail: MailServer, what: Parcel) -> Any:
    carrier = to_mail(mail.port)
    carrier.carry(what)
    carrier.rest()
    return mail.messages[-1]


def test_a_mail_says_who_writes_and_that_nobody_need_answer(mail: MailServer) -> None:
    came = carried(mail, parcel(ANNA))

    assert "noreply@school.example" == came.sender
    assert "Школьный вход <noreply@school.example>" == came.message["From"]
    assert ANNA == came.message["To"]
    assert "Код для дневника" == came.subject
    assert FIRST_BELL == came.message["Date"].datetime
    assert "auto-generated" == came.message["Auto-Submitted"]
    assert "ru" == came.message["Content-Language"]
    assert "text/plain" == came.message.get_content_type()


def test_a_repeat_can_be_known_by_its_message_id(mail: MailServer) -> None:
    first, again = carried(mail, parcel(ANNA, letter_id="l-7")), carried(mail, parcel(ANNA, letter_id="l-7"))

    assert "<l-7@school.example>" == first.message["Message-ID"] == again.message["Message-ID"]


@pytest.mark.parametrize(
    "subject", ["Вход\r\nBcc: eve@example.org", "a\nb\n\nbody", "x\r\r\nTo: eve@example.org", "\x00\x0b\x1f\x85\u2028"]
)
def test_a_header_stays_one_line(mail: MailServer, subject: str) -> None:
    came = carried(mail, Parcel("l-1", ANNA, "ru", Words(subject, "text")))

    assert (ANNA,) == came.to
    assert came.message["Bcc"] is None
    assert [ANNA] == [str(value) for value in came.message.get_all("To")]
    assert "text" == came.text.strip()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "a@example.org, eve@example.org",
        "a@example.org\r\nRCPT TO:<eve@example.org>",
        "<a@example.org>",
        "a@example.org\n",
    ],
)
def test_an_address_that_is_none_is_refused_for_good(mail: MailServer, address: str) -> None:
    with pytest.raises(NotCarried) as failed:
        to_mail(mail.port).carry(parcel(address))

    assert (Trouble.REFUSED, True) == (failed.value.trouble, failed.value.is_final)
    assert [] == mail.messages


def test_lines_that_begin_with_a_dot_and_long_ones_come_whole(mail: MailServer) -> None:
    text = ".\n..hidden\n" + "слово " * 400

    assert text.strip() == carried(mail, parcel(ANNA, text)).text.replace("\r\n", "\n").strip()


def test_letters_of_one_round_share_a_connection(mail: MailServer) -> None:
    carrier = to_mail(mail.port)
    carrier.carry(parcel(ANNA))
    kept = carrier._connection
    carrier.carry(parcel(ANNA))

    assert kept is carrier._connection is not None
    carrier.rest()
    assert carrier._connection is None


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return self_signed(tmp_path_factory.mktemp("tls"))


def server_context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def failure_of(carrier: Carrier, what: Parcel) -> tuple[Trouble, bool]:
    with pytest.raises(NotCarried) as failed:
        carrier.carry(what)
    return failed.value.trouble, failed.value.is_final


def test_starttls_seals_the_dialogue(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with mail_server(tls_context=server_context(certificate), require_starttls=True) as server:
        carrier = to_mail(server.port, smtp_security="starttls")
        carrier.carry(parcel(ANNA))
        carrier.rest()

    assert 1 == len(server.messages)


def test_tls_from_the_first_byte(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with mail_server(is_tls=server_context(certificate)) as server:
        carrier = to_mail(server.port, smtp_security="tls")
        carrier.carry(parcel(ANNA))
        carrier.rest()

    assert 1 == len(server.messages)


def test_a_certificate_nobody_vouches_for_is_not_spoken_to(certificate: tuple[Path, Path]) -> None:
    with mail_server(tls_context=server_context(certificate)) as server:
        assert (Trouble.TLS, False) == failure_of(to_mail(server.port, smtp_security="starttls"), parcel(ANNA))

    assert [] == server.messages


def test_without_the_promise_of_tls_nothing_is_said(mail: MailServer) -> None:
    assert (Trouble.TLS, False) == failure_of(to_mail(mail.port, smtp_security="starttls"), parcel(ANNA))
    assert [] == mail.messages


@pytest.mark.parametrize(("password", "is_let_in"), [("right", True), ("wrong", False)])
def test_we_sign_in_at_the_mail_server(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, password: str, is_let_in: bool
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"right", handled=False)

    with mail_server(tls_context=server_context(certificate), authenticator=check, auth_required=True) as server:
        carrier = to_mail(server.port, smtp_security="starttls", smtp_user="broker", smtp_password=password)
        if is_let_in:
            carrier.carry(parcel(ANNA))
            carrier.rest()
        else:
            # Ours to repair: the letter waits for it.
            assert (Trouble.LOGIN_REFUSED, False) == failure_of(carrier, parcel(ANNA))

    assert is_let_in == (len(server.messages) == 1)


def test_a_connection_that_broke_is_not_used_again(mail: MailServer) -> None:
    carrier = to_mail(mail.port)
    carrier.carry(parcel(ANNA))
    assert carrier._connection is not None and carrier._connection.sock is not None
    carrier._connection.sock.shutdown(socket.SHUT_RDWR)

    assert (Trouble.UNREACHABLE, False) == failure_of(carrier, parcel(ANNA))
    carrier.carry(parcel(ANNA, "again"))
    carrier.rest()
    assert 2 == len(mail.messages)


def test_the_gateway_gets_an_id_and_our_token(phone: SmsPhone) -> None:
    to_phone(phone).carry(parcel("+79123456789", letter_id="l-9"))

    assert [Sms("+79123456789", "Код 123456.\nРаботает 15 минут.", "l-9")] == phone.messages
    assert (Trouble.LOGIN_REFUSED, False) == failure_of(to_phone(phone, "other"), parcel("+79123456789"))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, (Trouble.UNREACHABLE, False)),
        (400, (Trouble.REFUSED, True)),
        (401, (Trouble.LOGIN_REFUSED, False)),
        (403, (Trouble.LOGIN_REFUSED, False)),
        (404, (Trouble.REFUSED, True)),
        (408, (Trouble.BUSY, False)),
        (429, (Trouble.BUSY, False)),
        (500, (Trouble.BUSY, False)),
        (503, (Trouble.BUSY, False)),
    ],
)
def test_what_a_gateway_may_answer(status: int, expected: tuple[Trouble, bool]) -> None:
    def send(_request: HttpRequest) -> HttpResponse:
        if status == 301:
            raise HttpFailure("redirect")
        return HttpResponse(status, {}, b"+79123456789 is not known")

    assert expected == failure_of(SmsGateway(MessageSettings(sms_url="http://127.0.0.1/sms"), send), parcel("+79123456789"))


@pytest.mark.parametrize(
    ("kind", "trouble"), [("tls", Trouble.TLS), ("timeout", Trouble.UNREACHABLE), ("connection", Trouble.UNREACHABLE)]
)
def test_what_may_happen_on_the_way_to_a_gateway(kind: str, trouble: Trouble) -> None:
    def send(_request: HttpRequest) -> HttpResponse:
        raise HttpFailure(kind)

    assert (trouble, False) == failure_of(
        SmsGateway(MessageSettings(sms_url="http://127.0.0.1/sms"), send), parcel("+79123456789")
    )
