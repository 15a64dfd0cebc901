"""A proof is spent for the person whose password is about to be set, and for nobody who slipped in between."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from broker.account.recovering import find_proven, request_of, take_proof
from broker.foundation.encoding import digest
from broker.foundation.outside import Outside
from broker.storage.memory_shelf import MemoryShelf

ANNA: Any = SimpleNamespace(id="anna")


def room(outside: Outside, taken: str | None, request: bytes | None = b"request") -> Any:
    shelf = MemoryShelf(outside.now)
    if request is not None:
        shelf.put("account.recovery", digest("secret"), request, timedelta(minutes=15))
    recovery = SimpleNamespace(take=lambda _id, _secret: taken, find_proven=lambda _id, _secret: taken)
    directory = SimpleNamespace(find_person=lambda person_id: SimpleNamespace(id=person_id))
    return SimpleNamespace(
        shelf=shelf, changing=SimpleNamespace(recovery=recovery), belongings=SimpleNamespace(directory=directory)
    )


@pytest.mark.parametrize(("taken", "expected"), [("anna", True), ("boris", False), (None, False)])
def test_only_the_same_person(outside: Outside, taken: str | None, expected: bool) -> None:
    assert expected == take_proof(room(outside, taken), "secret", ANNA)


def test_a_browser_without_a_request_has_no_proof(outside: Outside) -> None:
    empty = room(outside, "anna", None)

    assert request_of(empty, "secret") is None
    assert find_proven(empty, "secret") is None
    assert not take_proof(empty, "secret", ANNA)
    assert request_of(room(outside, "anna"), "another secret") is None
