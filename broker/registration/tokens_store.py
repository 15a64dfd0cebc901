"""The rows of initial access tokens and of issuers of software statements."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from broker.foundation.encoding import canonical_json
from broker.registration.tables import InitialTokenRow, StatementIssuerRow
from broker.storage.database import Database


@dataclass(frozen=True, slots=True)
class InitialToken:
    """A token without its secret. `preset` are fields of the client that a service cannot choose otherwise."""

    id: str
    name: str
    hash: str = field(repr=False)
    preset: Mapping[str, Any]
    uses_left: int
    is_enabled: bool
    made_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class StatementIssuer:
    """`issuer` is the `iss` of the statements, `jwks` the keys that verify them."""

    id: str
    issuer: str
    jwks: Mapping[str, Any]
    is_enabled: bool
    made_at: datetime


class InitialTokenStore:
    """Tokens in and out."""

    def __init__(self, database: Database):
        self._database = database

    def add(self, token: InitialToken) -> None:
        values = {column.name: getattr(token, column.name) for column in _TOKEN}
        self._database.session.execute(insert(InitialTokenRow), values | {"preset": _json(token.preset)})

    def all(self) -> tuple[InitialToken, ...]:
        question = select(*_TOKEN).order_by(InitialTokenRow.made_at, InitialTokenRow.id)
        return tuple(map(_token, self._database.session.execute(question)))

    def find(self, hash_: str) -> InitialToken | None:
        row = self._database.session.execute(select(*_TOKEN).where(InitialTokenRow.hash == hash_)).first()
        return None if row is None else _token(row)

    def spend(self, token_id: str, now: datetime) -> bool:
        """Use it once; False if there is no use left, it is revoked or over."""
        good = (InitialTokenRow.uses_left > 0, InitialTokenRow.is_enabled, InitialTokenRow.ends_at > now)
        spent = update(InitialTokenRow).where(InitialTokenRow.id == token_id, *good)
        return self._database.session.execute(spent.values(uses_left=InitialTokenRow.uses_left - 1)).rowcount == 1

    def disable(self, token_id: str) -> bool:
        """False if there is none, or it is disabled already."""
        row = update(InitialTokenRow).where(InitialTokenRow.id == token_id, InitialTokenRow.is_enabled)
        return self._database.session.execute(row.values(is_enabled=False)).rowcount == 1


class IssuerStore:
    """Issuers in and out."""

    def __init__(self, database: Database):
        self._database = database

    def put(self, issuer: StatementIssuer) -> None:
        """Keep an issuer; one that is there already gets the new keys and is believed again."""
        values = {"jwks": _json(issuer.jwks), "is_enabled": True}
        known = update(StatementIssuerRow).where(StatementIssuerRow.issuer == issuer.issuer).values(**values)
        if self._database.session.execute(known).rowcount == 0:
            own = {"id": issuer.id, "issuer": issuer.issuer, "made_at": issuer.made_at}
            self._database.session.execute(insert(StatementIssuerRow), own | values)

    def all(self) -> tuple[StatementIssuer, ...]:
        question = select(*_ISSUER).order_by(StatementIssuerRow.issuer)
        return tuple(map(_issuer, self._database.session.execute(question)))

    def find(self, issuer: str) -> StatementIssuer | None:
        row = self._database.session.execute(select(*_ISSUER).where(StatementIssuerRow.issuer == issuer)).first()
        return None if row is None else _issuer(row)

    def disable(self, issuer: str) -> bool:
        """False if there is none, or it is disabled already."""
        row = update(StatementIssuerRow).where(StatementIssuerRow.issuer == issuer, StatementIssuerRow.is_enabled)
        return self._database.session.execute(row.values(is_enabled=False)).rowcount == 1


_TOKEN = list(InitialTokenRow.__table__.columns)
_ISSUER = list(StatementIssuerRow.__table__.columns)


def _token(row: Any) -> InitialToken:
    values = row._mapping
    return InitialToken(**{column.name: values[column.name] for column in _TOKEN} | {"preset": json.loads(row.preset)})


def _issuer(row: Any) -> StatementIssuer:
    values = row._mapping
    return StatementIssuer(**{column.name: values[column.name] for column in _ISSUER} | {"jwks": json.loads(row.jwks)})


def _json(value: Mapping[str, Any]) -> str:
    return canonical_json(dict(value)).decode("utf-8")
