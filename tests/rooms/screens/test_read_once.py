"""Templates are compiled once in a process, and never one in place of another."""

from __future__ import annotations

from jinja2 import DictLoader, Environment

from broker.screens.read_once import ReadOnce


def environment(source: str, **seen: str) -> Environment:
    made = Environment(loader=DictLoader({"read_once.html": source}), autoescape=True, bytecode_cache=ReadOnce())
    made.globals.update(seen)
    return made


def test_a_template_is_compiled_once_and_sees_what_its_own_house_has() -> None:
    first, second = environment("{{ brand }} once", brand="A"), environment("{{ brand }} once", brand="B")
    assert "A once" == first.get_template("read_once.html").render()
    # Whoever compiles again trips here.
    second.compile = None  # type: ignore[assignment]
    assert "B once" == second.get_template("read_once.html").render()


def test_another_source_of_the_same_name_is_compiled() -> None:
    assert "old" == environment("old").get_template("read_once.html").render()
    assert "new" == environment("new").get_template("read_once.html").render()
