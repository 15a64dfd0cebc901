"""The master key: where it comes from, and what it locks."""

from __future__ import annotations

import hmac
import os
import stat
from collections.abc import Callable
from pathlib import Path

from broker.foundation.encoding import b64url, from_b64url
from keys import box
from keys.settings import KeySettings

_VERSION = b"\x01"
_LONGEST_FILE = 1024
_OTHERS_OPEN = stat.S_IRWXG | stat.S_IRWXO


class MasterKey:
    """Locks the private halves and secret keys in the database; never leaves this package, never shown.

    While it is being changed there are two, the present one and the one before. Both open. Whatever is locked is locked with the
    one that the database is under, so that no node is ever met by a row that it cannot open; see `settle` and `relock`.
    """

    def __init__(self, keys: tuple[bytes, ...], random: Callable[[int], bytes]):
        self._keys = keys
        self._random = random
        self._in_force = 0

    def wrap(self, secret: bytes, bound_to: str) -> bytes:
        """`secret` locked for one row; `bound_to` is the row's kind and id, so that rows cannot be swapped."""
        return self._locked(self._keys[self._in_force], secret, bound_to)

    def unwrap(self, wrapped: bytes, bound_to: str) -> bytes:
        """The secret of one row.

        Raises:
            BoxBroken: another master key, another row, or a changed box.
        """
        return self._opened(wrapped, bound_to)[1]

    def settle(self, wrapped: bytes, bound_to: str) -> None:
        """Lock from now on with the key that this row is under.

        Raises:
            BoxBroken: as `unwrap`.
        """
        if len(self._keys) > 1:
            self._in_force = self._opened(wrapped, bound_to)[0]

    def relock(self, wrapped: bytes, bound_to: str) -> bytes:
        """The row under the present key; as it is when it is so already.

        Raises:
            BoxBroken: as `unwrap`.
        """
        place, secret = self._opened(wrapped, bound_to)
        return wrapped if place == 0 else self._locked(self._keys[0], secret, bound_to)

    def is_present(self, key: bytes) -> bool:
        """Whether this is the present one of two keys, which is when the database can be moved to it."""
        return len(self._keys) > 1 and hmac.compare_digest(self._keys[0], key)

    def _opened(self, wrapped: bytes, bound_to: str) -> tuple[int, bytes]:
        if wrapped[:1] != _VERSION:
            raise box.BoxBroken
        for place, key in enumerate(self._keys):
            try:
                return place, box.unlock(key, wrapped[1:], _VERSION + bound_to.encode())
            except box.BoxBroken:
                continue
        raise box.BoxBroken

    def _locked(self, key: bytes, secret: bytes, bound_to: str) -> bytes:
        return _VERSION + box.lock(key, self._random(box.NONCE_SIZE), secret, _VERSION + bound_to.encode())


def open_master_key(settings: KeySettings, random: Callable[[int], bytes]) -> MasterKey:
    """The master key that the settings name, and the one before it if they name that; the former is made and written first if
    they allow it.

    Raises:
        ValueError: one sentence that names the setting and says what to do.
    """
    path = Path(settings.master_key_file)
    is_file = not (settings.master_key or settings.master_key_credential)
    if is_file and settings.make_master_key and not path.exists():
        make_master_key_file(path, random)
    present = _named(settings.master_key, settings.master_key_credential, settings.master_key_file, "keys.master_key")
    if not settings.has_previous_master_key:
        return MasterKey((present,), random)
    before = _named(
        settings.master_key_previous,
        settings.master_key_previous_credential,
        settings.master_key_previous_file,
        "keys.master_key_previous",
    )
    if hmac.compare_digest(before, present):
        raise ValueError("keys.master_key_previous_file holds the present master key: name the one before, or none")
    return MasterKey((present, before), random)


def read_master_key_file(path: Path) -> bytes:
    """The master key in a file of ours.

    Raises:
        ValueError: one sentence.
    """
    return _decoded(read_secret_file(path, "the new file", _OTHERS_OPEN), "the new file")


def _named(value: str, credential: str, file: str, setting: str) -> bytes:
    if value:
        return _decoded(value, setting)
    if credential:
        # The platform that mounts a credential guards who may read it, often with a mode of its own choice.
        text = read_secret_file(Path(credential), f"{setting}_credential", stat.S_IWGRP | stat.S_IWOTH)
        return _decoded(text, f"{setting}_credential")
    return _decoded(read_secret_file(Path(file), f"{setting}_file", _OTHERS_OPEN), f"{setting}_file")


def _decoded(text: str, setting: str) -> bytes:
    try:
        key = from_b64url(text.strip())
    except ValueError:
        key = b""
    if len(key) != box.KEY_SIZE:
        raise ValueError(f"{setting} must hold 32 bytes as base64url")
    return key


def read_secret_file(path: Path, setting: str, forbidden_mode: int) -> str:
    """What a small file holds.

    Raises:
        ValueError: it cannot be read, or has a mode it must not have; one sentence that names the setting.
    """
    try:
        # Not blocking: a pipe under this name must not hang the start.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise ValueError(f"{setting} names a file that cannot be read: make one, or restore it from its backup") from error
    try:
        # The mode of what is open, not of what the name may mean a moment later.
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise ValueError(f"{setting} must name a file")
        if found.st_mode & forbidden_mode:
            raise ValueError(f"{setting} names a file that others may open: give it mode 600")
        return os.read(descriptor, _LONGEST_FILE).decode("ascii", errors="replace")
    finally:
        os.close(descriptor)


def make_master_key_file(path: Path, random: Callable[[int], bytes]) -> None:
    """Write a fresh key so that of many processes one wins, and nobody ever reads half of it; one that is there stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{b64url(random(9))}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(b64url(random(box.KEY_SIZE)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        # Another process was first; its key is the key.
        return
    finally:
        draft.unlink(missing_ok=True)
