"""Keys that others encrypt to: published, renewed with an overlap, gone with their row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import import_key

from broker.foundation.encoding import b64url
from broker.foundation.jwe import CONTENT_ENCRYPTIONS, KEY_MANAGEMENT_ALGORITHMS, CannotDecrypt, encrypt
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.opening.opener import OVERLAP, Opener
from keys.settings import KeySettings
from keys.vault import open_vault
from tests.rooms.keys.vaults import vault_over
from tests.support.clock import Clock

LIFE = timedelta(days=90)


@pytest.fixture
def opener(sqlite_database: Database, outside: Outside) -> Opener:
    made = vault_over(sqlite_database, outside).opener
    made.renew_if_older(LIFE)
    return made


def published(opener: Opener, kind: str = "EC") -> dict[str, Any]:
    return next(dict(jwk) for jwk in opener.published() if jwk["kty"] == kind)


def sealed(jwk: dict[str, Any], alg: str = "ECDH-ES", enc: str = "A128GCM", **header: Any) -> str:
    return encrypt("inside", jwk, {"alg": alg, "enc": enc, **header})


def test_every_algorithm_opens_with_and_without_a_kid(opener: Opener) -> None:
    for alg, enc in product(KEY_MANAGEMENT_ALGORITHMS, CONTENT_ENCRYPTIONS):
        jwk = published(opener, "RSA" if alg.startswith("RSA") else "EC")
        unnamed = {name: value for name, value in jwk.items() if name != "kid"}
        assert ["inside", "inside"] == [opener.open(sealed(key, alg, enc)) for key in (jwk, unnamed)], (alg, enc)


def test_only_public_halves_are_published_and_for_encryption(opener: Opener) -> None:
    rsa, ec = published(opener, "RSA"), published(opener)

    assert {"kty", "n", "e", "kid", "use"} == set(rsa) and {"kty", "crv", "x", "y", "kid", "use"} == set(ec)
    assert {"enc"} == {rsa["use"], ec["use"]}


def compressed(jwk: dict[str, Any]) -> str:
    header = {"alg": "ECDH-ES", "enc": "A128GCM", "zip": "DEF"}
    return jwe.encrypt_compact(header, b"inside", import_key(jwk), algorithms=list(header.values()))


def _other(jwk: dict[str, Any]) -> dict[str, Any]:
    return jwk | {"kid": "A" * 43}


BAD: list[Callable[[dict[str, Any]], str]] = [
    lambda jwk: sealed(_other(jwk)),
    lambda jwk: sealed(jwk)[:-4],
    lambda jwk: ".".join((*(cut := sealed(jwk).split("."))[:4], ("A" if cut[4][0] != "A" else "B") + cut[4][1:])),
    lambda jwk: ".".join(("x" * 9, *sealed(jwk).split(".")[1:])),
    lambda jwk: sealed(jwk) + ".x",
    lambda jwk: compressed(jwk),
    lambda jwk: "." * 4,
    lambda jwk: "é.é.é.é.é",
    lambda jwk: b64url(b"[" * 9000) + "....",
    lambda jwk: b64url(b'{"alg":"ECDH-ES","enc":"A128GCM"}') + "..AAAA.AAAA.AAAA",
    lambda jwk: b64url(b'{"alg":"ECDH-ES","enc":"A128GCM","epk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}}') + "..AA.AA.AA",
    lambda jwk: b64url(b'{"alg":"ECDH-ES","enc":"A128GCM","crit":["x"]}') + "..AAAA.AAAA.AAAA",
    *(lambda jwk, alg=alg: b64url(f'{{"alg":{alg},"enc":"A128GCM"}}'.encode()) + ".AAAA.AAAA.AAAA.AAAA"  # type: ignore[misc]
      for alg in ('"dir"', '"RSA1_5"', '"A128KW"', '"PBES2-HS256+A128KW"', '["ECDH-ES"]', "null", '"none"')),
    lambda jwk: sealed(jwk) + "A" * 30_000,
]  # fmt: skip


def test_whatever_is_wrong_is_one_refusal(opener: Opener) -> None:
    jwk = published(opener)
    for number, bad in enumerate(BAD):
        assert () == _refusal(opener, bad(jwk)), number


def _refusal(opener: Opener, token: str) -> object:
    try:
        return opener.open(token)
    except CannotDecrypt as refused:
        return refused.args


def test_a_renewal_has_an_overlap_and_another_process_learns_of_it(
    opener: Opener, sqlite_database: Database, outside: Outside, clock: Clock
) -> None:
    other = vault_over(sqlite_database, outside).opener
    before = published(other)

    assert 2 == len(opener.renew())
    after = published(opener)
    assert before["kid"] != after["kid"] and 2 == len(opener.published())
    # The other process has read the keys a moment ago, and meets one it does not know.
    assert ["inside", "inside"] == [other.open(sealed(jwk)) for jwk in (after, before)]

    clock.advance(OVERLAP - timedelta(seconds=1))
    assert 0 == opener.drop_ended() and "inside" == opener.open(sealed(before))
    clock.advance(timedelta(seconds=1))
    for each in (opener, other):
        with pytest.raises(CannotDecrypt):
            each.open(sealed(before))
    assert (2, 0) == (opener.drop_ended(), opener.drop_ended())
    assert {after["kid"]} < {key.kid for key in other.status()} and 2 == len(other.status())


def test_stolen_keys_open_nothing_from_now_on(opener: Opener) -> None:
    stolen = published(opener)
    opener.renew(timedelta(0))

    with pytest.raises(CannotDecrypt):
        opener.open(sealed(stolen))


def test_it_is_renewed_in_time_and_once(opener: Opener, sqlite_database: Database, outside: Outside, clock: Clock) -> None:
    other = vault_over(sqlite_database, outside).opener
    clock.advance(LIFE - timedelta(seconds=1))
    assert () == opener.renew_if_older(LIFE)
    clock.advance(timedelta(seconds=1))

    assert (2, 0) == (len(opener.renew_if_older(LIFE)), len(other.renew_if_older(LIFE)))


def test_a_key_that_somebody_wrote_into_the_table_is_not_published(
    opener: Opener, sqlite_database: Database, outside: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite_database.work() as connection:
        connection.exec_driver_sql(
            "INSERT INTO opening_key SELECT 'B', kind, private_sealed, made_at, NULL FROM opening_key WHERE kind = 'EC'"
        )
        connection.exec_driver_sql("INSERT INTO opening_key SELECT 'C', 'PQ', x'00', made_at, NULL FROM opening_key LIMIT 1")
    fresh = vault_over(sqlite_database, outside).opener
    for _ in range(2):
        fresh.published()
        fresh.forget()

    # Another release may know it; it is told of once.
    assert 1 == [line.message for line in caplog.records].count(
        "decryption keys of a kind that this release does not know are left alone"
    )
    assert {jwk["kid"] for jwk in opener.published()} == {jwk["kid"] for jwk in fresh.published()}
    strange = open_vault(KeySettings(master_key=b64url(bytes(32))), sqlite_database, outside).opener
    assert () == strange.published()


def test_private_halves_are_not_readable_at_rest(opener: Opener, sqlite_database: Database) -> None:
    rows = sqlite_database.session.exec_driver_sql("SELECT private_sealed FROM opening_key").scalars().all()

    assert 2 == len(rows)
    assert not any(name in row for row in rows for name in (b"\x06\x09\x2a\x86\x48", b"\x06\x07\x2a\x86\x48"))


def test_an_unknown_kid_costs_a_reading_once_a_second(opener: Opener, reads: Callable[[], int]) -> None:
    odd = sealed(_other(published(opener)))
    counted = []
    for _ in range(3):
        before = reads()
        with pytest.raises(CannotDecrypt):
            opener.open(odd)
        counted.append(reads() - before)

    assert [1, 0, 0] == counted
