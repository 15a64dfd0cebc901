"""Sealed records, fingerprints and pairwise subjects."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.secrets.purposes import Purpose
from keys.secrets.sealing import SealBroken
from keys.secrets.secret_keys import _MOST_BEGUN, NoSecretKey, SecretKey
from keys.vault import Vault
from tests.rooms.keys.vaults import ready_vault, vault_over
from tests.support.clock import Clock

# The fixture is read only, so that examples may share it.
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@pytest.fixture
def vault(sqlite_database: Database, outside: Outside) -> Vault:
    return ready_vault(sqlite_database, outside)


def rotated(vault: Vault) -> str:
    """The identifier of the sealing key that is current from now on."""
    return vault.secrets.announce(Purpose.PERSONAL)[-1].id


@shared
@given(plain=some.binary(max_size=300), bound_to=some.text(max_size=40))
def test_what_is_sealed_is_unsealed(vault: Vault, plain: bytes, bound_to: str) -> None:
    sealed = vault.sealer.seal(plain, bound_to)

    assert plain == vault.sealer.unseal(sealed, bound_to)
    assert len(plain) + 105 == len(sealed)
    assert len(plain) < 8 or plain not in sealed


@shared
@given(data=some.data(), plain=some.binary(max_size=40), owners=some.lists(some.text(), min_size=2, max_size=2, unique=True))
def test_another_owner_cannot_unseal(vault: Vault, data: some.DataObject, plain: bytes, owners: list[str]) -> None:
    sealed = vault.sealer.seal(plain, owners[0])

    with pytest.raises(SealBroken):
        vault.sealer.unseal(sealed, owners[1])


def test_no_byte_of_a_sealed_record_can_be_changed(vault: Vault) -> None:
    sealed = vault.sealer.seal(b"000-000-000", "person:1")

    for place in range(len(sealed)):
        for change in (1, 0x80):
            with pytest.raises(SealBroken):
                vault.sealer.unseal(sealed[:place] + bytes([sealed[place] ^ change]) + sealed[place + 1 :], "person:1")


def test_no_piece_of_a_sealed_record_is_one(vault: Vault) -> None:
    sealed = vault.sealer.seal(b"v", "person:1")

    for end in range(len(sealed)):
        with pytest.raises(SealBroken):
            vault.sealer.unseal(sealed[:end], "person:1")
    with pytest.raises(SealBroken):
        vault.sealer.unseal(sealed + b"\x00", "person:1")


def test_halves_of_two_records_do_not_fit_together(vault: Vault) -> None:
    one, other = vault.sealer.seal(b"a", "person:1"), vault.sealer.seal(b"b", "person:1")

    with pytest.raises(SealBroken):
        vault.sealer.unseal(one[:77] + other[77:], "person:1")


def test_every_seal_has_a_data_key_of_its_own(vault: Vault) -> None:
    sealed = [vault.sealer.seal(b"v", "person:1") for _ in range(20)]

    assert 20 == len({record[17:77] for record in sealed}) == len({record[77:] for record in sealed})


def test_old_records_open_after_a_rotation_and_new_ones_use_the_new_key(vault: Vault) -> None:
    old = vault.sealer.seal(b"old", "person:1")
    assert vault.sealer.is_current(old)

    key_id = rotated(vault)
    new = vault.sealer.seal(b"new", "person:1")

    assert (b"old", b"new") == (vault.sealer.unseal(old, "person:1"), vault.sealer.unseal(new, "person:1"))
    assert (False, True) == (vault.sealer.is_current(old), vault.sealer.is_current(new))
    assert uuid.UUID(key_id).bytes == new[1:17]


def test_another_process_reads_new_records_at_once_and_follows_soon(
    sqlite_database: Database, outside: Outside, clock: Clock, vault: Vault
) -> None:
    other = ready_vault(sqlite_database, outside)
    other.sealer.seal(b"warm", "person:1")

    rotated(vault)
    new = vault.sealer.seal(b"new", "person:1")

    assert b"new" == other.sealer.unseal(new, "person:1")
    clock.advance(timedelta(minutes=1))
    assert vault.sealer.is_current(other.sealer.seal(b"v", "person:1"))


def test_a_rotation_that_is_rolled_back_changes_nothing(sqlite_database: Database, vault: Vault) -> None:
    with pytest.raises(ZeroDivisionError), sqlite_database.work():
        rotated(vault)
        raise ZeroDivisionError

    assert vault.sealer.is_current(vault.sealer.seal(b"v", "person:1"))
    counted = sqlite_database.session.exec_driver_sql("SELECT count(*) FROM secret_key WHERE purpose = 'personal'")
    assert 1 == counted.scalar()


def test_unsealing_asks_the_database_nothing(vault: Vault, reads: Callable[[], int]) -> None:
    sealed = vault.sealer.seal(b"v", "person:1")
    before = reads()

    for _ in range(5):
        vault.sealer.unseal(sealed, "person:1")
        vault.sealer.seal(b"v", "person:1")
        vault.fingerprints.of("person.snils", "1")
        vault.subjects.of("a.example", "1")

    assert before == reads()


def test_a_vault_without_keys_says_so(sqlite_database: Database, outside: Outside) -> None:
    empty = vault_over(sqlite_database, outside)

    for act in (
        lambda: empty.sealer.seal(b"v", "p"),
        lambda: empty.fingerprints.of("sid", "b"),
        lambda: empty.subjects.of("sid", "b"),
        lambda: empty.fingerprints.fits("access", b"v", bytes(12)),
    ):
        with pytest.raises(NoSecretKey):
            act()


def test_keys_that_another_process_has_made_are_found_when_they_are_needed(sqlite_database: Database, outside: Outside) -> None:
    early = vault_over(sqlite_database, outside)
    with pytest.raises(NoSecretKey):
        early.fingerprints.mac("access", b"v")

    mark = ready_vault(sqlite_database, outside).fingerprints.mac("access", b"v")

    assert early.fingerprints.fits("access", b"v", mark)
    assert not early.fingerprints.fits("access", b"w", mark)


@pytest.mark.parametrize("domain", [b"", b"d" * 256])
def test_a_domain_that_one_byte_cannot_count_is_refused(domain: bytes) -> None:
    with pytest.raises(ValueError, match="1 to 255"):
        SecretKey(uuid.uuid4(), b"k" * 32).mark(domain, b"v")


def test_a_fingerprint_is_the_keyed_hash_of_purpose_and_value() -> None:
    key = bytes(range(32))

    expected = hmac.new(key, b"\x05snils" + b"00000000000", hashlib.sha256).digest()

    assert expected == SecretKey(uuid.uuid4(), key).mark(b"snils", b"00000000000")


@given(
    one=some.tuples(some.binary(min_size=1, max_size=6), some.binary(max_size=6)),
    other=some.tuples(some.binary(min_size=1, max_size=6), some.binary(max_size=6)),
)
def test_two_pairs_share_a_fingerprint_only_if_they_are_equal(one: tuple[bytes, bytes], other: tuple[bytes, bytes]) -> None:
    key = SecretKey(uuid.uuid4(), b"k" * 32)

    assert (one == other) is (key.mark(*one) == key.mark(*other))
    # A domain whose beginning is kept gives what a fresh one does.
    assert key.mark(*one) == SecretKey(uuid.uuid4(), b"k" * 32).mark(*one)


def test_the_beginnings_that_a_key_keeps_are_limited() -> None:
    key = SecretKey(uuid.uuid4(), b"k" * 32)

    for number in range(_MOST_BEGUN + 3):
        domain = f"{number:05}".encode()
        assert hmac.digest(b"k" * 32, b"\x05" + domain + b"v", "sha256") == key.mark(domain, b"v")

    assert _MOST_BEGUN == len(key._begun)


@pytest.mark.parametrize("purpose", ["", "x" * 256])
def test_a_fingerprint_needs_a_purpose(vault: Vault, purpose: str) -> None:
    with pytest.raises(ValueError, match="purpose"):
        vault.fingerprints.mac(purpose, b"v")


def test_fingerprints_are_the_same_for_ever_and_in_every_process(
    sqlite_database: Database, outside: Outside, clock: Clock, vault: Vault
) -> None:
    of, sub = vault.fingerprints.of("person.snils", "00000000000"), vault.subjects.of("a.example", "person-1")
    rotated(vault)
    clock.advance(timedelta(days=3650))
    other = ready_vault(sqlite_database, outside)

    assert of == other.fingerprints.of("person.snils", "00000000000") == vault.fingerprints.of("person.snils", "00000000000")
    assert sub == other.subjects.of("a.example", "person-1") == vault.subjects.of("a.example", "person-1")
    assert (64, 43) == (len(of), len(sub))
    assert other.fingerprints.mac("person.snils", b"00000000000").hex() == of


def test_two_houses_have_nothing_in_common(sqlite_database: Database, outside: Outside, vault: Vault, tmp_path: object) -> None:
    before = vault.subjects.of("a.example", "person-1"), vault.fingerprints.of("person.snils", "1")
    with sqlite_database.work() as connection:
        connection.exec_driver_sql("DELETE FROM secret_key")
    other = ready_vault(sqlite_database, outside)

    assert set(before).isdisjoint({other.subjects.of("a.example", "person-1"), other.fingerprints.of("person.snils", "1")})


def test_subjects_differ_by_sector_and_by_person(vault: Vault) -> None:
    found = {vault.subjects.of(sector, person) for sector in ("a.example", "b.example") for person in ("1", "2")}

    assert 4 == len(found)
    assert vault.subjects.of("ab", "c") != vault.subjects.of("a", "bc")


def test_nothing_shows_a_key(vault: Vault) -> None:
    vault.sealer.seal(secrets.token_bytes(8), "person:1")
    opened = vault.sealer._secrets._reopened()

    for shown in (repr(opened), *(repr(value) for value in (vault, vault.sealer, vault.fingerprints, vault.subjects))):
        assert all(repr(key.key)[2:14] not in shown and key.key.hex() not in shown for key in opened.by_id.values())
