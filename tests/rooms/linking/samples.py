"""Invented identities, cards and decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from broker.connectors.identity import Level, UpstreamIdentity
from broker.directory.person import Person
from broker.linking.match import Candidate
from broker.policy.decision import Decision, Verdict
from broker.policy.policies import Policies
from tests.rooms.directory.samples import card
from tests.support.policies import shipped_policies

SNILS, OTHER_SNILS = "20111430566", "20111430667"

IDENTITY = UpstreamIdentity(
    connector="esia",
    subject="1000600901",
    level=Level.CONFIRMED,
    surname="Рябинина",
    name="Алёна",
    patronymic="Сергеевна",
    birth_date=date(1985, 3, 17),
    sex="F",
    snils=SNILS,
    email=None,
    phone=None,
    child_of_parent=False,
    checks_pending=False,
    methods=("pwd",),
)


def identity(**changes: Any) -> UpstreamIdentity:
    """The upstream's word about the teacher of the directory's samples."""
    return replace(IDENTITY, **changes)


def shipped() -> Policies:
    """The region files of the release."""
    return shipped_policies()


ALLOWED = Decision(Verdict.ALLOW, (), "29/2024-07-01/adults", "v1")


def refused(*causes: int) -> Decision:
    return Decision(Verdict.REFUSE, causes, "29/2024-07-01/adults", "v1")


def to_prove(*causes: int) -> Decision:
    return Decision(Verdict.PROVE, causes, "38/2017-09-01/adults", "v2")


def candidate(person: Person | None = None, decision: Decision = ALLOWED, **more: Any) -> Candidate:
    """A card of region 29 with its decision."""
    return Candidate(person or card(), decision, more.pop("region", "29"), school_id="29-001", **more)
