"""The doctor names each thing that is broken between us and ESIA: the mock as a real server, and one thing wrong at a time."""

from __future__ import annotations

import io
import json
import secrets
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from esia_tokens import self_signed

from broker.connectors.esia.doctor.examine import rehearse
from broker.connectors.esia.doctor.findings import Report, State
from broker.connectors.esia.doctor.words import WORDS
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.gost_certificate import make_demo_certificate
from broker.connectors.esia.signing.settings import SignerSettings
from broker.connectors.esia.signing.signer import SigningFailed
from broker.connectors.port import Leg, UpstreamFailed
from broker.console.cli.main import main
from broker.console.doctor_actions import DoctorDesk, as_lines, described, doctor_desk
from broker.foundation.http_send import HttpSender
from broker.foundation.outside import HttpFailure, HttpResponse, Outside, utc_now
from broker.foundation.settings import HttpSettings
from broker.mock_esia.app import create_mock_esia
from broker.mock_esia.settings import MockClient, MockSettings
from broker.screens.texts import Texts
from tests.support.certificates import self_signed as tls_pair
from tests.support.serving import address_of, bound, serving
from tests.support.tls_front import Credentials, tls_front

ISSUER = "http://127.0.0.1:9"
YEARS = timedelta(days=3650)
DAY = timedelta(days=1)
# When each pair that the mock knows was made; it lasts ten years.
PAIRS = {"present": timedelta(0), "next": timedelta(0), "ended": -YEARS - DAY, "soon": 10 * DAY - YEARS}


@dataclass
class World:
    """The mock on loopback, plainly and behind TLS, and the settings that fit it; a test spoils one of them."""

    folder: Path
    mock: str
    tls: str
    settings: EsiaSettings
    http: HttpSettings
    ahead: timedelta = timedelta(0)
    issuer: str = ISSUER
    changes: dict[str, Any] = field(default_factory=dict)

    def outside(self, ahead: timedelta | None = None) -> Outside:
        by = self.ahead if ahead is None else ahead
        return Outside(now=lambda: utc_now() + by, random=secrets.token_bytes, send=HttpSender(self.http))

    def desk(self) -> DoctorDesk:
        provider = SimpleNamespace(issuer=self.issuer)
        settings = SimpleNamespace(esia=self.settings, esia_signing=SignerSettings(), http=self.http, provider=provider)
        desk = doctor_desk(settings, self.outside())
        return replace(desk, tools=replace(desk.tools, **self.changes))

    def set(self, **changes: Any) -> None:
        self.settings = replace(self.settings, **changes)

    def pair(self, name: str, ahead: timedelta = timedelta(0)) -> tuple[str, str]:
        made = make_demo_certificate(self.folder / name, self.outside(ahead))
        return str(made.certificate_file), str(made.private_key_file)

    def use(self, name: str, ahead: timedelta = timedelta(0)) -> None:
        certificate, key = self.pair(name, ahead)
        self.set(certificate_file=certificate, private_key_file=key)

    def believe(self, ends_in: timedelta) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        file = self.folder / "theirs.cer"
        file.write_bytes(self_signed(key, ends_in))
        self.set(esia_certificate_files=(str(file),))

    def arm(self, endpoint: str, kind: str, times: int) -> None:
        armed = requests.post(f"{self.mock}/faults", json={"endpoint": endpoint, "fault": kind, "times": times}, timeout=30)
        assert 200 == armed.status_code, armed.text

    def answers(self, **replies: HttpResponse | HttpFailure) -> None:
        """Canned answers for addresses that end so; the real ones for the others."""
        tools = self.desk().tools

        def send(request: Any) -> HttpResponse:
            found = next((reply for end, reply in replies.items() if f"/{end}" in request.url), None)
            if isinstance(found, HttpFailure):
                raise found
            return found or tools.outside.send(request)

        self.changes["outside"] = replace(tools.outside, send=send)


@dataclass(frozen=True)
class Stand:
    folder: Path
    mock: str
    tls: str
    ca_file: Path
    settings: EsiaSettings


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("doctor")
    outside = Outside(now=utc_now, random=secrets.token_bytes, send=HttpSender(HttpSettings()))
    present, following, ended, soon = (
        make_demo_certificate(folder / name, replace(outside, now=lambda by=by: utc_now() + by))  # type: ignore[misc]
        for name, by in PAIRS.items()
    )
    known = tuple(one.certificate_file.read_bytes() for one in (present, following, ended, soon))
    credentials = tls_pair(folder)
    with ExitStack() as stack:
        listener = bound()
        mock = address_of(listener)
        client = MockClient("TESTIS01", known, (f"{ISSUER}/",))
        poor = MockClient("POOR01", known, (f"{ISSUER}/",), scopes=frozenset({"openid", "fullname"}))
        app = create_mock_esia(MockSettings(mock, "test", (client, poor), folder / "mock"), utc_now)
        stack.enter_context(serving(listener, app))
        tls = stack.enter_context(tls_front(bound(), mock, Credentials(*credentials)))
        theirs = folder / "esia.cer"
        theirs.write_bytes(requests.get(f"{mock}/public/esia.cer", timeout=30).content)
        settings = EsiaSettings(
            base_url=mock, issuer=f"{mock}/", client_id="TESTIS01", certificate_file=str(present.certificate_file),
            private_key_file=str(present.private_key_file), esia_certificate_files=(str(theirs),), esia_archive_word="TEST",
        )  # fmt: skip
        yield Stand(folder, mock, tls, credentials[0], settings)


@pytest.fixture
def world(stand: Stand, tmp_path: Path) -> Iterator[World]:
    yield World(tmp_path, stand.mock, stand.tls, stand.settings, HttpSettings(ca_bundle=str(stand.ca_file)))
    requests.delete(f"{stand.mock}/faults", timeout=30)


def codes(report: Report, *, of: str = "") -> list[str]:
    return [one.code for one in report.findings if not of or one.check == of]


def test_a_working_connection(world: World) -> None:
    world.set(base_url=world.tls)
    report = world.desk().ask()

    assert report.is_fine
    assert [
        "settings_mock", "settings_demo_signer", "settings_fine", "theirs_fine", "tls_fine", "host_answers", "clock_fine",
        "archive_same", "certificate_fine", "signer_fine", "request_to_login", "token_accepted",
    ] == codes(report)  # fmt: skip


def test_a_working_connection_of_the_older_generation(world: World) -> None:
    world.set(generation="v1")
    report = world.desk().ask()
    assert (True, ["signer_fine", "request_to_login", "token_accepted"]) == (report.is_fine, codes(report)[-3:])


def next_pair(world: World, stand: Stand, day: str = "2027-02-01") -> None:
    world.set(
        next_certificate_file=str(stand.folder / "next" / "esia-client.cer"),
        next_private_key_file=str(stand.folder / "next" / "esia-client.key"), next_certificate_from=day,
    )  # fmt: skip


def test_a_rehearsal_tries_the_next_pair_and_says_what_esia_says(world: World, stand: Stand) -> None:
    with pytest.raises(ValueError, match="there is no change to rehearse"):
        _ = rehearsed(world)
    next_pair(world, stand)
    report = rehearsed(world)
    assert (True, ["certificate_fine", "signer_fine", "request_to_login", "token_accepted"]) == (report.is_fine, codes(report))
    assert ["next", "next"] == [one.facts["which"] for one in report.findings[:2]]
    assert report.findings[0].facts["hash"] != world.desk().ask().of("certificate")[0].facts["hash"]

    unknown, key = world.pair("unknown")
    world.set(next_certificate_file=unknown, next_private_key_file=key)
    report = rehearsed(world)
    assert (False, ["request_refused", "token_refused"]) == (report.is_fine, codes(report)[2:])
    assert ["007053"] * 2 == [one.facts["esia_code"] for one in report.findings[2:]]


def rehearsed(world: World) -> Report:
    return rehearse(world.desk().tools)


def _refused(code: str) -> dict[str, str]:
    return {"esia_code": code}


def _wrong_pair(world: World) -> None:
    world.set(private_key_file=world.pair("other")[1])


def _not_certified(world: World) -> None:
    file = world.folder / "x.cer"
    file.write_bytes(b"no certificate")
    world.set(certificate_file=str(file))


def _stand_pair(name: str) -> Callable[[World], None]:
    def use(world: World) -> None:
        folder = Path(world.settings.certificate_file).parents[1] / name
        world.set(certificate_file=str(folder / "esia-client.cer"), private_key_file=str(folder / "esia-client.key"))

    return use


def _other_address(world: World) -> None:
    world.issuer = "http://127.0.0.1:10"


def _clock(seconds: int) -> Callable[[World], None]:
    return lambda world: setattr(world, "ahead", timedelta(seconds=seconds))


def _tls(host: str = "127.0.0.1", **http: Any) -> Callable[[World], None]:
    def use(world: World) -> None:
        world.set(base_url=world.tls.replace("127.0.0.1", host))
        world.http = replace(world.http, **http)

    return use


class _StrangeSigner:
    certificate_hash = "AB" * 32

    def sign_raw(self, data: bytes) -> bytes:
        return b"\x01" * 64


def _fail(*_asked: object) -> Any:
    raise SigningFailed("the device is locked.")


def _signer(make: Callable[[EsiaSettings], Any]) -> Callable[[World], None]:
    return lambda world: world.changes.update(open_signer=make)


class _Client:
    """A client whose trip ends so."""

    name = "esia"

    def __init__(self, ends: UpstreamFailed | None = None, begins: UpstreamFailed | None = None):
        self._ends, self._begins = ends, begins

    def begin(self, return_url: str) -> Leg:
        if self._begins:
            raise self._begins
        return Leg(f"{ISSUER}/nowhere", "state", {})

    def complete(self, *_brought: object) -> Any:
        if self._ends:
            raise self._ends

    def logout_url(self, return_url: str) -> str | None:
        return None


def _client(**ends: UpstreamFailed) -> Callable[[World], None]:
    return lambda world: world.changes.update(open_client=lambda _settings: _Client(**ends))


def _tls_ended(world: World) -> None:
    world.set(base_url=world.tls)
    world.changes["look_at_tls"] = lambda host, port: SimpleNamespace(problem="ended", version="", ends_at=None)


def _led(target: str) -> HttpFailure:
    return HttpFailure("redirect", HttpResponse(302, {"location": target}, b""))


HTML = HttpResponse(200, {"content-type": "text/html"}, b"<html>ESIA-9 works")
BROKEN: dict[str, tuple[Callable[[World], None], str, dict[str, str]]] = {
    # what is ours
    "no mnemonic": (lambda world: world.set(client_id=""), "settings_missing", {}),
    "no TLS abroad": (lambda world: world.set(base_url="http://esia.invalid"), "settings_no_tls", {}),
    "issuer of another host": (lambda world: world.set(issuer="http://esia.gosuslugi.ru/"), "settings_issuer", {}),
    "grace": (lambda world: world.set(esia_certificate_grace=timedelta(days=2)), "settings_grace", {"grace": "2 days, 0:00:00"}),
    "no certificate in the file": (_not_certified, "certificate_unreadable", {}),
    "our certificate has ended": (_stand_pair("ended"), "certificate_ended", {"which": "present"}),
    "and ESIA says so": (_stand_pair("ended"), "request_refused", _refused("007053")),
    "our certificate has not begun": (lambda world: world.use("early", YEARS), "certificate_not_begun", {}),
    "our certificate ends soon": (_stand_pair("soon"), "certificate_ends_soon", {"days": "9"}),
    "key of another": (_wrong_pair, "signer_unusable", {}),
    "signer broken": (_signer(_fail), "signer_unusable", {"sentence": "the device is locked"}),
    "signer signs anything": (_signer(lambda _settings: _StrangeSigner()), "signer_wrong", {}),
    # what is registered at ESIA
    "hash unknown": (lambda world: world.use("stranger"), "request_refused", _refused("007053")),
    "hash unknown at the token endpoint": (lambda world: world.use("stranger"), "token_refused", _refused("007053")),
    "wrong mnemonic": (lambda world: world.set(client_id="OTHER01"), "request_refused", _refused("007005")),
    "address not registered": (_other_address, "request_refused", _refused("007023")),
    "scope not granted": (lambda world: world.set(client_id="POOR01"), "request_refused", _refused("007019")),
    # what is ESIA's
    "ESIA's certificate missing": (lambda world: world.set(esia_certificate_files=("/nowhere.cer",)), "theirs_unreadable", {}),
    "ESIA's certificate has ended": (lambda world: world.believe(-timedelta(days=1)), "theirs_ended", {"algorithm": "RS256"}),
    "ESIA's certificate ends soon": (lambda world: world.believe(timedelta(days=5)), "theirs_end_soon", {}),
    "ESIA publishes another": (lambda world: world.believe(YEARS), "archive_has_more", {"count": "1"}),
    "no archive": (lambda world: world.set(archive_path="/public/none.zip"), "archive_absent", {}),
    "archive without our word": (lambda world: world.set(esia_archive_word="PROD"), "archive_empty", {"word": "PROD"}),
    "archive is a page": (lambda world: world.set(archive_path="/people.json"), "archive_unreadable", {}),
    "archive is too slow": (lambda world: world.answers(public=HttpFailure("timeout")), "archive_unreadable", {"why": "timeout"}),
    # the way there
    "no TLS on loopback": (lambda world: None, "tls_none", {}),
    "TLS of another name": (_tls("localhost"), "tls_name", {}),
    "authority not trusted": (_tls(ca_bundle=""), "tls_chain", {}),
    "TLS certificate ended": (_tls_ended, "tls_ended", {}),
    "no TLS where it should be": (lambda world: world.set(base_url=world.mock.replace("http:", "https:")), "tls_version", {}),
    "nobody there by TLS": (lambda world: world.set(base_url="https://127.0.0.1:9"), "tls_silent", {}),
    "host down": (lambda world: world.set(base_url="http://127.0.0.1:9"), "host_silent", {"why": "connection"}),
    "nothing is tried then": (lambda world: world.set(base_url="http://127.0.0.1:9"), "not_reached", {}),
    "host fails": (lambda world: world.arm("ac", "error_503", 2), "host_error", {"status": "503"}),
    "clock off ten minutes": (_clock(600), "clock_off", {}),
    "and ESIA feels it": (_clock(600), "request_refused", _refused("007015")),
    "clock behind": (_clock(-600), "clock_off", {}),
    "clock drifts": (_clock(20), "clock_drifts", {}),
    "no time told": (lambda world: world.answers(aas=HTML), "clock_unknown", {}),
    # what ESIA answers
    "a page": (lambda world: world.arm("ac", "html", 2), "request_page", {"status": "200"}),
    "led elsewhere": (lambda world: world.answers(aas=_led("https://evil.example/login")), "request_elsewhere", {}),
    "led home": (lambda world: world.answers(aas=_led(f"{ISSUER}/login/return/esia?error=x")), "request_refused", {}),
    "no answer": (lambda world: world.answers(**{"ac?": HttpFailure("timeout")}), "request_unanswered", {"why": "timeout"}),
    "token endpoint gives a page": (lambda world: world.arm("te", "html", 1), "token_unclear", {}),
    "request not made": (_client(begins=UpstreamFailed(2104, "not signed")), "request_unsigned", {"why": "not signed"}),
    "an invented code is taken": (_client(), "token_unclear", {"why": "an invented code was taken for a real one"}),
    "a code nobody knows": (_client(ends=UpstreamFailed(2102, "ESIA-009999")), "token_refused", _refused("009999")),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_it_names_what_is_broken(world: World, what: str) -> None:
    spoil, code, facts = BROKEN[what]
    spoil(world)
    report = world.desk().ask()

    found = [one for one in report.findings if one.code == code]
    assert found, codes(report)
    assert facts.items() <= found[0].facts.items()
    # It can be said whole, and it can be mended or is no fault.
    assert found[0].sentence and (found[0].advice or found[0].state in (State.OK, State.NOT_CHECKED))
    assert "{" not in found[0].sentence + found[0].advice
    assert report.is_fine == (State.WRONG not in [one.state for one in report.findings])


def test_every_word_has_its_case() -> None:
    fine = {
        "settings_fine", "settings_mock", "settings_demo_signer", "theirs_fine", "tls_fine", "host_answers", "clock_fine",
        "archive_same", "certificate_fine", "signer_fine", "request_to_login", "token_accepted",
    }  # fmt: skip
    assert set(WORDS) == fine | {code for _, code, _ in BROKEN.values()}


def test_the_page_has_words_for_each_of_them() -> None:
    ours, theirs = ["settings", "certificate", "signer"], ["esia_certificates", "archive", "tls", "host", "clock"]
    named = [*ours, *theirs, "request", "token_request"]
    wanted = {
        *(f"security.doctor.found.{code}" for code in WORDS),
        *(f"security.doctor.state.{state.name.lower()}" for state in State),
        *(f"security.doctor.check.{check}" for check in named),
    }
    assert wanted <= set(Texts().all_keys())


def test_a_pair_that_follows_is_looked_at_too(world: World, stand: Stand) -> None:
    next_pair(world, stand)
    report = world.desk().ask()
    assert [("certificate", "next"), ("signer", "next")] == [(one.check, one.facts["which"]) for one in report.findings[-2:]]
    world.set(next_certificate_from="2016-01-01")
    early, key = world.pair("early", YEARS)
    world.set(next_certificate_file=early, next_private_key_file=key)
    assert "certificate_not_begun" == world.desk().ask().of("certificate")[-1].code
    # It may well begin later than now, as long as it has begun on its day.
    later, key = world.pair("later", 10 * DAY)
    world.set(next_certificate_file=later, next_private_key_file=key, next_certificate_from=f"{utc_now() + 20 * DAY:%Y-%m-%d}")
    assert "certificate_fine" == world.desk().ask().of("certificate")[-1].code


def test_what_has_ended_need_not_be_fetched(world: World) -> None:
    gone = self_signed(rsa.generate_private_key(public_exponent=65537, key_size=2048), -YEARS / 20)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("RSA_TEST_2025.cer", gone)
        packed.writestr("RSA_TEST_2026.cer", Path(world.settings.esia_certificate_files[0]).read_bytes())
    world.answers(public=HttpResponse(200, {}, made.getvalue()))
    assert ["archive_same"] == codes(world.desk().ask(), of="archive")


def test_nothing_secret_is_told(world: World, stand: Stand) -> None:
    report = world.desk().ask()
    told = json.dumps(described(report)) + "\n".join(as_lines(report)["findings"])

    key = (stand.folder / "present" / "esia-client.key").read_text()
    assert not any(word in told for word in ("client_secret", *key.split("\n")[1:-2], "eyJ"))


TYPED = (
    "base_url", "issuer", "client_id", "certificate_file", "private_key_file", "esia_archive_word", "next_certificate_file",
    "next_private_key_file", "next_certificate_from",
)  # fmt: skip


@pytest.fixture
def typed(world: World, stand: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """The command line with the settings of the world."""
    next_pair(world, stand)
    settings = world.settings
    for name, value in {
        "DEPLOYMENT__ENVIRONMENT": "test",
        "PROVIDER__ISSUER": ISSUER,
        "STORAGE__URL": f"sqlite:///{tmp_path}/broker.sqlite",
        "KEYS__MASTER_KEY_FILE": str(tmp_path / "master.key"),
        "ESIA__ESIA_CERTIFICATE_FILES": settings.esia_certificate_files[0],
        **{f"ESIA__{name.upper()}": getattr(settings, name) for name in TYPED},
    }.items():
        monkeypatch.setenv(f"BROKER_{name}", value)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(words)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_by_the_command_line(typed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a database; the rehearsal is written down, and for that there must be one."""
    code, told, _ = typed("esia", "doctor")
    assert (0, True) == (code, "ok           token_request      ESIA refuses an invented code for being invented" in told)

    assert 0 == typed("db", "upgrade")[0]
    code, told, _ = typed("esia", "rehearse", "--json")
    assert (0, True) == (code, json.loads(told)["is_fine"])
    _, told, _ = typed("audit", "search", "--event", "upstream.rehearsed", "--json")
    (entry,) = json.loads(told)["entries"]
    assert (True, "007011", 64) == tuple(
        len(entry["fields"][name]) if name == "certificate" else entry["fields"][name]
        for name in ("is_accepted", "answered", "certificate")
    )

    monkeypatch.setenv("BROKER_ESIA__CLIENT_ID", "OTHER01")
    code, told, said = typed("esia", "doctor", "--json")
    assert (1, "Wrong: 2 of") == (code, said[:11])
    assert {"request": "007005", "token_request": "007005"} == {
        one["check"]: one["facts"]["esia_code"] for one in json.loads(told)["findings"] if one["state"] == "wrong"
    }
    assert 1 == typed("esia", "rehearse")[0]
