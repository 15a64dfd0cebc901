"""How opening keys are kept: sealed, and gone with their row."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from broker.storage.database import Database
from keys.opening.tables import OpeningKeyRow
from keys.store import KeysUnavailable

_ALL = select(*OpeningKeyRow.__table__.columns).order_by(OpeningKeyRow.made_at, OpeningKeyRow.kid)


@dataclass(frozen=True, slots=True)
class KeptOpener:
    """An opening key as it is kept. `kind` is its `kty`."""

    kid: str
    kind: str
    made_at: datetime
    ends_at: datetime | None
    private_sealed: bytes = field(repr=False)


class OpeningStore:
    """Reads on a connection of their own, as KeyStore does; changes are made inside its lock."""

    def __init__(self, database: Database):
        self._database = database

    def all(self) -> tuple[KeptOpener, ...]:
        """Every key there is, oldest first.

        Raises:
            KeysUnavailable: the database did not answer.
        """
        try:
            with self._database.engine.connect() as connection:
                rows = connection.execute(_ALL).all()
        except SQLAlchemyError as error:
            raise KeysUnavailable from error
        return tuple(KeptOpener(row.kid, row.kind, row.made_at, row.ends_at, row.private_sealed) for row in rows)

    def youngest_made_at(self) -> datetime | None:
        """When the youngest published key was made, as it is now, under the lock; None without one."""
        newest = select(OpeningKeyRow.made_at).where(OpeningKeyRow.ends_at.is_(None)).order_by(OpeningKeyRow.made_at.desc())
        found: datetime | None = self._database.session.execute(newest.limit(1)).scalar()
        return found

    def add(self, key: KeptOpener) -> None:
        """Keep a new key."""
        row = {"kid": key.kid, "kind": key.kind, "made_at": key.made_at, "ends_at": key.ends_at}
        self._database.session.execute(insert(OpeningKeyRow).values(**row, private_sealed=key.private_sealed))

    def end(self, at: datetime) -> None:
        """Every key opens until `at` and no longer; none of them is published from now on."""
        longer = or_(OpeningKeyRow.ends_at.is_(None), OpeningKeyRow.ends_at > at)
        self._database.session.execute(update(OpeningKeyRow).where(longer).values(ends_at=at))

    def drop_ended(self, now: datetime) -> int:
        """Forget the keys whose time is over; how many."""
        return self._database.session.execute(delete(OpeningKeyRow).where(OpeningKeyRow.ends_at <= now)).rowcount
