"""A second card of somebody of the demo directory, and a sign-in paused behind the pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from broker.audit.event import SYSTEM, Actor
from broker.directory.pauses import PauseReason
from tests.support.linking import unlink
from tests.support.town import DIRECTORY, Town, people_desk

SECURITY = Actor("cli", "operator")
_NOBODY = {"surname": "Никто", "name": "Нет", "patronymic": None, "birth_date": None, "snils": None}


def second_card(town: Town, person_id: str, **changes: Any) -> str:
    """The same person once more, as a careless list would bring them; the identifier of the new card. The link goes."""
    document = json.loads(DIRECTORY.read_text(encoding="utf-8"))
    person = next(one for one in document["people"] if one["id"] == person_id)
    login = f"{person['login'].partition('.')[0]}2.diary"
    fresh = {"id": f"{person_id}-twin", "login": login, "link": None, "invitation": None, "password_hash": None}
    document["people"] = [person | fresh | changes]
    unlink(town, person_id)
    with town.house.app.app_context():
        people_desk(town.house).import_document(document, SYSTEM, is_dry_run=False)
    return f"{person_id}-twin"


@contextmanager
def two_cards(town: Town, person_id: str, **changes: Any) -> Iterator[str]:
    """The second card is a stranger's afterwards."""
    twin = second_card(town, person_id, **changes)
    try:
        yield twin
    finally:
        unlink(town, twin)
        second_card(town, person_id, **_NOBODY)


@contextmanager
def paused(town: Town, person_id: str, actor: Actor = SECURITY) -> Iterator[None]:
    """Nobody signs in as this person meanwhile."""
    with town.house.app.app_context():
        assert town.house.pauses.pause(person_id, PauseReason.SAFETY, actor)
    try:
        yield
    finally:
        with town.house.app.app_context():
            town.house.pauses.resume(person_id, SECURITY)
