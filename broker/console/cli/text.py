"""Answers for people at a terminal; programs ask for `--json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_WIDEST = 48


def as_text(answer: Mapping[str, Any]) -> str:
    """Values line by line, lists of records as tables. A value of a table is cut where it would break the line."""
    lines: list[str] = []
    for name, value in answer.items():
        if _is_table(value):
            lines += _table(value)
        elif isinstance(value, Mapping):
            lines += [f"{key}: {_said(inner)}" for key, inner in value.items()]
        elif isinstance(value, list):
            lines += [str(item) for item in value] or [f"{name}: none"]
        else:
            lines.append(f"{name}: {_said(value)}")
    return "\n".join(lines)


def _is_table(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    names = list(rows[0])
    cells = [names] + [[_cut(_said(row.get(name))) for name in names] for row in rows]
    widths = [max(len(line[place]) for line in cells) for place in range(len(names))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _said(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_said(item) for item in value) or "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_said(inner)}" for key, inner in value.items()) or "-"
    return str(value)
