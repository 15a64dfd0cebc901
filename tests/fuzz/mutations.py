"""Bytes that are nearly right: seeds of each door, bent at random. The same number gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

# What readers stumble over: structure, numbers without end, halves of characters, other encodings.
TOKENS = (
    b"{", b"}", b"[", b"]", b'"', b",", b":", b".", b"..", b"=", b"&", b"%", b"%00", b"%ff", b"%u0041", b"\x00", b"\xff", b"\xc3",
    b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"null", b"true", b"NaN", b"Infinity", b"-0", b"1e400", b"9" * 400,
    b"-1", b"[" * 200, b"A" * 3000, b"eyJhbGciOiJub25lIn0", b'"alg":"none"', b'"crit":["exp"]', b'"jwk":{}', b"../",
    b"\r\n", b"\n", b" ", b"\t",
    b"=" * 3, b";", b"'", b"<", b"\xe2\x80\xae", b"\xf0\x9f\x92\xa9", b"-", b"_", b"+", b"/", b"__proto__", b"openid", b"code",
)  # fmt: skip
MOST = 20_000


def bent(random: Random, seeds: Sequence[bytes]) -> bytes:
    """A seed, changed one to six times."""
    found = random.choice(seeds)
    for _ in range(random.randint(1, 6)):
        found = random.choice(_CHANGES)(random, found, seeds)
    return found[:MOST]


def _flipped(random: Random, text: bytes, _: Sequence[bytes]) -> bytes:
    if not text:
        return bytes([random.randrange(256)])
    at = random.randrange(len(text))
    return text[:at] + bytes([text[at] ^ (1 << random.randrange(8))]) + text[at + 1 :]


def _other_byte(random: Random, text: bytes, _: Sequence[bytes]) -> bytes:
    at = random.randint(0, len(text))
    return text[:at] + bytes([random.randrange(256)]) + text[at + random.randint(0, 1) :]


def _with_token(random: Random, text: bytes, _: Sequence[bytes]) -> bytes:
    at = random.randint(0, len(text))
    return text[:at] + random.choice(TOKENS) + text[at + random.randint(0, 3) :]


def _cut(random: Random, text: bytes, _: Sequence[bytes]) -> bytes:
    first, last = sorted((random.randint(0, len(text)), random.randint(0, len(text))))
    return text[:first] + text[last:] if random.random() < 0.7 else text[first:last]


def _doubled(random: Random, text: bytes, _: Sequence[bytes]) -> bytes:
    first, last = sorted((random.randint(0, len(text)), random.randint(0, len(text))))
    return text[:last] + text[first:last] * random.randint(1, 3) + text[last:]


def _spliced(random: Random, text: bytes, seeds: Sequence[bytes]) -> bytes:
    other = random.choice(seeds)
    return text[: random.randint(0, len(text))] + other[random.randint(0, len(other)) :]


_CHANGES: tuple[Callable[[Random, bytes, Sequence[bytes]], bytes], ...] = (
    _flipped, _other_byte, _with_token, _with_token, _cut, _doubled, _spliced,
)  # fmt: skip
