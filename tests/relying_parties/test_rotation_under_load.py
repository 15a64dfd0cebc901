"""Five rotations of RS256 and of ES256 while three services that keep keys in three ways sign people in without a pause."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import pytest

from broker.audit.event import Actor
from broker.console.key_actions import KeyActions, verify_report
from broker.custody.evidence import PromotionHeld
from keys.signing.key import Family, KeyState, KeyUse
from keys.store import MovedTooLate
from tests.relying_parties.apache import Protected, apache, is_installed
from tests.relying_parties.demo import environ_of_node
from tests.relying_parties.node import HERE, node_command, require_node
from tests.relying_parties.strict_house import StrictHouse, strict_house
from tests.support.browser import Browser
from tests.support.servers import lacking
from tests.support.visits import register

pytestmark = pytest.mark.xdist_group("rotation")

ROTATIONS = 5
LONGEST = 120.0
LIFE = "4 s"
SHORT = {
    "BROKER_KEYS__RELOAD_EVERY": "500 ms",
    "BROKER_KEYS__JWKS_MAX_AGE": "1 s",
    "BROKER_KEYS__CLOCK_SKEW": "0 s",
    "BROKER_KEYS__LONGEST_TOKEN_LIFE": LIFE,
    "BROKER_KEYS__ANNOUNCED_FOR": "2 s",
    "BROKER_KEYS__SIGN_FOR": "1 h",
    "BROKER_KEYS__VERIFYING_MARGIN": "0 s",
    "BROKER_TOKENS__ACCESS_TTL": LIFE,
    "BROKER_TOKENS__ID_TOKEN_TTL": LIFE,
    "BROKER_TOKENS__LONGEST_TTL": LIFE,
}
OFFICER = Actor("cli", "officer")
CALLBACK = "https://club.example/callback"


@dataclass
class Load:
    """Services at work, what they have done and what went wrong."""

    stop: threading.Event = field(default_factory=threading.Event)
    done: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def keep_on(self, name: str, once: Callable[[], object]) -> threading.Thread:
        """Do it again and again in a thread, until the load ends or it fails."""

        def run() -> None:
            self.done[name] = 0
            try:
                while not self.stop.is_set():
                    once()
                    self.done[name] += 1
            except Exception as failure:
                self.failures.append(f"{name}: {failure!r}")

        thread = threading.Thread(target=run, name=name)
        thread.start()
        return thread


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictHouse]:
    require_node()
    if not is_installed():
        lacking("mod_auth_openidc (tests/install_tools.sh)")
    with strict_house(tmp_path_factory.mktemp("rotation"), SHORT) as built:
        yield built


@contextmanager
def browsing(house: StrictHouse) -> Iterator[Browser]:
    with Browser() as browser:
        browser.session.verify = str(house.authorities)
        yield browser


@contextmanager
def py_jwt(house: StrictHouse, load: Load) -> Iterator[None]:
    """PyJWT's client keeps the set for as long as our Cache-Control says, and asks again for a key it does not know."""
    parties = []
    for algorithm in ("RS256", "ES256"):
        party = register(
            house.town, f"pyjwt-{algorithm.lower()}", redirect_uris=(CALLBACK,), first_party=True,
            id_token_signed_response_alg=algorithm, environment="sandbox",
        )  # fmt: skip
        party.http.verify, party.http.trust_env = str(house.authorities), False
        parties.append((party, algorithm))
    believed = ssl.create_default_context(cafile=str(house.authorities))
    keys = jwt.PyJWKClient(f"{house.town.issuer}/jwks", lifespan=1, ssl_context=believed)
    turn = iter(range(10**9))
    with browsing(house) as browser:

        def once() -> None:
            party, algorithm = parties[next(turn) % 2]
            request = party.begin()
            page = house.town.sign_in(browser, "orlova", request.url, until=CALLBACK)
            answer = party.redeem(party.answer(page.headers["location"], request)["code"], request)
            assert 200 == answer.status_code, answer.text
            token = answer.json()["id_token"]
            claims = jwt.decode(
                token, keys.get_signing_key_from_jwt(token).key, algorithms=[algorithm], audience=party.client_id
            )
            assert request.nonce == claims["nonce"]

        thread = load.keep_on("pyjwt", once)
        yield
        load.stop.set()
        thread.join(30)


@contextmanager
def mod_auth_openidc(house: StrictHouse, load: Load) -> Iterator[None]:
    """Apache keeps the set for an hour, and asks again for a key it does not know."""
    bare = Protected(house.neighbour_port, house.town.issuer, *house.own, "apache", "")
    party = register(
        house.town, "apache", redirect_uris=(bare.back,), post_logout_redirect_uris=(f"{bare.address}/",), first_party=True,
        id_token_signed_response_alg="ES256", environment="sandbox",
    )  # fmt: skip
    site = Protected(bare.port, bare.issuer, bare.certificate, bare.key, "apache", party.secret or "")
    with apache(site) as folder, browsing(house) as browser:

        def once() -> None:
            back = house.town.sign_in(browser, "orlova", f"{site.address}/", until=site.back)
            page = browser.open(back.headers["location"])
            assert (200, "Protected") == (page.status, page.heading), (folder / "error.log").read_text()
            # Signed out at Apache only: the next visit is a sign-in again.
            for cookie in [one for one in browser.session.cookies if one.name.startswith("mod_auth_openidc")]:
                browser.session.cookies.clear(cookie.domain, cookie.path, cookie.name)

        thread = load.keep_on("apache", once)
        yield
        load.stop.set()
        thread.join(30)


@contextmanager
def openid_client(house: StrictHouse, load: Load, folder: Path) -> Iterator[None]:
    """openid-client keeps the set for a time of its own."""
    callback = "https://club.example/node"
    party = register(
        house.town, "node", redirect_uris=(callback,), first_party=True,
        id_token_signed_response_alg="RS256", environment="sandbox",
    )  # fmt: skip
    person = house.town.people["orlova"]
    task = {
        "issuer": house.town.issuer, "client_id": "node", "client_secret": party.secret, "redirect_uri": callback,
        "id_token_alg": "RS256", "scope": "openid profile", "login": person["login"], "password": person["password"],
        "stop": str(folder / "stop"), "cache_seconds": 1,
    }  # fmt: skip
    environ = environ_of_node() | {"NODE_EXTRA_CA_CERTS": str(house.authorities)}
    process = subprocess.Popen(
        [*node_command(), "sign_in_again.mjs"], cwd=HERE, env=environ, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps(task))
        process.stdin.close()
        process.stdin = None
        yield
        (folder / "stop").touch()
        said, trouble = process.communicate(timeout=60)
        if process.returncode:
            load.failures.append(f"node: {trouble}")
        else:
            load.done["node"] = json.loads(said)["signed_in"]
    finally:
        process.kill()
        process.wait()


def rotate_all(house: StrictHouse, load: Load) -> list[str]:
    """Every key of both algorithms five times, by hand as early as the house allows; the kids that came."""
    office, came, end = house.town.house.key_office, {"RS256": [], "ES256": []}, time.monotonic() + LONGEST  # type: ignore[var-annotated]
    with house.town.house.app.app_context():
        while min(map(len, came.values())) < ROTATIONS and not load.failures:
            assert time.monotonic() < end, (came, load.done)
            office.rounds.step()
            for algorithm, kids in came.items():
                if len(kids) < ROTATIONS and (kid := _pressed(office, algorithm)):
                    kids.append(kid)
            load.stop.wait(0.1)
        while any(key.state is KeyState.VERIFYING for key in house.town.house.vault.keeper.all()) and not load.failures:
            assert time.monotonic() < end, load.done
            office.moves.tick()
            load.stop.wait(0.1)
    return came["RS256"] + came["ES256"]


def _pressed(office: Any, algorithm: str) -> str:
    try:
        done = office.moves.rotate(algorithm, KeyUse.TOKENS, OFFICER)
    except (PromotionHeld, MovedTooLate):
        return ""
    return done.moved[0].kid if done.next_to is KeyState.RETIRED else ""


def test_nobody_notices_five_rotations(house: StrictHouse, tmp_path: Path) -> None:
    load = Load()
    with openid_client(house, load, tmp_path), py_jwt(house, load), mod_auth_openidc(house, load):
        came = rotate_all(house, load)

    assert [] == load.failures
    assert {"pyjwt", "apache", "node"} == {name for name, count in load.done.items() if count >= ROTATIONS}, load.done
    built = house.town.house
    with built.app.app_context():
        actions = KeyActions(built.vault, built.key_office, built.outside.now)
        built.key_office.reports.make_due()
        for kid in came:
            report = verify_report(actions.report(kid, OFFICER), kid, actions.trusted())
            assert not report.overridden and not report.unseen
        signing = [key for key in built.vault.keeper.all() if key.state is KeyState.SIGNING and key.use is KeyUse.TOKENS]
        assert set(Family) == {key.family for key in signing}
        assert built.journal.verify().is_whole
