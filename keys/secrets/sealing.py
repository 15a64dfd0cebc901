"""Personal data at rest: every record under a data key of its own, the data keys under a key that rotates."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from keys import box
from keys.secrets.secret_keys import Purpose, SecretKeys
from keys.store import KeyStore

# version | id of the wrapping key | wrapped data key | the record
_VERSION = b"\x01"
_ID_END = 1 + 16
_WRAPPED_END = _ID_END + box.NONCE_SIZE + box.KEY_SIZE + box.TAG_SIZE


class SealBroken(Exception):
    """The record was not sealed by us for this owner, or it was changed since."""


class Sealer:
    """Seals bytes for one owner, such as `person:<id>`; a sealed record moved to another owner does not open."""

    def __init__(self, secrets: SecretKeys, store: KeyStore, random: Callable[[int], bytes]):
        self._secrets = secrets
        self._store = store
        self._random = random

    def seal(self, plain: bytes, bound_to: str) -> bytes:
        """105 bytes longer than `plain`; two seals of one value differ."""
        wrapping = self._secrets.current(Purpose.PERSONAL)
        head = _VERSION + wrapping.id.bytes
        data_key = self._random(box.KEY_SIZE)
        wrapped = box.lock(wrapping.key, self._random(box.NONCE_SIZE), data_key, _bound(b"wrap", head, bound_to))
        return head + wrapped + box.lock(data_key, self._random(box.NONCE_SIZE), plain, _bound(b"data", head, bound_to))

    def unseal(self, sealed: bytes, bound_to: str) -> bytes:
        """What was sealed, by a current or an old key.

        Raises:
            SealBroken: another owner, an unknown key or a changed record.
        """
        head = sealed[:_ID_END]
        if len(sealed) < _WRAPPED_END or head[:1] != _VERSION:
            raise SealBroken
        wrapping = self._secrets.find(Purpose.PERSONAL, uuid.UUID(bytes=head[1:]))
        if wrapping is None:
            raise SealBroken
        try:
            data_key = box.unlock(wrapping.key, sealed[_ID_END:_WRAPPED_END], _bound(b"wrap", head, bound_to))
            return box.unlock(data_key, sealed[_WRAPPED_END:], _bound(b"data", head, bound_to))
        except box.BoxBroken:
            raise SealBroken from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the record is under the present key, so that a rotation need not seal it again."""
        return sealed[1:_ID_END] == self._secrets.current(Purpose.PERSONAL).id.bytes

    def rotate(self) -> str:
        """Seal from now on under a fresh key; its id. Old records stay readable. Needs an application context."""
        with self._store.changing(self._secrets.forget) as changes:
            return str(self._secrets.make(changes, Purpose.PERSONAL))


def _bound(part: bytes, head: bytes, bound_to: str) -> bytes:
    return part + head + bound_to.encode("utf-8")
