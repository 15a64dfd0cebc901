"""The master key: where it comes from, and what it locks."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from broker.foundation.encoding import b64url, from_b64url
from keys import box
from keys.settings import KeySettings

_VERSION = b"\x01"
_LONGEST_FILE = 1024


@dataclass(frozen=True, slots=True)
class MasterKey:
    """Locks the private halves and secret keys in the database; never leaves this package, never shown."""

    _key: bytes = field(repr=False)
    _random: Callable[[int], bytes] = field(repr=False)

    def wrap(self, secret: bytes, bound_to: str) -> bytes:
        """`secret` locked for one row; `bound_to` is the row's kind and id, so that rows cannot be swapped."""
        return _VERSION + box.lock(self._key, self._random(box.NONCE_SIZE), secret, _VERSION + bound_to.encode())

    def unwrap(self, wrapped: bytes, bound_to: str) -> bytes:
        """The secret of one row.

        Raises:
            BoxBroken: another master key, another row, or a changed box.
        """
        if wrapped[:1] != _VERSION:
            raise box.BoxBroken
        return box.unlock(self._key, wrapped[1:], _VERSION + bound_to.encode())


def open_master_key(settings: KeySettings, random: Callable[[int], bytes]) -> MasterKey:
    """The master key that the settings name; made and written first if they allow it.

    Raises:
        ValueError: one sentence that names the setting and says what to do.
    """
    if settings.master_key:
        return MasterKey(_decoded(settings.master_key, "keys.master_key"), random)
    if settings.master_key_credential:
        path = Path(settings.master_key_credential)
        # The platform that mounts a credential guards who may read it, often with a mode of its own choice.
        text = _read(path, "keys.master_key_credential", stat.S_IWGRP | stat.S_IWOTH)
        return MasterKey(_decoded(text, "keys.master_key_credential"), random)
    path = Path(settings.master_key_file)
    if settings.make_master_key and not path.exists():
        _make(path, random)
    text = _read(path, "keys.master_key_file", stat.S_IRWXG | stat.S_IRWXO)
    return MasterKey(_decoded(text, "keys.master_key_file"), random)


def _decoded(text: str, setting: str) -> bytes:
    try:
        key = from_b64url(text.strip())
    except ValueError:
        key = b""
    if len(key) != box.KEY_SIZE:
        raise ValueError(f"{setting} must hold 32 bytes as base64url")
    return key


def _read(path: Path, setting: str, forbidden_mode: int) -> str:
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


def _make(path: Path, random: Callable[[int], bytes]) -> None:
    """Write a fresh key so that of many processes one wins, and nobody ever reads half of it."""
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
