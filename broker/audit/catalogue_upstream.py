"""Events about what an upstream says later, or beside who somebody is.

A page of the catalogue; the rules of `catalogue.py` hold here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ChildrenCompared:
    """The children an upstream names for a parent were compared with the school's record, and the finding is another than the
    last one. Numbers of children only: `unrecorded` have a card that is not tied to this parent, `unnamed` are tied and not
    named, `elsewhere` have no card in this diary."""

    name: ClassVar[str] = "children.compared"
    person_id: str
    connector: str
    equal: int
    differing: int
    unrecorded: int
    unnamed: int
    elsewhere: int


@dataclass(frozen=True, slots=True)
class LevelLowered:
    """An upstream calls somebody's account less sure than when it was asked last. `ends`: whether the region ends what rests on
    it."""

    name: ClassVar[str] = "upstream.level_lowered"
    person_id: str
    connector: str
    before: str
    now: str
    ends: bool


@dataclass(frozen=True, slots=True)
class UpstreamConsentWithdrawn:
    """Somebody known has taken back at an upstream the permission to tell us who they are. `seen` is where we learnt it: sign_in
    or refresh; `ends`: whether the region ends what rests on it."""

    name: ClassVar[str] = "upstream.consent_withdrawn"
    person_id: str
    connector: str
    seen: str
    ends: bool


@dataclass(frozen=True, slots=True)
class UpstreamQuestioned:
    """An upstream is being asked again about somebody whose tokens a service has refreshed."""

    name: ClassVar[str] = "upstream.questioned"
    person_id: str
    connector: str


@dataclass(frozen=True, slots=True)
class UpstreamQuestionClosed:
    """What came of it: told, unknown (nobody knows, it may be asked again later), or refused."""

    name: ClassVar[str] = "upstream.question_closed"
    person_id: str
    connector: str
    outcome: str
