"""Invented people for the tables: the least that must be said about each, the rest matches."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import config
from broker.policy.decision import Fields, IdentityFacts, PersonFacts
from broker.policy.policies import Policies
from tests.support.policies import shipped_policies

SHIPPED = Path(config.__file__).parent / "regions"

CARD = Fields(
    surname="Рябинина",
    name="Алёна",
    patronymic="Сергеевна",
    birth_date=date(1985, 3, 17),
    sex="F",
    snils="201-114-305 57",
)


def shipped() -> Policies:
    """The region files of the release."""
    return shipped_policies()


def card(born: str | None = None, **fields: str | None) -> Fields:
    """The card with some fields changed; `born` is an ISO day."""
    changed = replace(CARD, **fields)
    return replace(changed, birth_date=date.fromisoformat(born)) if born else changed


def person(fields: Fields = CARD, roles: str = "teacher", **state: bool | int) -> PersonFacts:
    """Somebody in good standing; `roles` are words with spaces."""
    facts = PersonFacts(
        fields=fields,
        roles=tuple(roles.split()),
        in_school=True,
        left_school=False,
        activated=True,
        blocked=False,
        children=1 if "parent" in roles else 0,
        region="29",
    )
    return replace(facts, **state)


def identity(fields: Fields = CARD, level: str = "confirmed", **state: bool) -> IdentityFacts:
    """The same somebody at the upstream."""
    facts = IdentityFacts(fields=fields, level=level, child_of_parent=False, checks_pending=False, linked=False)
    return replace(facts, **state)


def account(kind: str, fields: Fields = CARD, **state: bool) -> IdentityFacts:
    """One of the accounts of requirements.md section 1 by name; see `ACCOUNTS`."""
    level, has_snils, attached = ACCOUNTS[kind]
    return identity(replace(fields, snils=fields.snils if has_snils else None), level, child_of_parent=attached, **state)


ACCOUNTS = {
    "simplified": ("not_confirmed", False, False),
    "standard": ("not_confirmed", True, False),
    "confirmed": ("confirmed", True, False),
    "child": ("child", True, True),
    "loose child": ("child", True, False),
    "attached": ("not_confirmed", True, True),
    "attached confirmed": ("confirmed", True, True),
}


def instant(text: str) -> datetime:
    """An ISO instant; without an offset it is UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
