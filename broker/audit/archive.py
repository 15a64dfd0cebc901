"""An export as a file: whole and on the disk, or not there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from broker.audit.export_lines import LONGEST_LINE


def write_file(path: Path, lines: Iterable[bytes]) -> int:
    """Write lines into a new file; how many there were. It gets its name only when everything is on the disk.

    Raises:
        FileExistsError: there is such a file; an export is never written over.
        OSError: it cannot be written.
    """
    if path.exists():
        raise FileExistsError(path)
    unfinished = path.with_name(f"{path.name}.part")
    count = 0
    # Entries name nobody, but who did what when is nobody's business either.
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for line in lines:
            file.write(line)
            count += 1
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    _sync(path.parent)
    return count


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file with their line feeds, one at a time; of a line that is too long only as much as shows it.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE + 1):
            yield line


def _sync(directory: Path) -> None:
    """Have the name of a new file on the disk, too."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
