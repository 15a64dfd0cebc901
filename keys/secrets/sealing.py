"""Personal data at rest: every record under a data key of its own, the data keys under a key that rotates."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from keys import box
from keys.secrets.purposes import Purpose
from keys.secrets.secret_keys import SecretKey, SecretKeys

# form | id of the wrapping key | wrapped data key | the record
_ID_END = 1 + 16
_WRAPPED_END = _ID_END + box.NONCE_SIZE + box.KEY_SIZE + box.TAG_SIZE
# In the first form the record is bound to the wrapping key too, so it has to be encrypted again when that one changes. In the
# second only the data key is: 60 bytes are made anew, the record stays as it is.
_FIRST, _SECOND = 1, 2


class SealBroken(Exception):
    """The record was not sealed by us for this owner, or it was changed since."""


class Sealer:
    """Seals bytes for one owner, such as `person:<id>`; a sealed record moved to another owner does not open."""

    def __init__(self, secrets: SecretKeys, random: Callable[[int], bytes]):
        self._secrets = secrets
        self._random = random

    def seal(self, plain: bytes, bound_to: str) -> bytes:
        """105 bytes longer than `plain`; two seals of one value differ."""
        data_key = self._random(box.KEY_SIZE)
        head, wrapped = self._wrapped(data_key, bound_to)
        return head + wrapped + box.lock(data_key, self._random(box.NONCE_SIZE), plain, _bound(b"data", head, bound_to))

    def unseal(self, sealed: bytes, bound_to: str) -> bytes:
        """What was sealed, by a current or an old key.

        Raises:
            SealBroken: another owner, an unknown key or a changed record.
        """
        data_key = self._data_key(sealed, bound_to)
        try:
            return box.unlock(data_key, sealed[_WRAPPED_END:], _bound(b"data", sealed[:_ID_END], bound_to))
        except box.BoxBroken:
            raise SealBroken from None

    def reseal(self, sealed: bytes, bound_to: str) -> bytes:
        """The same record under the current key; as it is when it is so already.

        Raises:
            SealBroken: as `unseal`.
        """
        if self.is_current(sealed):
            return sealed
        data_key = self._data_key(sealed, bound_to)
        head, wrapped = self._wrapped(data_key, bound_to)
        if sealed[0] == head[0] == _SECOND:
            return head + wrapped + sealed[_WRAPPED_END:]
        return self.seal(self.unseal(sealed, bound_to), bound_to)

    def is_current(self, sealed: bytes) -> bool:
        """Whether the record is under the present key, so that a rotation need not seal it again."""
        return sealed[:_ID_END] == self.head()

    def head(self) -> bytes:
        """What every record begins with that is sealed now: its form and the identifier of the present key."""
        return _head(self._secrets.current(Purpose.PERSONAL))

    def _wrapped(self, data_key: bytes, bound_to: str) -> tuple[bytes, bytes]:
        wrapping = self._secrets.current(Purpose.PERSONAL)
        head = _head(wrapping)
        return head, box.lock(wrapping.cipher, self._random(box.NONCE_SIZE), data_key, _bound(b"wrap", head, bound_to))

    def _data_key(self, sealed: bytes, bound_to: str) -> bytes:
        head = sealed[:_ID_END]
        if len(sealed) < _WRAPPED_END or head[0] not in (_FIRST, _SECOND):
            raise SealBroken
        wrapping = self._secrets.find(Purpose.PERSONAL, head[1:])
        if wrapping is None:
            raise SealBroken
        try:
            return box.unlock(wrapping.cipher, sealed[_ID_END:_WRAPPED_END], _bound(b"wrap", head, bound_to))
        except box.BoxBroken:
            raise SealBroken from None


def sealed_under(key_id: uuid.UUID) -> tuple[bytes, ...]:
    """What records under this key may begin with."""
    return tuple(bytes([form]) + key_id.bytes for form in (_FIRST, _SECOND))


def record_part(sealed: bytes) -> bytes:
    """What of a sealed record changes whenever somebody writes it, and does not when only its key changes."""
    return sealed[_WRAPPED_END:] if sealed[:1] == bytes([_SECOND]) else sealed


def _head(key: SecretKey) -> bytes:
    return bytes([key.records]) + key.id.bytes


def _bound(part: bytes, head: bytes, bound_to: str) -> bytes:
    said = head[:1] if part == b"data" and head[0] == _SECOND else head
    return part + said + bound_to.encode("utf-8")
