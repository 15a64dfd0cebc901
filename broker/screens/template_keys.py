"""Which texts the templates ask for, read from the templates themselves, so that a missing one is found at start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, nodes

from broker.screens.messages import BadMessage
from broker.screens.texts import Texts

_SPEAKING = frozenset({"t", "many"})


@dataclass(frozen=True, slots=True)
class TemplateKeys:
    """Keys written in full, and families (`consent.item.`) whose last word is only known when the page is rendered."""

    keys: frozenset[str]
    families: frozenset[str]


def template_keys(environment: Environment) -> TemplateKeys:
    """Read every template of the environment.

    Raises:
        BadMessage: a key is neither a literal nor a literal family followed by a name.
    """
    assert environment.loader is not None
    sources = [(name, environment.loader.get_source(environment, name)[0]) for name in environment.list_templates()]
    asked = [_asked(name, source) for name, source in sources]
    return TemplateKeys(frozenset().union(*(one.keys for one in asked)), frozenset().union(*(one.families for one in asked)))


def require_texts(environment: Environment, texts: Texts) -> None:
    """Refuse to start when a template asks for a text that does not exist.

    Raises:
        BadMessage: names the keys.
    """
    asked = template_keys(environment)
    missing = {key for key in asked.keys if not texts.has(key)}
    missing |= {family for family in asked.families if not any(key.startswith(family) for key in texts.all_keys())}
    if missing:
        raise BadMessage(f"templates ask for missing texts: {', '.join(sorted(missing))}")


# Reading them costs a third of a start, and workers are forked after the first reading (broker/serve.py).
@cache
def _asked(name: str, source: str) -> TemplateKeys:
    keys: set[str] = set()
    families: set[str] = set()
    for key in _spoken(source):
        if isinstance(key, nodes.Const):
            keys.add(key.value)
        elif isinstance(key, nodes.Concat) and isinstance(key.nodes[0], nodes.Const):
            families.add(key.nodes[0].value)
        else:
            raise BadMessage(f"{name}: write the key, or its family, as a literal")
    return TemplateKeys(frozenset(keys), frozenset(families))


def _spoken(source: str) -> Iterator[nodes.Expr]:
    for call in Environment(autoescape=True).parse(source).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in _SPEAKING:
            yield call.args[0]
