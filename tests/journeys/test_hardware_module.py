"""A real server whose signing keys live in a hardware module: sign-ins, the module lost and found. And every secret of the house
planted as a marker: none is in a log, an answer, an error, a dump of settings or, in clear, in the database."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from broker.console.cli.main import main
from broker.foundation.encoding import b64url
from broker.foundation.jose import BadToken
from broker.foundation.outside import real_outside
from config.load import SettingsError, load_settings
from keys.backends.pool import _PAUSE_SECONDS
from keys.backends.port import PKCS11, SOFTWARE
from keys.backends.software import Software
from keys.secrets.secret_keys import VaultLocked
from keys.signing import rotation
from keys.signing.key import Family, KeyUse
from keys.vault import open_vault
from tests.support.browser import Browser
from tests.support.clock import nothing_answers
from tests.support.gunicorn import Gunicorn, gunicorn_town
from tests.support.soft_hsm import PIN, SoftModule, SoftToken
from tests.support.town import Town
from tests.support.wire import form, send

pytestmark = pytest.mark.xdist_group("hardware-module")

MASTER = b"marker of the master key, 32 by."
SMTP, SMS, SMS_HOST = "marker-of-the-smtp-password", "marker-of-the-sms-token", "marker-of-the-sms-address"
# A key in clear is found by any part of it; shorter parts would be found by chance.
PART = 16


@dataclass
class Standing:
    """The town, its server, its hardware module, and all that the server and the command line have said."""

    town: Town
    server: Gunicorn
    token: SoftToken
    folder: Path
    said: list[str] = field(default_factory=list)

    def hear(self, answer: requests.Response, *_: object, **__: object) -> None:
        self.said.append(f"{answer.status_code} {answer.headers!r} {answer.text}")


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    token = SoftModule(tmp_path_factory.mktemp("softhsm")).new_token()
    pin = tmp_path_factory.mktemp("pin") / "pin"
    pin.write_text(PIN)
    pin.chmod(0o600)
    changes = {
        "BROKER_KEYS__MASTER_KEY": b64url(MASTER),
        "BROKER_KEYS__BACKEND": "pkcs11",
        "BROKER_KEYS__PKCS11_MODULE": token.module,
        "BROKER_KEYS__PKCS11_TOKEN_LABEL": token.label,
        "BROKER_KEYS__PKCS11_PIN_FILE": str(pin),
        "BROKER_MESSAGES__SMTP_HOST": "127.0.0.1",
        "BROKER_MESSAGES__SMTP_PORT": "9",
        "BROKER_MESSAGES__SMTP_SECURITY": "starttls",
        "BROKER_MESSAGES__SENDER": "broker@school.example",
        "BROKER_MESSAGES__SMTP_USER": "broker",
        "BROKER_MESSAGES__SMTP_PASSWORD": SMTP,
        "BROKER_MESSAGES__SMS_URL": f"http://127.0.0.1:9/{SMS_HOST}",
        "BROKER_MESSAGES__SMS_TOKEN": SMS,
    }
    folder = tmp_path_factory.mktemp("town")
    with gunicorn_town(folder, changes, {"GUNICORN_CMD_ARGS": "--log-level debug"}) as (town, server):
        yield Standing(town, server, token, folder)


def signed_in(standing: Standing, login: str, before_token: Callable[[], object] = lambda: None) -> requests.Response:
    """A sign-in up to the token request, whose answer is returned."""
    town, party = standing.town, standing.town.relying_party()
    with Browser() as browser:
        for session in (browser.session, party.http):
            session.hooks["response"].append(standing.hear)
        request = party.begin(region=town.people[login]["region"])
        page = town.sign_in(browser, login, request.url)
        assert "location" in page.headers, f"{login} is at {page.url}: {page.text}\n{standing.server.log.read_text()[-4000:]}"
        code = party.answer(page.headers["location"], request)["code"]
        before_token()
        tokens = party.redeem(code, request)
        if tokens.status_code == 200:
            assert party.id_claims(tokens.json(), request.nonce)["sub"]
        return tokens


def ready(standing: Standing) -> tuple[int, bool]:
    answer = requests.get(f"{standing.town.issuer}/readyz", timeout=30)
    standing.hear(answer)
    return answer.status_code, answer.json()["checks"]["signing_key"]


def eventually(standing: Standing, expected: tuple[int, bool], longer_than: float = 0) -> None:
    """Every worker has a connection of its own, so a few answers in a row must agree, and for longer than so many seconds."""
    agreed, since, end = 0, time.monotonic(), time.monotonic() + 60
    while (agreed < 6 or time.monotonic() - since <= longer_than) and time.monotonic() < end:
        agreed = agreed + 1 if ready(standing) == expected else 0
        since = since if agreed else time.monotonic()
        time.sleep(0.05)
    assert 6 <= agreed


def welcome(standing: Standing) -> list[str]:
    return [login for login, person in standing.town.people.items() if person["expect"]["outcome"] == "signed_in"]


def test_people_sign_in_with_keys_that_never_leave_the_module(standing: Standing) -> None:
    ring = standing.town.house.vault.ring

    assert 200 == signed_in(standing, welcome(standing)[0]).status_code
    assert (200, True) == ready(standing)
    assert {PKCS11} == {key.where for key in ring.status()}


def test_a_lost_module_is_a_clear_answer_and_comes_back_by_itself(standing: Standing) -> None:
    eventually(standing, (200, True))
    lost = signed_in(standing, welcome(standing)[1], standing.token.go_away)
    try:
        eventually(standing, (503, False))
    finally:
        standing.token.come_back()
    # A worker that has asked in vain does not ask again for so long, and may be one that gave none of these answers.
    eventually(standing, (200, True), longer_than=_PAUSE_SECONDS)

    assert (503, "temporarily_unavailable") == (lost.status_code, lost.json()["error"])
    assert 200 == signed_in(standing, welcome(standing)[1]).status_code


def test_the_successor_of_a_killed_worker_signs(standing: Standing) -> None:
    standing.server.kill_all()

    assert 200 == signed_in(standing, welcome(standing)[2]).status_code


def test_no_secret_of_the_house_is_anywhere_in_clear(standing: Standing) -> None:
    town = standing.town
    markers = planted(standing)
    signed_in(standing, welcome(standing)[3])
    mistakes(standing)
    standing.said += [*command_lines(standing), *exceptions(standing), repr(town.house.settings), str(town.house.settings)]
    places = {"an answer, an error or a dump": "\n".join(standing.said).encode(), "the log": standing.server.log.read_bytes()}
    places |= {f"the database ({path.name})": path.read_bytes() for path in standing.folder.glob("broker.sqlite*")}

    found = {(what, place) for what, forms in markers.items() for place, text in places.items() if any(f in text for f in forms)}

    assert set() == found
    # It was really looking: what is no secret is there, and a secret in any form would be found.
    assert {"broker.sqlite"} <= {path.name for path in standing.folder.glob("broker.sqlite*")}
    assert town.house.vault.ring.status()[0].kid.encode() in b"".join(places.values())
    assert standing.token.label.encode() in places["an answer, an error or a dump"]
    assert b"Booting worker" in places["the log"]
    for write in (bytes, lambda it: it.hex().encode(), base64.b64encode, base64.urlsafe_b64encode, lambda it: repr(it).encode()):
        assert any(one in write(b"x" + MASTER + b"y") for one in markers["master key"])


def planted(standing: Standing) -> Mapping[str, list[bytes]]:
    """Every secret the house has, by what it is, in every form in which somebody might write it down."""
    town, folder = standing.town, standing.folder
    vault = town.house.vault._inside
    with town.house.app.app_context(), vault.store.changing(lambda: None) as changes:
        wanted = rotation.Wanted(Family.P256, KeyUse.TOKENS)
        made = Software().make(Family.P256)
        rotation.keep(changes, vault.halves, wanted, (made, SOFTWARE), town.house.outside.now())
    with town.house.app.app_context():
        opened = vault.secrets
        opened.forget()
        symmetric = [key.key for keys in opened._reopened().by_id.items() for key in keys[1:]]
    pem = re.sub("-----[A-Z ]+-----|\\s", "", (folder / "esia-client.key").read_text())
    secrets: dict[str, bytes] = {
        "master key": MASTER,
        "PIN": PIN.encode(),
        "SMTP password": SMTP.encode(),
        "SMS token": SMS.encode(),
        "SMS address": SMS_HOST.encode(),
        "signing key": made.private[-100:],
        "ESIA key": base64.b64decode(pem)[-32:],
    }
    secrets |= {f"secret of {client_id}": secret.encode() for client_id, secret in town.secrets.items()}
    secrets |= {f"secret key {number}": key for number, key in enumerate(symmetric)}
    assert len(symmetric) >= 3
    return {what: forms_of(secret) for what, secret in secrets.items()}


def forms_of(secret: bytes) -> list[bytes]:
    """As it is, in hexadecimal and in base64 however it is aligned."""
    forms = [secret[-PART:], secret[-PART:].hex().encode(), secret[-PART:].hex().upper().encode()]
    for shift in range(3):
        encoded = base64.b64encode(secret[shift:])
        forms += [encoded[:PART], encoded[:PART].replace(b"+", b"-").replace(b"/", b"_")]
    return [*forms, repr(secret[-PART:]).encode()[2:-1]]


def mistakes(standing: Standing) -> None:
    """What strangers and broken services send."""
    issuer = standing.town.issuer
    for path in ("/nowhere", "/authorize?client_id=diary", "/login/return/esia?code=x&state=y", "/readyz", "/metrics", "/jwks"):
        standing.said.append(repr(send(issuer, "GET", path)))
    for path, body in (("/token", "grant_type=authorization_code&code=x&client_id=diary&client_secret=wrong"), ("/token", "%%%")):
        standing.said.append(repr(form(issuer, path, body)))
    standing.said.append(requests.get(standing.town.relying_party().discovery()["jwks_uri"], timeout=30).text)


def command_lines(standing: Standing) -> list[str]:
    """Everything that operators read, and what goes wrong under their hands, with `--debug` too."""
    wrong = {"BROKER_KEYS__MASTER_KEY": b64url(MASTER[:-1] + b"?")}
    lines: list[tuple[Mapping[str, str], tuple[str, ...]]] = [
        ({}, words)
        for words in (
            ("keys", "status", "--json"), ("keys", "encryption", "--json"), ("hsm", "status", "--json"), ("hsm", "init"),
            ("audit", "tail", "--limit", "200", "--json"), ("audit", "verify"), ("clients", "list", "--json"),
            ("clients", "show", "diary", "--json"), ("messages", "list", "--json"), ("cases", "list", "--region", "29", "--json"),
            ("people", "show", "nobody", "--debug"), ("hsm", "adopt", "nobody"),
        )
    ]  # fmt: skip
    lines += [(wrong, ("keys", "status", *more)) for more in ((), ("--debug",))]
    lines += [({"BROKER_KEYS__PKCS11_TOKEN_LABEL": "nobody"}, ("keys", "status", *more)) for more in ((), ("--debug",))]
    lines += [({"BROKER_MESSAGES__SMTP_PORT": "port"}, ("keys", "status"))]
    return [typed(dict(standing.server.environment) | dict(changes), words) for changes, words in lines]


def typed(variables: Mapping[str, str], words: tuple[str, ...]) -> str:
    """What one command writes to both streams, tracebacks included."""
    said, before = io.StringIO(), dict(os.environ)
    os.environ.update(variables)
    try:
        with redirect_stdout(said), redirect_stderr(said):
            main(words)
    except SystemExit:
        pass
    except Exception:
        said.write(traceback.format_exc())
    finally:
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update(before)
    return said.getvalue()


def exceptions(standing: Standing) -> list[str]:
    """Errors that hold, or come close to, a secret: their text, their arguments, their chain."""
    town, found = standing.town, []
    variables = {name: value for name, value in standing.server.environment.items() if name.startswith("BROKER_")}

    def locked() -> None:
        settings = load_settings(variables | {"BROKER_KEYS__MASTER_KEY": b64url(bytes(32))})
        with town.house.app.app_context():
            open_vault(settings.keys, town.house.database, real_outside(nothing_answers)).ensure()

    def twice() -> None:
        load_settings(variables | {"BROKER_KEYS__MASTER_KEY_CREDENTIAL": "/x"})

    def short() -> None:
        open_vault(load_settings(variables | {"BROKER_KEYS__MASTER_KEY": b64url(MASTER)[:-4]}).keys, town.house.database,
                   real_outside(nothing_answers))  # fmt: skip

    def unread() -> None:
        town.house.vault.ring.verify("a.b.c")

    for go_wrong, expected in ((locked, VaultLocked), (twice, SettingsError), (short, ValueError), (unread, BadToken)):
        with pytest.raises(expected) as raised:
            go_wrong()
        chain = traceback.format_exception(raised.value)
        found.append(json.dumps([*chain, repr(raised.value), repr(raised.value.args)]))
    return found


def test_without_the_module_the_server_does_not_start_and_says_so_in_one_line(standing: Standing) -> None:
    standing.server.stop()
    standing.token.go_away()
    try:
        with pytest.raises(AssertionError, match=r"The broker cannot start: .*keys\.pkcs11_[a-z_]+ [^\n]+\n"):
            standing.server.start()
    finally:
        standing.token.come_back()
