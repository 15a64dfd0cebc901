"""Where ESIA's certificates lie: files, folders, and the archive that ESIA publishes (esia.zip).

An archive is read in memory and within bounds: nothing of it is written anywhere, and a name in it is only ever shown.
"""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path, PurePosixPath

from broker.connectors.esia.tokens.certificate import EsiaCertificate, read_certificate

_CERTIFICATES = frozenset({".cer", ".crt", ".der", ".pem"})
_ARCHIVE = ".zip"
_MOST_FILE = 64 * 1024
_MOST_ARCHIVE = 4 * 1024 * 1024
_MOST_ENTRIES = 200
_MOST_NAME = 80
_UTF_8_NAME = 0x800
_ENCRYPTED = 0x1
# Those of the decompressors are no kind of any other.
_UNREADABLE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, EOFError, OSError,
    ValueError,
)  # fmt: skip


def certificates_at(place: Path, word: str) -> tuple[EsiaCertificate, ...]:
    """The certificates of a file, of a folder (its own files, not those of folders in it) or of an archive.

    Of an archive count only those whose name holds `word`, in either case: the published one has the test stand's beside those of
    production. In a folder and in an archive anything that is no certificate by its suffix is left out; a JWK, too, since it has
    no last day.

    Raises:
        ValueError: something cannot be read, is no certificate or too large, or there is none; the sentence names the setting.
    """
    try:
        found = tuple(_in_folder(place, word) if place.is_dir() else _in_file(place, word))
    except OSError as error:
        raise ValueError(f"esia.esia_certificate_files names {place.name}, which cannot be read") from error
    if not found:
        raise ValueError(f"esia.esia_certificate_files names {place.name}, which holds no certificate")
    return found


def certificates_in_archive(data: bytes, word: str) -> tuple[EsiaCertificate, ...]:
    """The certificates of an archive, see `certificates_at`; those with a key that we cannot use are left out.

    Raises:
        ValueError: it is no archive, has too much in it, or a part of it cannot be read. The text can follow a name.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST_ENTRIES:
                raise ValueError("too many files")
            return tuple(_in_archive(archive, entries, word.casefold()))
    except _UNREADABLE as error:
        raise ValueError("is not an archive that can be read") from error


def files_of(place: Path) -> tuple[Path, ...]:
    """The files that `certificates_at` would read.

    Raises:
        OSError: it cannot be read.
    """
    if not place.is_dir():
        return (place,)
    return tuple(sorted(one for one in place.iterdir() if one.suffix.casefold() in {*_CERTIFICATES, _ARCHIVE}))


def _in_folder(place: Path, word: str) -> Iterator[EsiaCertificate]:
    for file in files_of(place):
        yield from _in_file(file, word)


def _in_file(file: Path, word: str) -> Iterator[EsiaCertificate]:
    is_archive = file.suffix.casefold() == _ARCHIVE
    data = _read(file, _MOST_ARCHIVE if is_archive else _MOST_FILE)
    try:
        yield from certificates_in_archive(data, word) if is_archive else (read_certificate(data, file.name),)
    except ValueError as error:
        raise ValueError(f"esia.esia_certificate_files names {file.name}, which {error}") from error


def _read(file: Path, most: int) -> bytes:
    with file.open("rb") as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise ValueError(f"esia.esia_certificate_files names {file.name}, which is too large for what it should be")
    return data


def _in_archive(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], word: str) -> Iterator[EsiaCertificate]:
    for entry in entries:
        name = _name_of(entry)
        if PurePosixPath(name).suffix.casefold() not in _CERTIFICATES or word not in name.casefold():
            continue
        if entry.flag_bits & _ENCRYPTED:
            raise ValueError("an encrypted file")
        with archive.open(entry) as stream:
            # What the archive says of a size may be a lie; what is read is not.
            data = stream.read(_MOST_FILE + 1)
        if len(data) > _MOST_FILE:
            raise ValueError("a file that is too large")
        try:
            yield read_certificate(data, name)
        except ValueError:
            # ESIA's archive holds what it likes; a key of another kind is none of ours.
            continue


def _name_of(entry: zipfile.ZipInfo) -> str:
    """The name without folders, fit to be shown."""
    name = entry.filename.replace("\\", "/")
    if not entry.flag_bits & _UTF_8_NAME:
        # The names of ESIA's archive are Russian; Windows writes them in code page 866, which the format does not tell.
        try:
            name = name.encode("cp437").decode("cp866")
        except UnicodeError:
            name = entry.filename
    last = PurePosixPath(name).name
    return "".join(letter for letter in last if letter.isprintable())[-_MOST_NAME:]
