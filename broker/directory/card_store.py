"""Changing one sealed card under its row's lock, so that nobody's parallel change is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from broker.directory.card import Card, Cardbox
from broker.directory.tables import PersonRow
from broker.storage.columns import either
from broker.storage.database import Database


class LoginTaken(Exception):
    """Another card has this login; nothing was written."""


class CardStore:
    """Cards, one at a time, for change."""

    def __init__(self, database: Database, cards: Cardbox):
        self._database = database
        self._cards = cards

    def rewrite(self, person_id: str, change: Callable[[Card], Card | None], now: datetime) -> Card | None:
        """Put `change(card)` in the place of a card; the card as it is then, or None when nobody has this identifier.

        A change of None leaves the card alone. Call inside `work()`.

        Raises:
            LoginTaken: the card's new login is somebody else's; the unit of work may go on.
        """
        # The lock keeps a parallel change waiting until this one is committed; SQLite's unit of work locks everything.
        question = select(PersonRow.card_sealed).where(PersonRow.id == person_id).with_for_update()
        row = self._database.session.execute(question).first()
        if row is None:
            return None
        card = self._cards.unseal(person_id, row.card_sealed)
        changed = change(card)
        if changed is None or changed == card:
            return card
        self._write(person_id, changed, now)
        return changed

    def note_filled(self, person_id: str, now: datetime) -> None:
        """The card's SNILS was given by an upstream. Call inside `work()`."""
        self._database.session.execute(update(PersonRow).where(PersonRow.id == person_id).values(filled_at=now))

    def lock(self, person_id: str) -> None:
        """Hold a person's row until the unit of work ends. Whoever changes several rows of a person locks this one first."""
        self._database.session.execute(select(PersonRow.id).where(PersonRow.id == person_id).with_for_update())

    def has_login(self, login: str) -> bool:
        """Whether any card has this login now."""
        question = select(PersonRow.id).where(either(PersonRow.login_print, PersonRow.login_print_2, self._cards.of_login(login)))
        return self._database.session.execute(question).first() is not None

    def _write(self, person_id: str, card: Card, now: datetime) -> None:
        prints = self._cards.prints(card)
        values = {
            "card_sealed": self._cards.seal(person_id, card),
            **prints.columns,
            "changed_at": now,
        }
        try:
            # The unique index decides between two who want one login; the savepoint keeps the rest of the work usable.
            with self._database.session.begin_nested():
                self._database.session.execute(update(PersonRow).where(PersonRow.id == person_id).values(values))
        except IntegrityError:
            raise LoginTaken from None
