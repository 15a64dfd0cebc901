"""An export proves itself offline; whatever somebody does to the file is found, each time with the line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from broker.audit.checkpoint import PublicKeys
from broker.audit.entry import Head, Record, chained
from broker.audit.event import SYSTEM
from broker.audit.export_lines import document_line, entry_line, line_of, read_entry, read_line
from broker.audit.offline import verify_lines
from tests.rooms.audit.conftest import Lines, Records, filled


def values(lines: Lines) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


def test_an_export_is_the_whole_journal_and_proves_itself(records: Records) -> None:
    lines = filled(records)

    kinds = [value["type"] for value in values(lines)]
    assert ["header", "key"] + (["entry"] * 3 + ["checkpoint", "entry"]) * 2 + ["entry", "manifest"] == kinds
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)
    found = verify_lines(lines, records.trusted())
    assert (True, 14, 9, 2, 9) == (found.is_whole, found.lines, found.entries, found.checkpoints, found.end.seq)
    assert (records.clock.now(), next(iter(records.trusted()._keys))) == (found.made_at, found.kid)


def test_a_part_of_the_journal_proves_itself(sqlite_records: Records) -> None:
    begun = sqlite_records.clock.now()
    filled(sqlite_records)
    exports = sqlite_records.office.exports

    span = exports.span(begun + timedelta(minutes=3), begun + timedelta(minutes=5))
    found = verify_lines(exports.lines(span), sqlite_records.trusted())
    assert (True, 2, 6, 1) == (found.is_whole, found.base.seq, found.end.seq, found.checkpoints)


@pytest.mark.parametrize("minutes", [(100, 200), (-200, -100)])
def test_a_part_without_entries_proves_that(sqlite_records: Records, minutes: tuple[int, int]) -> None:
    begun = sqlite_records.clock.now()
    filled(sqlite_records)
    since, until = (begun + timedelta(minutes=shift) for shift in minutes)

    found = verify_lines(sqlite_records.office.exports.lines(sqlite_records.office.exports.span(since, until)))
    assert (True, 0) == (found.is_whole, found.entries)


def test_the_export_of_an_empty_journal_proves_that(sqlite_records: Records) -> None:
    found = verify_lines(sqlite_records.exported(), sqlite_records.trusted())

    assert (True, 0, 0) == (found.is_whole, found.entries, found.end.seq)


def _edited(lines: Lines) -> Lines:
    return _with(lines, 4, lines[4].replace(b"client-2", b"client-7"))


def _rehashed(lines: Lines) -> Lines:
    """An edited entry with the hash that fits: the next one does not follow it."""
    entry = read_entry(json.loads(lines[3]))
    fields = {"client_id": "other", "region": "29"}
    (forged,) = chained([Record(entry.at, entry.name, entry.actor, fields)], Head(entry.seq - 1, entry.previous))
    return _with(lines, 3, line_of(entry_line(forged)))


def _rewritten(lines: Lines) -> Lines:
    """The three entries before the first checkpoint written anew with hashes that fit."""
    old = [read_entry(json.loads(line)) for line in lines[2:5]]
    records = [Record(one.at, one.name, one.actor, {"client_id": "other"}) for one in old]
    return lines[:2] + [line_of(entry_line(one)) for one in chained(records, Head(0, "0" * 64))] + lines[5:]


def _inserted(lines: Lines) -> Lines:
    forged = json.loads(lines[3]) | {"seq": 3}
    return [*lines[:4], line_of(forged), *lines[4:]]


def _resigned(lines: Lines) -> Lines:
    """A checkpoint with the last letters of its signature exchanged."""
    document = json.loads(lines[5])["document"]
    return _with(lines, 5, line_of(document_line("checkpoint", document[:-6] + "AAAAAA")))


def _with(lines: Lines, place: int, line: bytes) -> Lines:
    return [*lines[:place], line, *lines[place + 1 :]]


FAULTS: tuple[tuple[str, Callable[[Lines], Lines], int, str], ...] = (
    ("edited", _edited, 5, "stands where entry 3 was changed"),
    ("edited and hashed anew", _rehashed, 5, "entry 3 does not follow its predecessor"),
    ("history written anew", _rewritten, 6, "the entries before it do not fit"),
    ("removed", lambda lines: lines[:3] + lines[4:], 4, "stands where entry 2 is missing"),
    ("first entry removed", lambda lines: lines[:2] + lines[3:], 3, "stands where entry 1 is missing"),
    ("last entry removed", lambda lines: lines[:12] + lines[13:], 13, "manifest of another file"),
    ("reordered", lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], 4, "stands where entry 2 is missing"),
    ("doubled", lambda lines: lines[:4] + lines[3:], 5, "stands where entry 3 is missing"),
    ("forged", _inserted, 5, "stands where entry 3"),
    ("checkpoint removed", lambda lines: lines[:5] + lines[6:], 6, "tells of checkpoint 1, which is missing"),
    ("checkpoint forged", _resigned, 6, "signature that is not ours"),
    ("checkpoint elsewhere", lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]], 5, "do not fit"),
    ("a later checkpoint in its place", lambda lines: _with(lines, 5, lines[10]), 6, "do not fit"),
    ("key removed", lambda lines: lines[:1] + lines[2:], 5, "key that is not ours"),
    ("header removed", lambda lines: lines[1:], 1, "wrong place"),
    ("end cut off", lambda lines: lines[:-1], 14, "the end of the file was cut off"),
    ("end cut off early", lambda lines: lines[:7], 8, "the end of the file was cut off"),
    ("end cut off within a line", lambda lines: [*lines[:7], lines[7][:30]], 8, "not written as we write"),
    ("everything cut off", lambda lines: [], 1, "the end of the file was cut off"),
    ("something after the end", lambda lines: [*lines, lines[12]], 15, "follows the manifest"),
    ("a space more", lambda lines: _with(lines, 3, lines[3].replace(b",", b", ", 1)), 4, "not written as we write"),
    ("a name twice", lambda lines: _with(lines, 3, lines[3].replace(b'{', b'{"actor":["x","y"],', 1)), 4, "not written"),
    ("not JSON", lambda lines: _with(lines, 3, b"entry\n"), 4, "not written as we write"),
    ("a number of another size", lambda lines: _with(lines, 3, b'{"seq":1e999,"type":"entry"}\n'), 4, "not"),
    ("another kind", lambda lines: _with(lines, 3, b'{"type":"note"}\n'), 4, "a kind that we do not write"),
    ("no kind", lambda lines: _with(lines, 3, b"{}\n"), 4, "a kind that we do not write"),
    ("nested deep", lambda lines: _with(lines, 3, b"[" * 40_000 + b"\n"), 4, "not written as we write"),
    ("a long line", lambda lines: _with(lines, 3, b" " * 70_000), 4, "longer"),
    ("half an entry", lambda lines: _with(lines, 3, b'{"seq":2,"type":"entry"}\n'), 4, "is not an entry"),
)  # fmt: skip


@pytest.mark.parametrize(("what", "change", "line", "problem"), FAULTS)
def test_whatever_is_done_to_a_file_is_found_with_its_line(
    file: Lines, trusted: PublicKeys, what: str, change: Callable[[Lines], Lines], line: int, problem: str
) -> None:
    for keys in (trusted, None):
        found = verify_lines(change(list(file)), keys)
        assert (line, True) == (found.line, problem in found.problem), (what, found)


def test_every_single_changed_byte_is_found(file: Lines, trusted: PublicKeys) -> None:
    """One letter of each line, at a place that moves along."""
    for place in range(len(file)):
        at = (place * 37) % (len(file[place]) - 1)
        changed = bytearray(file[place])
        changed[at] ^= 1
        found = verify_lines(_with(file, place, bytes(changed)), trusted)
        assert (found.line or 0) >= place + 1, (place, at, found)


def test_another_spelling_of_the_same_signature_is_found(file: Lines, trusted: PublicKeys) -> None:
    document = json.loads(file[-1])["document"]
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(document[-1])
    respelt = document[:-1] + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last ^ 1]

    assert 14 == verify_lines(_with(file, 13, line_of(document_line("manifest", respelt))), trusted).line


def test_the_manifest_of_an_older_export_does_not_fit(sqlite_records: Records) -> None:
    older = filled(sqlite_records)
    sqlite_records.write(1)
    newer = sqlite_records.exported()

    found = verify_lines(newer[:-1] + older[-1:], sqlite_records.trusted())
    assert (15, True) == (found.line, "manifest of another file" in found.problem)


def test_an_older_export_is_found_by_whoever_noted_a_checkpoint(sqlite_records: Records) -> None:
    older = filled(sqlite_records)
    sqlite_records.write(1)
    noted = sqlite_records.office.checkpoints.make(SYSTEM)
    newer = sqlite_records.exported()

    trusted = sqlite_records.trusted()
    assert verify_lines(older, trusted).is_whole
    assert verify_lines(newer, trusted, noted).is_whole
    found = verify_lines(older, trusted, noted)
    assert (14, "ends a file without entry 10, which your checkpoint is about") == (found.line, found.problem)
    other = replace(noted, head=Head(4, noted.head.hash))
    assert "is not the entry that your checkpoint is about" == verify_lines(newer, trusted, other).problem


def test_a_file_signed_by_somebody_else_is_found(sqlite_records: Records) -> None:
    """A whole house of their own, with a key of their own: it fits together, but it is not ours."""
    lines = filled(sqlite_records)
    stranger = PublicKeys(key for key in sqlite_records.office.checkpoints.all_keys() if key.state == "none")

    found = verify_lines(lines, stranger)
    assert (14, "is signed by a key that is not ours") == (found.line, found.problem)
    assert verify_lines(lines).is_whole


def test_a_key_that_was_stolen_and_revoked_proves_nothing_from_then_on(sqlite_records: Records) -> None:
    """Whoever has the stolen key signs a manifest for a file they cut short."""
    filled(sqlite_records)
    ring = sqlite_records.vault.audit_ring
    old = sqlite_records.trusted()
    (stolen,) = ring.status()
    thief = sqlite_records.exported()
    sqlite_records.clock.advance(timedelta(hours=1))
    sqlite_records.vault.keeper.revoke(stolen.kid)
    sqlite_records.clock.advance(timedelta(hours=-2))
    ours = sqlite_records.exported()
    sqlite_records.clock.advance(timedelta(hours=2))

    now = sqlite_records.trusted()
    assert verify_lines(ours, now).is_whole  # the key lines of the file prove its old checkpoints
    assert verify_lines(thief, old).is_whole
    found = verify_lines(thief, now)
    assert (14, "is signed by a key that is not ours") == (found.line, found.problem)


def test_a_key_passed_off_under_another_name_is_found(file: Lines, trusted: PublicKeys) -> None:
    key = json.loads(file[1])
    key["jwk"]["kid"] = "A" * 43

    found = verify_lines(_with(file, 1, line_of(key)), trusted)
    assert (2, "has a name that is not its thumbprint") == (found.line, found.problem)


def test_verifying_needs_no_database_and_no_settings() -> None:
    """The module as an auditor runs it: only what is pure comes along."""
    script = (
        "import sys; import broker.audit.offline; "
        "print([name for name in ('sqlalchemy', 'flask', 'redis', 'requests', 'config') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)

    assert "[]" == told.stdout.strip()


def test_lines_are_made_and_read_one_at_a_time(sqlite_records: Records) -> None:
    """Neither side holds the file: the reader has seen the first line before the writer has made the second."""
    filled(sqlite_records)
    made: list[int] = []

    def counted() -> Any:
        for number, line in enumerate(sqlite_records.office.exports.lines(sqlite_records.office.exports.span())):
            made.append(number)
            yield line

    walk = counted()
    assert read_line(next(walk))["type"] == "header"
    assert [0] == made
    assert verify_lines(sqlite_records.exported()).is_whole


def test_a_journal_that_was_tampered_with_is_exported_as_it_is_and_found(sqlite_records: Records) -> None:
    filled(sqlite_records)
    with sqlite_records.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_entry SET fields = 'not json' WHERE seq = 2")

    found = verify_lines(sqlite_records.exported(), sqlite_records.trusted())
    assert (4, "stands where entry 2 was changed") == (found.line, found.problem)
