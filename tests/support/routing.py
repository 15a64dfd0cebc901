"""Rules of addresses are compiled once a process: hundreds of tests open a house, and each would compile the same ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from werkzeug.routing import Rule


def compile_rules_once() -> None:
    """For the rest of this process. What is shared is a function of the rule's text and knows neither the rule nor its map."""
    compile_anew = Rule._compile_builder
    compiled: dict[tuple[object, ...], Callable[..., Any]] = {}

    @wraps(compile_anew)
    def compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        # Defaults are converted by the rule's own converters, so such a rule is left to itself.
        if rule.defaults:
            return compile_anew(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in compiled:
            compiled[key] = compile_anew(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = compile_once  # type: ignore[method-assign]
