"""One call of the JSON API at /api/admin, and what its caller says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from broker.audit.event import Actor
from broker.console.refused import Refused
from broker.console.rights import Action
from broker.console.security.room import SecurityRoom

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that the entrance has let in. `said` is the JSON body, of a GET the query; `about` what stands in the path."""

    room: SecurityRoom
    actor: Actor
    about: Mapping[str, str]
    said: Mapping[str, Any]

    def word(self, name: str) -> str:
        """A text of the body. Raises Refused when it is missing or something else."""
        found = self.said.get(name)
        if not isinstance(found, str):
            raise Refused(f"{name} must be a text.")
        return found

    def word_or(self, name: str, otherwise: str = "") -> str:
        """The same for what may be left out. Raises Refused when it is something else."""
        return self.word(name) if name in self.said else otherwise

    def flag(self, name: str) -> bool:
        """A truth value of the body. Raises Refused when it is missing or something else."""
        found = self.said.get(name)
        if not isinstance(found, bool):
            raise Refused(f"{name} must be true or false.")
        return found

    def words(self, name: str) -> list[str]:
        """A list of texts. Raises Refused when it is missing or something else."""
        found = self.said.get(name)
        if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
            raise Refused(f"{name} must be a list of texts.")
        return found


@dataclass(frozen=True, slots=True)
class Call:
    """`path` is below /api/admin; `name` is also the endpoint's."""

    name: str
    method: str
    path: str
    action: Action
    do: Callable[[Asked], Answer]
