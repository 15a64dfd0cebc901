"""Tokens carry their own proof: whatever is changed, cut, added or mixed up does not pass."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.foundation.encoding import from_b64url
from broker.foundation.outside import Outside
from broker.tokens.access import AccessTokens
from broker.tokens.authorization import Grant
from broker.tokens.codes import grant_id_of
from broker.tokens.refresh import RANDOM_SIZE, make_refresh, read_refresh
from broker.tokens.sealed import BadToken, written
from broker.tokens.settings import TokenSettings
from tests.rooms.tokens.samples import authorization
from tests.support.clock import FIRST_BELL, Clock, outside_at

GRANT_ID = "0123456789abcdef0123456789abcdef"
GRANT = Grant(GRANT_ID, authorization(), FIRST_BELL, FIRST_BELL + timedelta(days=90), 1, FIRST_BELL, None, None)


def mac(purpose: str, data: bytes) -> bytes:
    return hmac.digest(b"k" * 32, purpose.encode() + b"\x00" + data, hashlib.sha256)


def access_at(clock: Clock) -> AccessTokens:
    return AccessTokens(mac, outside_at(clock), TokenSettings())


def refresh_token() -> str:
    return make_refresh(GRANT_ID, 7, b"r" * RANDOM_SIZE, mac)[0]


def access_token() -> str:
    return access_at(Clock()).make(GRANT, ("openid", "profile"))[0]


def test_an_access_token_says_what_was_put_in() -> None:
    clock = Clock()
    token, life = access_at(clock).make(GRANT, ("profile", "openid"))
    access = access_at(clock).read(token)

    assert (GRANT_ID, FIRST_BELL, FIRST_BELL + timedelta(minutes=10)) == (access.grant_id, access.issued_at, access.expires_at)
    assert (("openid", "profile"), timedelta(minutes=10)) == (access.scopes, life)


def test_two_access_tokens_of_one_instant_differ(outside: Outside) -> None:
    tokens = AccessTokens(mac, outside, TokenSettings())

    assert tokens.make(GRANT, ())[0] != tokens.make(GRANT, ())[0]


def test_an_access_token_ends_on_the_microsecond() -> None:
    clock = Clock()
    token = access_token()
    clock.advance(timedelta(minutes=10) - timedelta(microseconds=1))
    access_at(clock).read(token)
    clock.advance(timedelta(microseconds=1))

    with pytest.raises(BadToken):
        access_at(clock).read(token)


def test_an_access_token_never_outlives_its_grant() -> None:
    short = replace(GRANT, ends_at=FIRST_BELL + timedelta(seconds=30))

    assert timedelta(seconds=30) == access_at(Clock()).make(short, ())[1]


@pytest.mark.parametrize(
    ("changes", "is_open"),
    [
        ({}, True),
        ({"ended_at": FIRST_BELL}, False),
        ({"ends_at": FIRST_BELL}, False),
        ({"access_not_before": FIRST_BELL}, False),
        ({"access_not_before": FIRST_BELL - timedelta(microseconds=1)}, True),
        ({"id": "f" * 32}, False),
    ],
)
def test_the_grant_decides_whether_a_genuine_token_opens_anything(changes: dict[str, object], is_open: bool) -> None:
    access = access_at(Clock()).read(access_token())

    assert is_open == access.is_open(replace(GRANT, **changes), FIRST_BELL)


def _read(kind: str, token: str) -> object:
    return access_at(Clock()).read(token) if kind == "access" else read_refresh(token, mac)


TOKENS = {"access": access_token, "refresh": refresh_token}


@pytest.mark.parametrize("kind", TOKENS)
def test_every_strict_prefix_and_every_longer_text_fails(kind: str) -> None:
    token = TOKENS[kind]()
    for wrong in [token[:size] for size in range(len(token))] + [token + tail for tail in ("=", "A", "AAAA", "\n", " ")]:
        with pytest.raises(BadToken):
            _read(kind, wrong)


@pytest.mark.parametrize("kind", TOKENS)
def test_every_changed_character_fails(kind: str) -> None:
    token = TOKENS[kind]()
    for place, sign in enumerate(token):
        for other in ("A", "B", "-", "_", "é", "\x00"):
            if other != sign:
                with pytest.raises(BadToken):
                    _read(kind, token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("kind", TOKENS)
def test_a_token_of_one_kind_is_not_one_of_the_other(kind: str) -> None:
    other = TOKENS["refresh" if kind == "access" else "access"]()
    with pytest.raises(BadToken):
        _read(kind, other)


@given(st.text(max_size=200))
def test_no_invented_text_passes(text: str) -> None:
    for kind in TOKENS:
        with pytest.raises(BadToken):
            _read(kind, text)


def test_a_refresh_token_says_what_was_put_in() -> None:
    token, kept = make_refresh(GRANT_ID, 7, b"r" * RANDOM_SIZE, mac)

    assert kept == read_refresh(token, mac)
    assert (GRANT_ID, 7) == (kept.grant_id, kept.generation)


def test_a_token_with_spare_bits_is_never_written() -> None:
    with pytest.raises(ValueError, match="last character"):
        written(b"12", "access", 32, mac)


def test_a_grant_is_found_by_its_code_and_does_not_tell_it() -> None:
    code = "c" * 43

    assert grant_id_of(code) == grant_id_of(code) != grant_id_of("d" * 43)
    assert 32 == len(grant_id_of(code))
    # A plain SHA-256 of the code is how the shelf finds it; the grant's identifier must not be a part of that.
    assert hashlib.sha256(code.encode()).hexdigest()[:32] != grant_id_of(code)


def test_a_genuine_token_of_another_version_is_not_read() -> None:
    """A later release may write another form; an older one beside it must refuse what it does not know."""
    size = len(from_b64url(access_token())) - 32
    body = bytes([2]) + from_b64url(access_token())[1:size]
    later = written(body, "access", 32, mac)

    with pytest.raises(BadToken, match="unknown version"):
        access_at(Clock()).read(later)


def test_padding_does_not_stand_for_bytes() -> None:
    """The right number of signs, but one of them is padding, so a byte is missing."""
    with pytest.raises(BadToken, match="wrong length"):
        access_at(Clock()).read(access_token()[:-1] + "=")
