"""Clients in the database and in the process: what is kept, how long it is believed, how secrets change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import current_app
from sqlalchemy import event, select

from broker.clients.client import ClientSecret
from broker.clients.refused import ClientRefused
from broker.clients.store import ClientStore
from broker.clients.tables import ClientSecretRow
from broker.foundation.encoding import digest
from broker.foundation.outside import Outside
from broker.storage.database import Database
from tests.rooms.clients.samples import APP, DIARY, ec_jwk, signed
from tests.support.clock import FIRST_BELL, Clock

CACHE = timedelta(seconds=5)
WEEK = timedelta(days=7)


@pytest.fixture
def clients(database: Database, clock: Clock) -> ClientStore:
    return ClientStore(database, clock.now, CACHE)


@pytest.fixture
def questions(database: Database) -> Iterator[Callable[[], int]]:
    count = [0]

    def counted(*_: object) -> None:
        count[0] += 1

    for engine in database._engines:
        event.listen(engine, "before_cursor_execute", counted)
    yield lambda: count[0]
    for engine in database._engines:
        event.remove(engine, "before_cursor_execute", counted)


def elsewhere(database: Database, clock: Clock) -> ClientStore:
    """Another worker."""
    return ClientStore(database, clock.now, CACHE)


class TestKeeping:
    @pytest.mark.parametrize(
        "client",
        [
            DIARY,
            APP,
            signed(ec_jwk() | {"kid": "1"}),
            replace(
                DIARY,
                initiate_login_uri="https://diary.example/start",
                sector_identifier="diary.example",
                first_party=True,
                default_region="29",
                roles=("pupil", "parent"),
                require_pkce=False,
                is_enabled=False,
                subject_type="public",
                id_token_signed_response_alg="ES256",
                secrets=(ClientSecret(digest("one"), FIRST_BELL + WEEK), ClientSecret(digest("two"))),
            ),
        ],
    )
    def test_what_is_added_comes_back_whole(self, database: Database, clients: ClientStore, clock: Clock, client: object) -> None:
        clients.add(client)  # type: ignore[arg-type]

        assert client == clients.find(client.client_id) == elsewhere(database, clock).find(client.client_id)  # type: ignore[attr-defined]

    def test_nobody_is_found_under_an_unknown_name(self, clients: ClientStore) -> None:
        clients.add(DIARY)

        assert [None] * 4 == [clients.find(name) for name in ("", "diar", "DIARY", "diary ")]

    def test_all_are_listed_with_their_own_secrets(self, clients: ClientStore, outside: Outside) -> None:
        for name in ("b", "c", "a"):
            clients.add(replace(DIARY, client_id=f"client-{name}"))
        clients.new_secret("client-b", outside, WEEK)
        clients.new_secret("client-b", outside, WEEK)

        assert [("client-a", 0), ("client-b", 2), ("client-c", 0)] == [(c.client_id, len(c.secrets)) for c in clients.all()]

    def test_a_name_is_taken_once(self, clients: ClientStore) -> None:
        clients.add(DIARY)

        with pytest.raises(ClientRefused):
            clients.add(replace(DIARY, client_name="Другой"))
        assert DIARY == clients.find("diary")

    def test_an_unsound_client_is_neither_added_nor_put_in_place(self, clients: ClientStore) -> None:
        with pytest.raises(ClientRefused):
            clients.add(replace(DIARY, redirect_uris=()))
        assert () == clients.all()

        clients.add(DIARY)
        with pytest.raises(ClientRefused):
            clients.replace(replace(DIARY, redirect_uris=()))
        assert DIARY == clients.find("diary")


class TestChanging:
    def test_a_change_is_seen_at_once_here(self, clients: ClientStore) -> None:
        clients.add(DIARY)
        clients.find("diary")

        changed = clients.replace(replace(DIARY, client_name="Новый"))

        assert 2 == changed.version
        assert changed == clients.find("diary")

    def test_of_two_changes_to_one_reading_the_second_is_refused(self, clients: ClientStore) -> None:
        clients.add(DIARY)
        clients.replace(replace(DIARY, client_name="Первый"))

        with pytest.raises(ClientRefused, match="meanwhile"):
            clients.replace(replace(DIARY, client_name="Второй"))

    def test_a_change_leaves_secrets_and_the_pause_alone(self, clients: ClientStore, outside: Outside) -> None:
        clients.add(DIARY)
        secret = clients.new_secret("diary", outside, WEEK)
        clients.set_enabled("diary", False)
        read = clients.find("diary")
        assert read is not None

        clients.replace(replace(read, secrets=(), is_enabled=True, client_name="Новый"))

        after = clients.find("diary")
        assert after is not None
        assert (False, True, "Новый") == (after.is_enabled, after.secret_is_right(secret, FIRST_BELL), after.client_name)

    def test_a_paused_client_can_be_let_in_again(self, clients: ClientStore) -> None:
        clients.add(DIARY)

        for enabled in (False, True):
            clients.set_enabled("diary", enabled)
            found = clients.find("diary")
            assert found is not None and enabled is found.is_enabled

    def test_who_is_not_there_cannot_be_changed(self, clients: ClientStore, outside: Outside) -> None:
        with pytest.raises(ClientRefused):
            clients.replace(DIARY)
        with pytest.raises(ClientRefused):
            clients.set_enabled("diary", False)
        with pytest.raises(ClientRefused):
            clients.new_secret("diary", outside, WEEK)


class TestRemembering:
    def test_a_known_client_costs_no_question(self, clients: ClientStore, questions: Callable[[], int], clock: Clock) -> None:
        clients.add(DIARY)
        clients.find("diary")
        before = questions()

        clock.advance(CACHE - timedelta(microseconds=1))
        clients.find("diary")
        assert before == questions()

        clock.advance(timedelta(microseconds=1))
        clients.find("diary")
        assert before + 1 == questions()

    def test_another_worker_believes_its_memory_for_cache_for_and_no_longer(
        self, database: Database, clients: ClientStore, clock: Clock
    ) -> None:
        clients.add(DIARY)
        other = elsewhere(database, clock)
        other.find("diary")
        clients.set_enabled("diary", False)

        clock.advance(CACHE)

        found = other.find("diary")
        assert found is not None and not found.is_enabled

    def test_what_was_rolled_back_is_not_remembered(self, database: Database, clients: ClientStore) -> None:
        clients.add(DIARY)

        with pytest.raises(ZeroDivisionError), database.work():
            clients.set_enabled("diary", False)
            inside = clients.find("diary")
            assert inside is not None and not inside.is_enabled
            raise ZeroDivisionError

        found = clients.find("diary")
        assert found is not None and found.is_enabled


class TestSecrets:
    def test_a_new_secret_works_beside_the_old_one_until_the_overlap_ends(
        self, clients: ClientStore, outside: Outside, clock: Clock
    ) -> None:
        clients.add(DIARY)
        first = clients.new_secret("diary", outside, WEEK)
        second = clients.new_secret("diary", outside, WEEK)

        assert first != second
        assert (True, True) == self._right(clients, clock, first, second)
        clock.advance(WEEK)
        assert (False, True) == self._right(clients, clock, first, second)

    def test_an_old_secret_never_gains_time(self, clients: ClientStore, outside: Outside, clock: Clock) -> None:
        clients.add(DIARY)
        first = clients.new_secret("diary", outside, WEEK)
        clients.new_secret("diary", outside, timedelta(hours=1))
        third = clients.new_secret("diary", outside, WEEK)

        clock.advance(timedelta(hours=1))

        assert (False, True) == self._right(clients, clock, first, third)

    def test_without_overlap_the_old_one_ends_now(self, clients: ClientStore, outside: Outside, clock: Clock) -> None:
        clients.add(DIARY)
        first = clients.new_secret("diary", outside, WEEK)
        second = clients.new_secret("diary", outside, timedelta(0))

        assert (False, True) == self._right(clients, clock, first, second)

    def test_ended_secrets_are_cleared_away(
        self, database: Database, clients: ClientStore, outside: Outside, clock: Clock
    ) -> None:
        clients.add(DIARY)
        for _ in range(4):
            clients.new_secret("diary", outside, timedelta(hours=1))
            clock.advance(timedelta(hours=2))

        assert 2 == len(database.session.execute(select(ClientSecretRow.hash)).all())

    def test_only_the_digest_is_kept(self, database: Database, clients: ClientStore, outside: Outside) -> None:
        clients.add(DIARY)
        secret = clients.new_secret("diary", outside, WEEK)

        assert [(digest(secret),)] == [tuple(row) for row in database.session.execute(select(ClientSecretRow.hash))]
        assert 43 == len(secret)

    @pytest.mark.parametrize("client", [APP, signed(ec_jwk())])
    def test_a_client_without_secrets_gets_none(self, clients: ClientStore, outside: Outside, client: object) -> None:
        clients.add(client)  # type: ignore[arg-type]

        with pytest.raises(ClientRefused):
            clients.new_secret(client.client_id, outside, WEEK)  # type: ignore[attr-defined]

    def test_many_new_secrets_at_once_all_work(self, clients: ClientStore, outside: Outside, clock: Clock) -> None:
        clients.add(DIARY)
        app = current_app._get_current_object()  # type: ignore[attr-defined]

        def make(_: int) -> str:
            with app.app_context():
                return clients.new_secret("diary", outside, WEEK)

        with ThreadPoolExecutor(6) as pool:
            made = list(pool.map(make, range(6)))

        assert (True,) * 6 == self._right(clients, clock, *made)
        client = clients.find("diary")
        assert client is not None and 1 == [secret.ends_at for secret in client.secrets].count(None)

    def _right(self, clients: ClientStore, clock: Clock, *secrets: str) -> tuple[bool, ...]:
        client = clients.find("diary")
        assert client is not None
        return tuple(client.secret_is_right(secret, clock.now()) for secret in secrets)
