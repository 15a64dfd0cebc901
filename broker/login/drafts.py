"""Answers that came too late: kept for an hour for the same person in the same browser, so that nothing is typed twice.

Passwords are never kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

from broker.login.attempt import Attempt
from broker.storage.shelf import Shelf
from keys.secrets.sealing import SealBroken, Sealer

_GUEST, _DRAFT = "wizard.guest", "wizard.draft"
_KEPT_FOR = timedelta(hours=1)
_LONGEST = 254


class Drafts:
    """Every method may raise ShelfUnavailable; nothing here may be called inside a unit of work."""

    def __init__(self, shelf: Shelf, sealer: Sealer):
        self._shelf = shelf
        self._sealer = sealer

    def expect(self, attempt: Attempt, person_id: str) -> None:
        """A form is shown to this person: if its answers come late, the attempt itself will no longer say whose they are."""
        self._shelf.put(_GUEST, attempt.id, person_id.encode("utf-8"), _KEPT_FOR)

    def keep(self, origin: Attempt, unverified_answers: Mapping[str, str]) -> None:
        """Keep late answers. `origin` is the attempt as it began, checked to be this browser's. Nothing happens if no form of it
        was shown to anybody."""
        person_id = self._shelf.get(_GUEST, origin.id)
        if person_id is None:
            return
        key = _key(origin, person_id.decode("utf-8"))
        text = json.dumps({name: answer[:_LONGEST] for name, answer in unverified_answers.items()})
        self._shelf.put(_DRAFT, key, self._sealer.seal(text.encode("utf-8"), f"{_DRAFT}:{key}"), _KEPT_FOR)

    def find(self, attempt: Attempt, person_id: str) -> dict[str, str]:
        """What this person typed in this browser and could not send in time; empty if there is nothing."""
        key = _key(attempt, person_id)
        sealed = self._shelf.get(_DRAFT, key)
        if sealed is None:
            return {}
        try:
            kept: dict[str, str] = json.loads(self._sealer.unseal(sealed, f"{_DRAFT}:{key}"))
        except SealBroken:
            return {}
        return kept

    def forget(self, attempt: Attempt, person_id: str) -> None:
        """The answers have arrived."""
        self._shelf.take(_DRAFT, _key(attempt, person_id))


def _key(attempt: Attempt, person_id: str) -> str:
    return f"{attempt.browser}:{person_id}"
