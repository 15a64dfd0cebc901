"""A new service as answered so far: kept sealed for a day, for one signed-in browser."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from broker.console.developers.room import DevRoom
from broker.foundation.encoding import canonical_json
from broker.screens.developer_pages import Answers

_KIND: Final = "dev.draft"
_KEPT_FOR: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Drafts:
    """`session_id` is whose draft it is."""

    room: DevRoom

    def find(self, session_id: str) -> Answers:
        """The answers so far; none at the beginning."""
        said = self._read(session_id)
        return _answers(said["answers"]) if said else Answers()

    def step_of(self, session_id: str) -> int:
        """The question that comes next, 0 when nothing was begun."""
        said = self._read(session_id)
        return int(said["step"]) if said else 0

    def keep(self, session_id: str, answers: Answers, step: int) -> None:
        """Remember the answers and the question that comes next."""
        said = canonical_json({"answers": asdict(answers), "step": step})
        self.room.shelf.put(_KIND, session_id, self.room.sealer.seal(said, _bound(session_id)), _KEPT_FOR)

    def forget(self, session_id: str) -> None:
        """The draft has become a service."""
        self.room.shelf.take(_KIND, session_id)

    def _read(self, session_id: str) -> Any:
        found = self.room.shelf.get(_KIND, session_id)
        return None if found is None else json.loads(self.room.sealer.unseal(found, _bound(session_id)))


def _answers(said: dict[str, Any]) -> Answers:
    lists = {"scopes": tuple(said["scopes"]), "reasons": tuple(tuple(one) for one in said["reasons"])}
    return Answers(**{**said, **lists})


def _bound(session_id: str) -> str:
    return f"{_KIND}:{session_id}"
