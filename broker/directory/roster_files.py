"""Reading and writing lists as CSV and XLSX. A file comes from outside: it is bounded before it is believed."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, suppress
from datetime import date, datetime
from pathlib import Path
from typing import IO, Final
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from broker.directory.roster import COLUMNS, NEEDED, RawRow

MOST_ROWS: Final = 200_000
_MOST_UNPACKED: Final = 400_000_000
_MOST_PARTS: Final = 200
_LONGEST_CELL: Final = 1000
_MOST_CELLS: Final = 100
_SNIFFED: Final = 65_536
# A spreadsheet would run such a cell as a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

# What the libraries say of a broken archive or sheet: RuntimeError for a cipher or a packing, TypeError for an attribute they do
# not know.
_BROKEN: Final = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ParseError, KeyError, ValueError, IndexError,
    OSError, TypeError, AttributeError,
)  # fmt: skip


class FileUnreadable(Exception):
    """Not a list we can read. `message` is a word of the list under `school.roster.unreadable`."""

    def __init__(self, message: str):
        super().__init__(message)
        self.message = message


def rows_of(file: IO[bytes], most_unpacked: int = _MOST_UNPACKED) -> Iterator[RawRow]:
    """The lines of a CSV or XLSX file, told apart by their first bytes; empty lines are skipped.

    `most_unpacked` bytes of an XLSX may come out of its archive: texts and styles stay in memory whole, ten times their size.

    Raises:
        FileUnreadable: neither, broken, too big when unpacked, too many lines, or without the columns that are needed.
    """
    head = file.read(4)
    file.seek(0)
    with closing(_xlsx_lines(file, most_unpacked) if head.startswith(b"PK\x03\x04") else _csv_lines(file)) as lines:
        title = next(lines, None)
        if title is None:
            raise FileUnreadable("empty")
        columns = _columns(title[1])
        for number, cells in lines:
            if number > MOST_ROWS + 1:
                raise FileUnreadable("too_long")
            found = {field: text for place, field in columns.items() if place < len(cells) and (text := cells[place])}
            if found:
                yield RawRow(number, found)


def write_csv(rows: Iterable[tuple[str, ...]], out: IO[bytes]) -> None:
    """UTF-8 with its mark and semicolons, as Russian spreadsheets expect."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow([title for _, title in COLUMNS])
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    text.flush()
    text.detach()


def write_xlsx(rows: Iterable[tuple[str, ...]], out: IO[bytes]) -> None:
    """One sheet, every cell a text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Список")
    sheet.append([title for _, title in COLUMNS])
    for row in rows:
        sheet.append([harmless(cell) for cell in row])
    book.save(out)


def write_list(rows: Iterable[tuple[str, ...]], path: Path) -> None:
    """By the ending of the name: .xlsx or anything else as CSV."""
    with path.open("wb") as out:
        (write_xlsx if path.suffix.lower() == ".xlsx" else write_csv)(rows, out)


def _columns(cells: list[str]) -> dict[int, str]:
    known = {title.casefold(): field for field, title in COLUMNS} | {field: field for field, _ in COLUMNS}
    found = {place: known[text.casefold()] for place, text in enumerate(cells) if text.casefold() in known}
    if not set(NEEDED) <= set(found.values()):
        raise FileUnreadable("columns")
    if len(set(found.values())) < len(found):
        raise FileUnreadable("columns_twice")
    return found


def _csv_lines(file: IO[bytes]) -> Generator[tuple[int, list[str]], None, None]:
    sniffed = file.read(_SNIFFED)
    file.seek(0)
    if b"\x00" in sniffed:
        raise FileUnreadable("kind")
    encoding = _encoding(sniffed)
    first = sniffed.decode(encoding, errors="ignore").partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        for row in reader:
            # A cell may hold line breaks: what counts is where the line begins for whoever opens the file in an editor.
            yield reader.line_num, [_cell(cell) for cell in row[:_MOST_CELLS]]
    except UnicodeDecodeError:
        raise FileUnreadable("encoding") from None
    except csv.Error:
        raise FileUnreadable("broken") from None
    finally:
        # The caller's file is the caller's to close, and may be closed already.
        with suppress(ValueError):
            text.detach()


def _encoding(sniffed: bytes) -> str:
    """UTF-8, else the one-byte encoding of Russian Windows, in which every byte means something."""
    if sniffed.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sniffed)
    except UnicodeDecodeError:
        return "cp1251"
    return "utf-8-sig"


def _xlsx_lines(file: IO[bytes], most_unpacked: int) -> Generator[tuple[int, list[str]], None, None]:
    _require_bounded(file, most_unpacked)
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=_MOST_CELLS), 1):
            yield number, [_cell(value) for value in row]
    except _BROKEN:
        raise FileUnreadable("broken") from None


def _require_bounded(file: IO[bytes], most_unpacked: int) -> None:
    """What a small archive unpacks to is written in its directory, and nobody reads a part beyond that size."""
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
    except _BROKEN:
        raise FileUnreadable("broken") from None
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > most_unpacked:
        raise FileUnreadable("too_big")
    file.seek(0)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, float) and value.is_integer():
        # A spreadsheet keeps every number as a fraction.
        value = int(value)
    text = str(value).strip()
    # The mark that an export of ours puts before what a spreadsheet would run.
    if text.startswith("'") and text[1:2] in _FORMULA and len(text) > 1:
        text = text[1:]
    return text[:_LONGEST_CELL]


def harmless(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula; reading it again takes the mark away."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
