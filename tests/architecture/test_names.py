"""Names tell what a thing is for, because a name that fits everything tells nothing."""

from __future__ import annotations

import ast

from tests.architecture.sources import ROOT, says, source_files, tree_of

JUNK_DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "service", "services", "base", "core", "tools"}
# What names this workplace instead of the product, put together from parts so that this file does not name it either.
_PARTS = (("/wo", "rk/"), ("/ro", "ot/"), ("farm", "-"), ("pypi", ".org"), ("npmjs", ".org"))
WORKPLACE = tuple("".join(parts) for parts in _PARTS)
TEXT = {".py", ".md", ".toml", ".cfg", ".txt", ".json", ".yml", ".html", ".css", ".js", ".mjs", ".sh", ".lock", ""}


def test_no_junk_drawers() -> None:
    files = source_files("broker", "keys", "config", "examples", "tests", "bench")
    found = [str(path.relative_to(ROOT)) for path in files if path.stem in JUNK_DRAWERS or path.parent.name in JUNK_DRAWERS]

    assert [] == found


def test_no_class_of_ours_is_inherited() -> None:
    """Behaviour is found by reading one class; exceptions, test contracts and SQLAlchemy's base are the exceptions."""
    files = source_files("broker", "keys", "config")
    classes = {node.name: node for path in files for node in ast.walk(tree_of(path)) if isinstance(node, ast.ClassDef)}
    exceptions = {name for name, node in classes.items() if _is_exception(node, classes)} | {"Base"}
    found = [
        says(path, node.lineno, f"{node.name} inherits {ast.unparse(parent)}")
        for path in files
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef)
        for parent in node.bases
        if ast.unparse(parent) in classes and ast.unparse(parent) not in exceptions
    ]

    assert [] == found


def test_nothing_names_the_workplace() -> None:
    files = [path for path in ROOT.rglob("*") if path.is_file() and path.suffix in TEXT and not _is_ignored(path.parts)]
    found = [
        says(path, number, word)
        for path in files
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        for word in WORKPLACE
        if word in line
    ]

    assert [] == found


def _is_exception(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> bool:
    parents = [ast.unparse(parent) for parent in node.bases]
    known = any(parent.endswith(("Exception", "Error")) for parent in parents)
    return known or any(parent in classes and _is_exception(classes[parent], classes) for parent in parents)


def _is_ignored(parts: tuple[str, ...]) -> bool:
    return bool({".git", ".venv", "var", "node_modules", "__pycache__", ".hypothesis"} & set(parts)) or any(
        part.endswith(("_cache", ".egg-info")) for part in parts
    )
