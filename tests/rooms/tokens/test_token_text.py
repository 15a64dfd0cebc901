"""Tokens carry their own proof: whatever is changed, cut, added or mixed up does not pass."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.foundation.encoding import from_b64url
from broker.tokens.access import Access, AccessTokens
from broker.tokens.authorization import Grant
from broker.tokens.codes import grant_id_of
from broker.tokens.confirmation import Confirmation
from broker.tokens.refresh import RANDOM_SIZE, make_refresh, read_refresh
from broker.tokens.scopes import SCOPES
from broker.tokens.sealed import BadToken, written
from tests.rooms.tokens.samples import authorization
from tests.support.clock import FIRST_BELL, Clock
from tests.support.marks import PlainMarks

GRANT_ID = "0123456789abcdef0123456789abcdef"
GRANT = Grant(GRANT_ID, authorization(), FIRST_BELL, FIRST_BELL + timedelta(days=90), 1, FIRST_BELL, None, None)
MARKS = PlainMarks()


class NoSigned:
    """Of the two forms this file is about the opaque one; for the other see test_signed_access.py."""

    def write(self, access: Access, algorithm: str, about: Mapping[str, object]) -> str:
        raise AssertionError

    def read(self, unverified_token: str) -> Access:
        raise BadToken("not opaque")


def access_at(clock: Clock) -> AccessTokens:
    return AccessTokens(MARKS, clock.now, NoSigned())


ACCESS = Access(GRANT_ID, "diary", FIRST_BELL, FIRST_BELL + timedelta(minutes=10), ("openid", "profile"))


def refresh_token() -> str:
    return make_refresh(GRANT_ID, 7, b"r" * RANDOM_SIZE, MARKS)[0]


def access_token() -> str:
    return access_at(Clock()).opaque(ACCESS)


def first_token() -> str:
    """As the release before audiences wrote it, byte for byte: version, grant, issued, expires, scopes, random."""
    issued, expires = (int(at.timestamp()) * 1_000_000 for at in (ACCESS.issued_at, ACCESS.expires_at))
    body = struct.pack(">B16sQQH5s", 1, bytes.fromhex(GRANT_ID), issued, expires, 0b11, b"12345")
    return written(body, "access", 32, MARKS)


THUMBPRINT = "t" * 43
WORDS = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzABC0123456789.:/_~-"), min_size=1, max_size=40)
EVERY_ACCESS = st.builds(
    Access,
    grant_id=st.sampled_from(["", GRANT_ID]),
    client_id=WORDS,
    issued_at=st.just(FIRST_BELL),
    expires_at=st.just(FIRST_BELL + timedelta(microseconds=1)),
    scopes=st.lists(st.sampled_from(SCOPES), unique=True).map(lambda found: tuple(sorted(found, key=SCOPES.index))),
    audience=st.lists(WORDS, max_size=10).map(tuple),
    confirmation=st.sampled_from([None, Confirmation("jkt", THUMBPRINT), Confirmation("x5t", THUMBPRINT)]),
    actors=st.lists(WORDS, max_size=5).map(tuple),
    id=st.binary(min_size=5, max_size=5),
)


@given(EVERY_ACCESS)
def test_an_access_token_says_what_was_put_in(access: Access) -> None:
    assert access == access_at(Clock()).read(access_at(Clock()).opaque(access))


def test_a_token_of_the_release_before_goes_on_working() -> None:
    access = access_at(Clock()).read(first_token())

    assert replace(ACCESS, client_id="", id=b"12345") == access
    assert access.is_open(GRANT, FIRST_BELL)
    assert access.is_for("https://issuer.example", "https://issuer.example")


def test_a_token_cannot_carry_what_could_not_be_read_again() -> None:
    for wrong in ({"client_id": "a\nb"}, {"audience": ("x" * 5000,)}):
        with pytest.raises(ValueError, match="cannot carry"):
            access_at(Clock()).opaque(replace(ACCESS, **wrong))


@pytest.mark.parametrize(
    ("audience", "name", "is_for"),
    [
        ((), "https://issuer.example", True),
        ((), "https://api.example", False),
        (("https://api.example",), "https://api.example", True),
        (("https://api.example",), "https://issuer.example", False),
    ],
)
def test_a_token_is_for_its_audience(audience: tuple[str, ...], name: str, is_for: bool) -> None:
    assert is_for == replace(ACCESS, audience=audience).is_for(name, "https://issuer.example")


def test_an_access_token_ends_on_the_microsecond() -> None:
    clock = Clock()
    token = access_token()
    clock.advance(timedelta(minutes=10) - timedelta(microseconds=1))
    access_at(clock).read(token)
    clock.advance(timedelta(microseconds=1))

    with pytest.raises(BadToken):
        access_at(clock).read(token)


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
    return read_refresh(token, MARKS) if kind == "refresh" else access_at(Clock()).read(token)


TOKENS = {"access": access_token, "first": first_token, "refresh": refresh_token}


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


def test_a_token_is_written_in_one_alphabet() -> None:
    """The same bytes in the letters of plain base64 are not the token (RFC 4648 4)."""
    clock = Clock()
    for number in range(20):
        token = access_at(clock).opaque(replace(ACCESS, id=bytes([255, number, 255, 255, 254])))
        access_at(clock).read(token)
        for ours, other in (("-", "+"), ("_", "/")):
            if ours in token:
                with pytest.raises(BadToken, match="wrong alphabet"):
                    access_at(clock).read(token.replace(ours, other))


@pytest.mark.parametrize("kind", TOKENS)
def test_a_token_of_one_kind_is_not_one_of_the_other(kind: str) -> None:
    other = TOKENS["access" if kind == "refresh" else "refresh"]()
    with pytest.raises(BadToken):
        _read(kind, other)


@given(st.text(max_size=200))
def test_no_invented_text_passes(text: str) -> None:
    for kind in TOKENS:
        with pytest.raises(BadToken):
            _read(kind, text)


def test_a_refresh_token_says_what_was_put_in() -> None:
    token, kept = make_refresh(GRANT_ID, 7, b"r" * RANDOM_SIZE, MARKS)

    assert kept == read_refresh(token, MARKS)
    assert (GRANT_ID, 7) == (kept.grant_id, kept.generation)


def test_a_token_with_spare_bits_is_never_written() -> None:
    with pytest.raises(ValueError, match="last character"):
        written(b"12", "access", 32, MARKS)


def test_a_grant_is_found_by_its_code_and_does_not_tell_it() -> None:
    code = "c" * 43

    assert grant_id_of(code) == grant_id_of(code) != grant_id_of("d" * 43)
    assert 32 == len(grant_id_of(code))
    # A plain SHA-256 of the code is how the shelf finds it; the grant's identifier must not be a part of that.
    assert hashlib.sha256(code.encode()).hexdigest()[:32] != grant_id_of(code)


@pytest.mark.parametrize("version", [0, 1, 3, 255])
def test_a_genuine_token_of_another_version_is_not_read(version: int) -> None:
    """A later release may write another form; an older one beside it must refuse what it does not know."""
    size = len(from_b64url(access_token())) - 32
    body = bytes([version]) + from_b64url(access_token())[1:size]

    with pytest.raises(BadToken, match="unknown version"):
        access_at(Clock()).read(written(body, "access", 32, MARKS))


def test_padding_does_not_stand_for_bytes() -> None:
    """The right number of signs, but one of them is padding, so a byte is missing."""
    with pytest.raises(BadToken, match="wrong length"):
        access_at(Clock()).read(access_token()[:-1] + "=")
