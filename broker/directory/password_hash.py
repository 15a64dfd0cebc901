"""Argon2id (RFC 9106): the only door of argon2-cffi. A check costs the same whatever is wrong."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST = 256
_SALT_SIZE = 16
# What is hashed when there is nothing to compare with. Nobody has this password: it is not what a form can send.
_NOBODYS = "\x00"


@dataclass(frozen=True, slots=True)
class Cost:
    """How dear one check is: memory in KiB, passes, lanes."""

    memory: int = 19_456
    passes: int = 4
    lanes: int = 1


class PasswordHash:
    """Hashes and checks diary passwords."""

    def __init__(self, random: Callable[[int], bytes], cost: Cost | None = None):
        """`random` gives the salts. The default cost is 19 MiB (OWASP) and four passes: about 50 ms of one core."""
        cost = cost or Cost()
        self._random = random
        self._hasher = PasswordHasher(cost.passes, cost.memory, cost.lanes, type=Type.ID, salt_len=_SALT_SIZE)
        self._own = cost
        self._dummies: dict[Cost, str] = {}
        self._dummy(cost)

    def make(self, password: str) -> str:
        """The hash of a password, in the encoded form that names its own parameters."""
        return self._hasher.hash(normal(password), salt=self._random(_SALT_SIZE))

    def fits(self, kept: str | None, unverified_password: str, stand_in: Cost | None = None) -> bool:
        """Whether the password is the one kept; with nothing kept, or too long a password, False after the same work.

        `stand_in` is how dear the check of nothing is; by default as dear as that of a hash made here.
        """
        is_too_long = len(unverified_password) > LONGEST
        typed = "" if is_too_long else normal(unverified_password)
        try:
            found = self._hasher.verify(kept or self._dummy(stand_in or self._own), typed)
        except (VerificationError, InvalidHashError):
            return False
        return found and bool(kept) and not is_too_long

    def _dummy(self, cost: Cost) -> str:
        """A hash of nobody's password at this cost, made once."""
        if cost not in self._dummies:
            hasher = PasswordHasher(cost.passes, cost.memory, cost.lanes, type=Type.ID, salt_len=_SALT_SIZE)
            self._dummies[cost] = hasher.hash(_NOBODYS, salt=self._random(_SALT_SIZE))
        return self._dummies[cost]

    def prepare_for(self, costs: Iterable[Cost]) -> None:
        """Make what stands in for nothing at these costs, so that the first check needs not."""
        for cost in costs:
            self._dummy(cost)

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was made at another cost than the present one."""
        return self._hasher.check_needs_rehash(kept)


def normal(password: str) -> str:
    """One form for a password whatever keyboard it was typed on (RFC 8265 4.2.2: NFC). Half a surrogate pair becomes `?`."""
    return unicodedata.normalize("NFC", password.encode("utf-8", "replace").decode("utf-8"))


def is_hash(text: str) -> bool:
    """Whether a text is an Argon2id hash that could have been made here: not cheap to guess, not dear enough to stop us."""
    try:
        found = extract_parameters(text)
    except (InvalidHashError, ValueError):
        return False
    is_bounded = 7_168 <= found.memory_cost <= 262_144 and 1 <= found.time_cost <= 10 and 1 <= found.parallelism <= 4
    return found.type is Type.ID and is_bounded and len(text) <= 200
