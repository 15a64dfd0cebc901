"""The import table holds, because the direction of imports is the architecture."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.architecture.rooms import MAY_IMPORT
from tests.architecture.sources import ROOT, imports_of, room_of, says, source_files, tree_of

# Drivers that most installations never load; each with its reason beside the import.
LATE = {
    ("broker/storage/open_shelf.py", "broker.storage.redis_shelf.RedisShelf"),
    ("keys/backends/keepers.py", "keys.backends.hardware.open_hardware"),
}
# The command line stands on the roof: it opens the house it works in.
ON_THE_ROOF = {"broker/console/cli/main.py"}


def test_every_folder_is_a_room_of_the_table() -> None:
    folders = {path.name for path in (ROOT / "broker").iterdir() if path.is_dir() and path.name != "__pycache__"}

    assert set(MAY_IMPORT) - {"keys"} == folders


def test_the_table_has_no_circle() -> None:
    def reach(room: str, seen: frozenset[str]) -> None:
        assert room not in seen, f"{room} reaches itself"
        for other in MAY_IMPORT[room]:
            reach(other, seen | {room})

    for room in MAY_IMPORT:
        reach(room, frozenset())


def test_no_room_trespasses() -> None:
    found = [finding for path in source_files("broker", "keys") for finding in _trespasses(path)]

    assert [] == found


def test_imports_stand_at_the_top() -> None:
    files = source_files("broker", "keys", "config")
    found = [
        says(path, item.line, f"imports {item.name} inside")
        for path in files
        for item in imports_of(path)
        if not item.at_top and (str(path.relative_to(ROOT)), item.name) not in LATE
    ]

    assert [] == found


def test_every_room_has_only_a_door_plate() -> None:
    """A room's `__init__.py` says what it owns and does nothing, so that importing one file imports one file."""
    plates = [path for path in source_files("broker", "keys") if path.name == "__init__.py" and room_of(path)]
    bare = [str(path.relative_to(ROOT)) for path in plates if not ast.get_docstring(tree_of(path))]
    busy = [str(path.relative_to(ROOT)) for path in plates if len(tree_of(path).body) > 1]

    assert ([], []) == (bare, busy)


def test_a_door_plate_names_its_callers() -> None:
    """Who is called by name imports the room, and who imports it is named: a plate that lies sends people to the wrong door."""
    callers = _callers()
    lies = {room: (named, callers[room]) for room, named in _named_callers().items() if named != callers[room]}

    assert {} == lies


def test_examples_and_the_mock_stand_alone() -> None:
    files = source_files("examples", "broker/mock_esia")
    ours = ("broker.", "keys.", "config.")
    found = [
        says(path, item.line, item.name)
        for path in files
        for item in imports_of(path)
        if item.name.startswith(ours) and not item.name.startswith("broker.mock_esia")
    ]

    assert [] == found


def _trespasses(path: Path) -> list[str]:
    room = room_of(path)
    if room is None or str(path.relative_to(ROOT)) in ON_THE_ROOF:
        return []
    found = []
    for item in imports_of(path):
        other = _room_named(item.name)
        if other is not None and other != room and other not in MAY_IMPORT[room]:
            found.append(says(path, item.line, f"{room} may not import {other}"))
    return found


def _room_named(name: str) -> str | None:
    head, _, rest = name.partition(".")
    if head == "broker":
        first = rest.partition(".")[0]
        # Anything of broker/ that is no room is the roof, and no room may see it.
        return None if first == "__version__" else first or "roof"
    return head if head in ("keys", "config", "wsgi", "tests") else None


def _callers() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {room: set() for room in MAY_IMPORT}
    for path in source_files("broker", "keys"):
        for item in imports_of(path):
            parts = item.name.split(".")
            target = "keys" if parts[0] == "keys" else parts[1] if parts[0] == "broker" and len(parts) > 1 else ""
            if (room := room_of(path)) and target in found and target != room:
                found[target].add(room)
    return found


def _named_callers() -> dict[str, set[str]]:
    """The rooms that each plate names after "Called by"; plates that speak of every room, or of all with doors, are left out."""
    named = {}
    for room in MAY_IMPORT:
        plate = ast.get_docstring(tree_of(ROOT / ("keys" if room == "keys" else f"broker/{room}") / "__init__.py")) or ""
        said = re.sub("`[^`]*`", "", plate.partition("Called by")[2])
        # What is called through the composition root is no import.
        sentences = [part for part in re.split(r"[,;.]", said) if "composition root" not in part and "over HTTP" not in part]
        if not re.search("every room|the HTTP rooms", said):
            named[room] = {word for part in sentences for word in re.findall(r"[a-z_]+", part) if word in MAY_IMPORT}
    return named
