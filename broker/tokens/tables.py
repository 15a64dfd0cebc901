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
# What is read of a row, in the order in which `grant_of` takes it apart; the refresh token's hash is read only to compare it.
GRANT_COLUMNS = [
    GRANT_TABLE.c[name]
    for name in (
        "id", "client_id", "person_id", "session_id", "scopes", "claims", "authenticated_at", "level", "amr", "region",
        "connector", "id_claims", "resources", "authorization_details", "confirmation",
        "opened_at", "ends_at", "refresh_generation", "refreshed_at", "access_not_before", "ended_at",
    )
]  # fmt: skip


def row_of(grant: Grant) -> dict[str, object]:
    """The row of a grant, without the hash of its refresh token."""
    about = grant.authorization
    return {
        "id": grant.id,
        "client_id": about.client_id,
        "person_id": about.person_id,
        "session_id": about.session_id,
        "scopes": " ".join(about.scopes),
        "claims": " ".join(about.claims),
        "id_claims": " ".join(about.id_token_claims),
        "authenticated_at": about.authenticated_at,
        "connector": about.connector,
        "level": about.level,
        "amr": " ".join(about.amr),
        "region": about.region,
        "resources": " ".join(about.resources),
        "authorization_details": about.authorization_details,
        "confirmation": about.confirmation,
        "opened_at": grant.opened_at,
        "ends_at": grant.ends_at,
        "refresh_generation": grant.refresh_generation,
        "refreshed_at": grant.refreshed_at,
        "access_not_before": grant.access_not_before,
        "ended_at": grant.ended_at,
        "ended_cause": None,
    }


def grant_of(row: Any) -> Grant:
    """The grant of a row that was read by GRANT_COLUMNS."""
    (
        id_, client_id, person_id, session_id, scopes, claims, authenticated_at, level, amr, region, connector,
        id_claims, resources, authorization_details, confirmation, *state,
    ) = row  # fmt: skip
    about = Authorization(
        client_id=client_id,
        person_id=person_id,
        session_id=session_id,
        redirect_uri="",
        scopes=tuple(scopes.split()),
        claims=tuple(claims.split()),
        nonce=None,
        code_challenge=None,
        authenticated_at=authenticated_at,
        level=level,
        amr=tuple(amr.split()),
        region=region,
        connector=connector,
        id_token_claims=tuple(id_claims.split()),
        resources=tuple(resources.split()),
        authorization_details=authorization_details,
        confirmation=confirmation,
    )
    return Grant(id_, about, *state)
