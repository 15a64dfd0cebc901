"""The table of grants."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from broker.storage.columns import Base, UtcInstant
from broker.tokens.authorization import Authorization, Grant


class GrantRow(Base):
    """One redeemed authorization. Lists are separated by spaces; `refresh_hash` is the SHA-256 of the one valid refresh token."""

    __tablename__ = "oauth_grant"
    __table_args__ = (Index(None, "session_id"), Index(None, "person_id", "client_id"), Index(None, "ends_at"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True, info={"sensitive": False})
    client_id: Mapped[str] = mapped_column(String(128), info={"sensitive": False})
    person_id: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    session_id: Mapped[str] = mapped_column(String(36), info={"sensitive": False})
    scopes: Mapped[str] = mapped_column(String(256), info={"sensitive": False})
    claims: Mapped[str] = mapped_column(String(512), info={"sensitive": False})
    id_claims: Mapped[str] = mapped_column(String(512), info={"sensitive": False})
    authenticated_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    connector: Mapped[str] = mapped_column(String(32), info={"sensitive": False})
    level: Mapped[str] = mapped_column(String(32), info={"sensitive": False})
    amr: Mapped[str] = mapped_column(String(128), info={"sensitive": False})
    region: Mapped[str] = mapped_column(String(8), info={"sensitive": False})
    resources: Mapped[str] = mapped_column(String(2048), server_default=text("''"), info={"sensitive": False})
    authorization_details: Mapped[str] = mapped_column(Text, server_default=text("''"), info={"sensitive": False})
    confirmation: Mapped[str] = mapped_column(String(64), server_default=text("''"), info={"sensitive": False})
    opened_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    ends_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    refresh_hash: Mapped[str | None] = mapped_column(String(64), info={"sensitive": True})
    refresh_generation: Mapped[int] = mapped_column(Integer, info={"sensitive": False})
    refreshed_at: Mapped[datetime] = mapped_column(UtcInstant, info={"sensitive": False})
    access_not_before: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant, info={"sensitive": False})
    ended_cause: Mapped[str | None] = mapped_column(String(32), info={"sensitive": False})


GRANT_TABLE: Any = GrantRow.__table__
# What is read of a row, in this order; the refresh token's hash is read only to compare it.
GRANT_COLUMNS = [column for column in GRANT_TABLE.c if column.name not in ("refresh_hash", "ended_cause")]
_NAMES = tuple(column.name for column in GRANT_COLUMNS)

# Name in the value → column. A column may not be called after a token: it would look like one.
_LISTS = {"scopes": "scopes", "claims": "claims", "id_token_claims": "id_claims", "amr": "amr", "resources": "resources"}
_PLAIN = (
    "client_id", "person_id", "session_id", "authenticated_at", "connector", "level", "region",
    "authorization_details", "confirmation",
)  # fmt: skip
_STATE = ("opened_at", "ends_at", "refresh_generation", "refreshed_at", "access_not_before", "ended_at")


def row_of(grant: Grant) -> dict[str, object]:
    """The row of a grant, without the hash of its refresh token."""
    about = grant.authorization
    return (
        {"id": grant.id, "ended_cause": None}
        | {name: getattr(about, name) for name in _PLAIN}
        | {column: " ".join(getattr(about, name)) for name, column in _LISTS.items()}
        | {name: getattr(grant, name) for name in _STATE}
    )


def grant_of(row: Any) -> Grant:
    """The grant of a row that was read by GRANT_COLUMNS."""
    found = dict(zip(_NAMES, row, strict=True))
    lists: dict[str, Any] = {name: tuple(found[column].split()) for name, column in _LISTS.items()}
    about = Authorization(
        redirect_uri="", nonce=None, code_challenge=None, **{name: found[name] for name in _PLAIN}, **lists
    )
    return Grant(id=found["id"], authorization=about, **{name: found[name] for name in _STATE})
