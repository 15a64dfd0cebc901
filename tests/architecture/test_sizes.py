"""Files and functions stay small enough to be read whole, because what is not read whole is not reviewed."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.sources import ROOT, says, source_files, tree_of

MAX_FILE, MAX_FUNCTION, MAX_ARGUMENTS, MAX_NESTING, MAX_PUBLIC_METHODS = 300, 45, 5, 3, 12
# A `with` only says how long something is held; it decides nothing, so it is no level.
_BLOCKS = (ast.If, ast.For, ast.While, ast.Try, ast.Match)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def _files() -> list[Path]:
    return [*source_files("broker", "keys", "config", "examples", "bench"), ROOT / "wsgi.py"]


def _functions() -> list[tuple[Path, _Function]]:
    return [(path, node) for path in _files() for node in ast.walk(tree_of(path)) if isinstance(node, _Function)]


def test_files_are_short() -> None:
    long = [str(path.relative_to(ROOT)) for path in _files() if len(path.read_text("utf-8").splitlines()) > MAX_FILE]

    assert [] == long


def test_functions_are_short() -> None:
    """A function that only holds other functions (a blueprint's `routes`) is as long as what is its own."""
    long = [says(path, node.lineno, node.name) for path, node in _functions() if _own_length(node) > MAX_FUNCTION]

    assert [] == long


def test_functions_take_few_arguments() -> None:
    many = [says(path, node.lineno, node.name) for path, node in _functions() if _arguments(node) > MAX_ARGUMENTS]

    assert [] == many


def test_functions_are_flat() -> None:
    deep = [says(path, node.lineno, node.name) for path, node in _functions() if _depth(node) > MAX_NESTING]

    assert [] == deep


def test_classes_have_few_public_methods() -> None:
    big = [
        says(path, node.lineno, node.name)
        for path in _files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef)
        and sum(_is_public_method(part) for part in node.body) > MAX_PUBLIC_METHODS
    ]

    assert [] == big


def _is_public_method(part: ast.stmt) -> bool:
    if not isinstance(part, _Function) or part.name.startswith("_"):
        return False
    # A property is a value, not a verb.
    return "property" not in [ast.unparse(mark) for mark in part.decorator_list]


def _own_length(node: _Function) -> int:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    inner = [part for part in node.body if isinstance(part, _Function)]
    return lines - sum((part.end_lineno or part.lineno) - part.lineno + 1 for part in inner)


def _arguments(node: _Function) -> int:
    names = [argument.arg for argument in node.args.posonlyargs + node.args.args + node.args.kwonlyargs]
    return len([name for name in names if name not in ("self", "cls")])


def _depth(node: ast.AST, level: int = 0) -> int:
    deepest = level
    for part in ast.iter_child_nodes(node):
        if isinstance(part, _Function | ast.ClassDef | ast.Lambda):
            continue
        # `elif` is the same level as its `if`.
        chained = isinstance(node, ast.If) and isinstance(part, ast.If) and node.orelse == [part]
        inner = level + (1 if isinstance(part, _BLOCKS) and not chained else 0)
        deepest = max(deepest, _depth(part, inner))
    return deepest
