"""What is on a card without a document having said it, and stays when a document is read again.

A login that a person has changed, or that came with an invitation; a SNILS that an upstream gave.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import or_, select

from broker.directory.card import Card, Cardbox
from broker.directory.document import PersonEntry
from broker.directory.tables import CredentialRow, PersonRow
from broker.storage.database import Database

_MANY = 400


class OwnPartsStore:
    """Reads the few cards of a document's people that hold more than the document."""

    def __init__(self, database: Database, cards: Cardbox):
        self._database = database
        self._cards = cards

    def kept(self, people: Sequence[PersonEntry]) -> tuple[PersonEntry, ...]:
        """The people with what is their own, their rows locked until the unit of work ends. Call inside `work()`."""
        own: dict[str, tuple[Card, bool, bool]] = {}
        for start in range(0, len(people), _MANY):
            own |= self._own(people[start : start + _MANY])
        return tuple(_with_own(person, *own[person.id]) if person.id in own else person for person in people)

    def _own(self, people: Sequence[PersonEntry]) -> dict[str, tuple[Card, bool, bool]]:
        """Card, whether its login was changed by the person, whether its SNILS was filled; by person."""
        return {row.id: self._read(row) for row in self._rows(people)}

    def _rows(self, people: Sequence[PersonEntry]) -> Iterator[Any]:
        changed, filled = CredentialRow.login_changed_at.is_not(None), PersonRow.filled_at.is_not(None)
        without_login = [person.id for person in people if person.card.login is None]
        has_more = or_(changed, filled, PersonRow.id.in_(without_login) & PersonRow.login_print.is_not(None))
        question = (
            select(PersonRow.id, PersonRow.card_sealed, changed.label("is_changed"), filled.label("is_filled"))
            .outerjoin(CredentialRow, CredentialRow.person_id == PersonRow.id)
            .where(PersonRow.id.in_([person.id for person in people]), has_more)
            .order_by(PersonRow.id)
            .with_for_update(of=PersonRow)
        )
        yield from self._database.session.execute(question)

    def _read(self, row: Any) -> tuple[Card, bool, bool]:
        return self._cards.unseal(row.id, row.card_sealed), bool(row.is_changed), bool(row.is_filled)


def _with_own(person: PersonEntry, card: Card, is_changed: bool, is_filled: bool) -> PersonEntry:
    login = card.login if is_changed or person.card.login is None else person.card.login
    snils = card.snils if is_filled and person.card.snils is None else person.card.snils
    return replace(person, card=replace(person.card, login=login, snils=snils))
