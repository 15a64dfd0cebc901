"""Secret keys follow one another: what was made stays believed, and nobody is asked in between."""

from __future__ import annotations

import uuid
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.box import KEY_SIZE, lock
from keys.secrets.purposes import BORROWERS, NEVER_ROTATE, ROTATE, WORDS, Purpose, State, purpose_of
from keys.secrets.sealing import SealBroken, record_part, sealed_under
from keys.secrets.secret_life import RotationRefused, SecretMove, SecretWaits
from keys.vault import Vault
from tests.rooms.keys.vaults import vault_over
from tests.support.clock import Clock
from tests.support.sealing import sealing_vault

WAITS = SecretWaits(timedelta(minutes=1), {purpose: timedelta(days=2) for purpose in Purpose})
MARKED = [purpose for purpose in ROTATE if purpose is not Purpose.PERSONAL]
A_WORD = {purpose: word for word, purpose in WORDS.items()}


@pytest.fixture
def vault(sqlite_database: Database, outside: Outside) -> Vault:
    return sealing_vault(sqlite_database, outside)


def anything(_move: SecretMove) -> bool:
    return True


def states(vault: Vault, purpose: Purpose) -> list[str]:
    return sorted(info.state.value for info in vault.secrets.status() if info.purpose is purpose)


def test_a_clock_that_was_set_back_does_not_keep_an_old_key(
    sqlite_database: Database, outside: Outside, clock: Clock, vault: Vault
) -> None:
    other = vault_over(sqlite_database, outside)
    old = other.fingerprints.mac("access", b"v")
    vault.secrets.announce(Purpose.TOKENS)
    clock.advance(timedelta(minutes=1))
    vault.secrets.advance(WAITS, anything)

    clock.advance(-timedelta(days=30))

    assert old != other.fingerprints.mac("access", b"v") == vault.fingerprints.mac("access", b"v")


@pytest.mark.parametrize("purpose", MARKED)
def test_marks_outlive_their_key_by_as_long_as_they_may(
    sqlite_database: Database, outside: Outside, clock: Clock, vault: Vault, purpose: Purpose
) -> None:
    word, other = A_WORD[purpose], vault_over(sqlite_database, outside)
    old = vault.fingerprints.mac(word, b"v")
    assert other.fingerprints.fits(word, b"v", old)

    vault.secrets.announce(purpose)
    assert () == vault.secrets.advance(WAITS, anything)
    # Nobody uses it yet, and who has not read it anew goes on.
    assert old == vault.fingerprints.mac(word, b"v")
    clock.advance(timedelta(minutes=1))
    assert other.fingerprints.fits(word, b"v", old)
    assert [State.CURRENT] == [move.to for move in vault.secrets.advance(WAITS, anything)]

    new = vault.fingerprints.mac(word, b"v")
    assert new != old
    # The other process has not heard of the step, and believes both.
    assert old == other.fingerprints.mac(word, b"v")
    for process in (vault, other):
        assert process.fingerprints.fits(word, b"v", new[:16]) and process.fingerprints.fits(word, b"v", old)
        assert not process.fingerprints.fits(word, b"w", new) and not process.fingerprints.fits(word, b"v", new[:11])
    assert (new.hex(), old.hex()) == vault.fingerprints.every(word, "v")
    assert ["current", "old"] == states(vault, purpose)

    clock.advance(timedelta(days=2))
    assert () == vault.secrets.advance(WAITS, anything)
    clock.advance(timedelta(minutes=1))
    assert [None] == [move.to for move in vault.secrets.advance(WAITS, anything)]
    clock.advance(timedelta(seconds=15))
    for process in (vault, other):
        assert process.fingerprints.fits(word, b"v", new) and not process.fingerprints.fits(word, b"v", old)


def test_a_step_waits_for_whoever_holds_it_back(clock: Clock, vault: Vault) -> None:
    vault.secrets.announce(Purpose.COOKIES)
    clock.advance(timedelta(days=30))

    assert () == vault.secrets.advance(WAITS, lambda _move: False)
    assert ["current", "next"] == states(vault, Purpose.COOKIES)
    # A house that slept through a whole life takes one step at a time, each with its own wait.
    assert [State.CURRENT] == [move.to for move in vault.secrets.advance(WAITS, anything)]
    assert () == vault.secrets.advance(WAITS, anything)


@pytest.mark.parametrize("purpose", sorted(NEVER_ROTATE, key=lambda one: one.value))
def test_names_that_others_keep_never_rotate(vault: Vault, purpose: Purpose) -> None:
    with pytest.raises(RotationRefused, match="never rotates"):
        vault.secrets.announce(purpose)


def test_one_rotation_at_a_time(clock: Clock, vault: Vault) -> None:
    for purpose in MARKED:
        vault.secrets.announce(purpose)
        with pytest.raises(RotationRefused, match="waiting already"):
            vault.secrets.announce(purpose)
    clock.advance(timedelta(minutes=1))
    vault.secrets.advance(WAITS, anything)

    vault.secrets.announce(Purpose.TOKENS)
    with pytest.raises(RotationRefused, match="let the rotation end"):
        vault.secrets.announce(Purpose.FINGERPRINTS)


def test_a_house_of_the_release_before_keeps_every_mark(sqlite_database: Database, outside: Outside, clock: Clock) -> None:
    """It had one key for all of them; nothing is written beside it until the first rotation."""
    before = sealing_vault(sqlite_database, outside)
    key = before._inside.secrets.current(Purpose.FINGERPRINTS).key
    with sqlite_database.work() as connection:
        names = ", ".join(f"'{purpose.value}'" for purpose in BORROWERS)
        connection.exec_driver_sql(f"DELETE FROM secret_key WHERE purpose IN ({names})")
        connection.exec_driver_sql("UPDATE secret_key SET moved_at = NULL, records = NULL")
    vault = vault_over(sqlite_database, outside)
    marks = {word: vault.fingerprints.mac(word, b"v") for word in WORDS}
    assert all(vault._inside.secrets.current(purpose).key == key for purpose in BORROWERS)
    assert b"\x01" == vault.sealer.seal(b"v", "person:1")[:1]

    made = vault.secrets.announce(Purpose.FINGERPRINTS)

    assert [*BORROWERS, Purpose.FINGERPRINTS] == [info.purpose for info in made]
    clock.advance(timedelta(minutes=1))
    vault.secrets.advance(WAITS, anything)
    clock.advance(timedelta(days=3))
    vault.secrets.advance(WAITS, anything)
    clock.advance(timedelta(seconds=15))
    lasting = {word for word in WORDS if vault.fingerprints.fits(word, b"v", marks[word])}
    assert lasting == {word for word, purpose in WORDS.items() if purpose is not Purpose.FINGERPRINTS}


def test_a_word_that_nobody_has_placed_marks_nothing(vault: Vault) -> None:
    assert Purpose.NOTES is purpose_of("tries:login")
    with pytest.raises(ValueError, match=r"purposes[.]py"):
        vault.fingerprints.of("something", "v")


class TestSealAgain:
    def test_only_the_data_key_is_made_anew(self, vault: Vault) -> None:
        sealed = vault.sealer.seal(b"record", "person:1")
        assert sealed == vault.sealer.reseal(sealed, "person:1")

        made = vault.secrets.announce(Purpose.PERSONAL)[-1]
        again = vault.sealer.reseal(sealed, "person:1")

        assert b"record" == vault.sealer.unseal(again, "person:1") == vault.sealer.unseal(sealed, "person:1")
        assert (sealed[77:], record_part(sealed)) == (again[77:], record_part(again))
        assert vault.sealer.is_current(again) and not vault.sealer.is_current(sealed)
        assert again[:17] in sealed_under(uuid.UUID(made.id)) and again[17:77] != sealed[17:77]
        with pytest.raises(SealBroken):
            vault.sealer.reseal(sealed, "person:2")

    def test_a_record_of_the_first_form_becomes_one_of_the_second(self, vault: Vault) -> None:
        wrapping = vault._inside.secrets.current(Purpose.PERSONAL)
        head, data_key = b"\x01" + wrapping.id.bytes, bytes(KEY_SIZE)
        wrapped = lock(wrapping.key, bytes(12), data_key, b"wrap" + head + b"person:1")
        first = head + wrapped + lock(data_key, bytes(12), b"record", b"data" + head + b"person:1")
        assert b"record" == vault.sealer.unseal(first, "person:1")
        assert record_part(first) == first

        second = vault.sealer.reseal(first, "person:1")

        assert b"\x02" == second[:1] and b"record" == vault.sealer.unseal(second, "person:1")
        # A form written over another one does not open: it is bound into both parts.
        for sealed in (first, second):
            with pytest.raises(SealBroken):
                vault.sealer.unseal(bytes([3 - sealed[0]]) + sealed[1:], "person:1")

    def test_when_the_old_key_is_gone_so_is_what_lay_under_it(self, clock: Clock, vault: Vault) -> None:
        sealed = vault.sealer.seal(b"record", "person:1")
        vault.secrets.announce(Purpose.PERSONAL)
        clock.advance(timedelta(days=3))

        assert [None] == [move.to for move in vault.secrets.advance(WAITS, anything)]

        clock.advance(timedelta(seconds=15))
        vault.sealer.seal(b"v", "person:1")
        with pytest.raises(SealBroken):
            vault.sealer.unseal(sealed, "person:1")


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=some.lists(some.tuples(some.sampled_from(["look", "announce", "advance"]), some.integers(0, 90)), max_size=25))
def test_no_mark_is_refused_before_its_time(outside: Outside, clock: Clock, vault: Vault, steps: list[tuple[str, int]]) -> None:
    """Three processes that look when they like: a mark that any of them makes is believed by all for a minute."""
    store = vault._inside.store._database
    processes = [vault_over(store, outside) for _ in range(3)]
    waits = SecretWaits(timedelta(seconds=30), {purpose: timedelta(seconds=60) for purpose in Purpose})
    made: list[tuple[float, bytes]] = []
    for number, (step, seconds) in enumerate(steps):
        acting = processes[number % 3]
        if step == "announce" and states(acting, Purpose.TOKENS).count("next") == 0:
            acting.secrets.announce(Purpose.TOKENS)
        if step == "advance":
            acting.secrets.advance(waits, anything)
        made.append((clock.now().timestamp(), acting.fingerprints.mac("access", b"v")))
        young = [mark for at, mark in made if clock.now().timestamp() - at <= 60]
        assert all(process.fingerprints.fits("access", b"v", mark) for process in processes for mark in young)
        clock.advance(timedelta(seconds=seconds))
    assert all(one <= other for (one, _), (other, _) in pairwise(made))
