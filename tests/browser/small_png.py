"""A smaller PNG of the same picture: a page of text has few colours, so a palette does (PNG specification, 9.2 and 11.2.2)."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_COLOURS = 256


def smaller(png: bytes, most_colours: int = _MOST_COLOURS) -> bytes:
    """The picture with few colours, at most 256. An 8-bit RGB or RGBA picture as Chromium makes it; others are given back."""
    chunks = list(_chunks(png))
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if depth != 8 or kind not in (2, 6) or interlaced:
        return png
    step = 3 if kind == 2 else 4
    rows = _unfiltered(zlib.decompress(b"".join(data for name, data in chunks if name == b"IDAT")), width * step, step)
    pixels = [[row[at : at + 3] for at in range(0, len(row), step)] for row in rows]
    palette = _palette(Counter(pixel for row in pixels for pixel in row), most_colours)
    colours = list(dict.fromkeys(palette.values()))
    number = {colour: at for at, colour in enumerate(colours)}
    lines = b"".join(b"\0" + bytes(number[palette[pixel]] for pixel in row) for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    made = _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"PLTE", b"".join(colours))
    made += _chunk(b"IDAT", zlib.compress(lines, 9)) + _chunk(b"IEND", b"")
    return min(made, png, key=len)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        yield name, png[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _unfiltered(raw: bytes, width: int, step: int) -> Iterator[bytes]:
    """Undo the filters of each line (PNG 9.2). Equal lines, which are most of a page, cost nothing."""
    before = bytearray(width)
    for at in range(0, len(raw), width + 1):
        kind, line = raw[at], bytearray(raw[at + 1 : at + 1 + width])
        if kind == 2 and not any(line):
            line = bytearray(before)
        elif kind:
            _undo(kind, line, before, step)
        yield bytes(line)
        before = line


def _undo(kind: int, line: bytearray, above: bytearray, step: int) -> None:
    for at in range(len(line)):
        left = line[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        guess = (0, left, above[at], (left + above[at]) // 2, 0)[kind] if kind != 4 else _paeth(left, above[at], corner)
        line[at] = (line[at] + guess) & 255


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((abs(guess - left), 0, left), (abs(guess - above), 1, above), (abs(guess - corner), 2, corner))[2]


def _palette(counts: Counter[bytes], most: int) -> dict[bytes, bytes]:
    """Each colour's stand-in: itself when there are few, else the nearest of the most used."""
    kept = [colour for colour, _ in counts.most_common(most)]
    own = dict(zip(kept, kept, strict=True))
    others = [colour for colour in counts if colour not in own]
    return own | {colour: min(kept, key=lambda near: _distance(colour, near)) for colour in others}


def _distance(one: bytes, other: bytes) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
