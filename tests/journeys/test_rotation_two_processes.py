"""Two processes on PostgreSQL and Redis follow the plan by themselves while people sign in; a third is stopped within a move."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import Any

import jwt
import pytest

from broker.foundation.outside import real_outside
from broker.house import open_house
from config.load import load_settings
from keys.signing.key import KeyState, KeyUse
from keys.store import Changes
from tests.support.browser import Browser
from tests.support.clock import nothing_answers
from tests.support.gunicorn import gunicorn_town
from tests.support.relying_party import RelyingParty
from tests.support.servers import fresh_postgres_database, fresh_redis_database
from tests.support.town import Town
from tests.support.visits import tokens_of, visit

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("rotation")]

LIFE = "4 s"
SHORT = {
    "BROKER_KEYS__RELOAD_EVERY": "1 s",
    "BROKER_KEYS__JWKS_MAX_AGE": "1 s",
    "BROKER_KEYS__CLOCK_SKEW": "0 s",
    "BROKER_KEYS__LONGEST_TOKEN_LIFE": LIFE,
    "BROKER_KEYS__ANNOUNCED_FOR": "3 s",
    "BROKER_KEYS__SIGN_FOR": "4 s",
    "BROKER_KEYS__VERIFYING_MARGIN": "0 s",
    "BROKER_KEYS__DESTROY_AFTER": "2 s",
    "BROKER_CUSTODY__EVERY": "1 s",
    "BROKER_TOKENS__ACCESS_TTL": LIFE,
    "BROKER_TOKENS__ID_TOKEN_TTL": LIFE,
    "BROKER_TOKENS__LONGEST_TTL": LIFE,
}
LONGEST = 60.0
PROMOTIONS = 3


def test_one_that_is_stopped_within_a_move_holds_up_nobody(tmp_path: Path) -> None:
    with fresh_postgres_database() as url:
        changes = SHORT | {
            "BROKER_STORAGE__URL": url,
            "BROKER_SHELF__BACKEND": "redis",
            "BROKER_SHELF__URL": fresh_redis_database(),
        }
        with gunicorn_town(tmp_path, changes) as (town, running):
            variables = {name: value for name, value in running.environment.items() if name.startswith("BROKER_")}
            sleeper = multiprocessing.get_context("spawn").Process(target=stop_within_a_move, args=(variables,))
            sleeper.start()
            try:
                signed_in = sign_in_until_rotated(town, sleeper)
            finally:
                assert sleeper.pid is not None
                os.kill(sleeper.pid, signal.SIGCONT)
                sleeper.join(30)
                sleeper.kill()
            # It came back to a transaction that the server had ended long ago.
            assert 7 == sleeper.exitcode
            assert signed_in >= PROMOTIONS
            with town.house.app.app_context():
                assert town.house.journal.verify().is_whole
                told = [entry for entry in town.house.journal.tail(500) if entry.name.startswith("key.")]
                assert len(told) == len({(entry.name, entry.fields["kid"]) for entry in told})


def sign_in_until_rotated(town: Town, sleeper: Any) -> int:
    """One person after another, each token verified by a service that keeps the keys as long as it is told to."""
    party = town.relying_party("diary")
    keys = jwt.PyJWKClient(f"{town.issuer}/jwks", lifespan=1)
    count, end = 0, time.monotonic() + LONGEST
    with Browser() as browser:
        while promotions(town) < PROMOTIONS or not is_stopped(sleeper.pid):
            assert time.monotonic() < end, (promotions(town), is_stopped(sleeper.pid), count)
            verify(party, keys, town, browser)
            count += 1
        # Once more as many while it lies there with its move half made.
        before = promotions(town)
        while promotions(town) < before + PROMOTIONS:
            assert time.monotonic() < end, (promotions(town), before, count)
            verify(party, keys, town, browser)
            count += 1
    return count


def verify(party: RelyingParty, keys: Any, town: Town, browser: Browser) -> None:
    tokens = tokens_of(party, visit(town, browser, party, "orlova"))
    key = keys.get_signing_key_from_jwt(tokens["id_token"]).key
    jwt.decode(tokens["id_token"], key, algorithms=["RS256"], audience="diary")


def promotions(town: Town) -> int:
    """How many keys of tokens were replaced so far; there is one signer a family at every moment."""
    with town.house.app.app_context():
        keys = [key for key in town.house.vault.keeper.all() if key.use is KeyUse.TOKENS]
    signers = [key.family for key in keys if key.state is KeyState.SIGNING]
    assert len(signers) == len(set(signers)) == 3
    past = (KeyState.VERIFYING, KeyState.RETIRED, KeyState.DESTROYED)
    return sum(key.state in past for key in keys)


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def stop_within_a_move(variables: dict[str, str]) -> None:
    """A process that follows the plan too, until it makes a move: there it stops, with the row changed and nothing committed."""
    house = open_house(load_settings(variables), real_outside(nothing_answers))
    done = Changes.move

    def stopped(*said: Any) -> Any:
        moved = done(*said)
        os.kill(os.getpid(), signal.SIGSTOP)
        return moved

    Changes.move = stopped  # type: ignore[method-assign]
    try:
        with house.app.app_context():
            while True:
                house.key_office.moves.tick()
    except Exception:
        os._exit(7)
