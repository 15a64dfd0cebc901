"""Rows as lines of JSON that mean the same on every kind of database."""

from __future__ import annotations

import hashlib
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

# Of what one line of the file may hold, and of what comes out of it: nobody fills the memory of whoever opens a file.
LONGEST_LINE: Final = 64 * 1024 * 1024
_PIECE: Final = 1024 * 1024


class BackupBroken(Exception):
    """The file opens, and yet is no backup that this release can read. `reason` is static text."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


class Digest:
    """The rows of one table as they go by."""

    def __init__(self) -> None:
        self.count = 0
        self._hash = hashlib.sha256()

    def see(self, rows: list[list[Any]]) -> None:
        """Count a batch in the form of the file."""
        self.count += len(rows)
        self._hash.update(line_of({"rows": rows}))

    def described(self) -> dict[str, Any]:
        """What the manifest says of the table."""
        return {"rows": self.count, "sha256": self._hash.hexdigest()}


def line_of(value: Mapping[str, Any]) -> bytes:
    """One line of the file, its end included."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8") + b"\n"


def written(value: Any) -> Any:
    """A value of a column as JSON.

    Raises:
        TypeError: no column of ours has such values, so nobody has decided how they are kept.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, datetime):
        # SQLite knows no zones; what we write there is UTC.
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return {"at": aware.isoformat()}
    if isinstance(value, date):
        return {"on": value.isoformat()}
    if isinstance(value, bytes | memoryview):
        return {"bytes": b64encode(bytes(value)).decode("ascii")}
    raise TypeError(f"a value of type {type(value).__name__} has no form in a backup")


def read(value: Any, *, is_sqlite: bool) -> Any:
    """The value for a column of this kind of database.

    Raises:
        BackupBroken.
    """
    if not isinstance(value, dict):
        return value
    try:
        ((kind, text),) = value.items()
        if kind == "at":
            found = datetime.fromisoformat(text)
            return found.replace(tzinfo=None) if is_sqlite else found
        if kind == "on":
            return date.fromisoformat(text)
        if kind == "bytes":
            return b64decode(text, validate=True)
    except (ValueError, TypeError):
        pass
    raise BackupBroken("a value has a form that this release does not know")


def compressed(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines as one zlib stream (RFC 1950)."""
    squeeze = zlib.compressobj(level=6)
    for line in lines:
        if piece := squeeze.compress(line):
            yield piece
    yield squeeze.flush()


def lines_from(pieces: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    """The lines of a compressed stream, read to its end.

    Raises:
        BackupBroken, and whatever `pieces` raises.
    """
    waiting = bytearray()
    for plain in _decompressed(pieces):
        waiting += plain
        *whole, rest = waiting.split(b"\n")
        if len(rest) > LONGEST_LINE:
            raise BackupBroken("a line is too long")
        for line in whole:
            yield _parsed(bytes(line))
        waiting = bytearray(rest)
    if waiting:
        raise BackupBroken("the last line has no end")


def _decompressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    stretch = zlib.decompressobj()
    try:
        for piece in pieces:
            feed = piece
            while feed:
                yield stretch.decompress(feed, _PIECE)
                feed = stretch.unconsumed_tail
        yield stretch.flush()
    except zlib.error:
        raise BackupBroken("the stream is damaged") from None
    if not stretch.eof or stretch.unused_data:
        raise BackupBroken("the stream does not end where the file does")


def _parsed(line: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        raise BackupBroken("a line is not JSON") from None
    if not isinstance(found, dict):
        raise BackupBroken("a line is not an object")
    return found
