"""Whatever stands in the way of a revocation is said in one sentence, and nothing of it is an error page."""

from __future__ import annotations

from typing import Any

import pytest

from broker.audit.event import Actor
from broker.console.emergency_actions import EmergencyDesk
from broker.console.refused import Refused
from broker.custody.emergency import NotTyped
from broker.custody.two_people import NotConfirmed
from broker.custody.two_people_store import AlreadyAsked
from broker.foundation.jose import SignerSilent
from keys.signing.lifecycle import MoveRefused
from keys.signing.rotation import UnknownKey
from keys.store import MovedTooLate

IN_THE_WAY = (
    (UnknownKey(), "no key with this name"),
    (MoveRefused("the key is revoked already"), "revoked already"),
    (NotTyped(), "whole name"),
    (AlreadyAsked(), "waits for a second person"),
    (NotConfirmed("gone"), "decided, over"),
    (NotConfirmed("same"), "another human being"),
    (SignerSilent("lost"), "nothing was changed"),
    (MovedTooLate(), "too long, so nothing was changed"),
    (ValueError("The grounds must be one of: stolen."), "grounds"),
)


class Obstructed:
    """An emergency in which everything fails in one way."""

    def __init__(self, problem: Exception):
        self._problem = problem

    def __getattr__(self, _name: str) -> Any:
        def fails(*_said: object) -> None:
            raise self._problem

        return fails


@pytest.mark.parametrize(("problem", "said"), IN_THE_WAY, ids=[type(problem).__name__ + said[:4] for problem, said in IN_THE_WAY])
def test_it_is_said_in_a_sentence(problem: Exception, said: str) -> None:
    desk = EmergencyDesk(Obstructed(problem))  # type: ignore[arg-type]
    for act in (
        lambda: desk.consequences("k"),
        lambda: desk.ask("k", "k", "stolen", "officer-1"),
        lambda: desk.confirm("r", "officer-2"),
        lambda: desk.break_glass("k", "stolen", Actor("cli", "root")),
    ):
        with pytest.raises(Refused, match=said):
            act()
