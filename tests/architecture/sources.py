"""What the architecture tests read: every source file, its room and its imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Import:
    """One imported name, written in full, and whether the line stands at the top of the module."""

    name: str
    line: int
    at_top: bool


def source_files(*packages: str) -> list[Path]:
    """Python files of the given top-level packages, migrations' scripts left out."""
    found = [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]
    return [path for path in found if "versions" not in path.parts]


def room_of(path: Path) -> str | None:
    """The room a file stands in: `broker/<room>/…` or the package `keys`; None on the roof."""
    parts = path.relative_to(ROOT).parts
    if parts[0] == "keys":
        return "keys"
    return parts[1] if parts[0] == "broker" and len(parts) > 2 else None


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_of(path: Path) -> tuple[Import, ...]:
    """Every import of a file; names of `from x import y` are given as `x.y`."""
    return tuple(_imports_of(path))


def _imports_of(path: Path) -> Iterator[Import]:
    tree = tree_of(path)
    top = set(map(id, tree.body))
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            top.update(map(id, node.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, id(node) in top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write imports in full, so that a reader sees the room"
            yield from (Import(f"{node.module}.{alias.name}", node.lineno, id(node) in top) for alias in node.names)


def says(path: Path, line: int, what: str) -> str:
    """One finding, as an editor can jump to it."""
    return f"{path.relative_to(ROOT)}:{line}: {what}"
