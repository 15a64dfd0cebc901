"""Tokens by which a diary provisions the people of one region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from broker.audit.event import Actor
from broker.console.refused import Refused
from broker.provisioning.tokens import DiaryToken, DiaryTokens, TokenNotMade


@dataclass(frozen=True, slots=True)
class ProvisioningDesk:
    """What the actions on diaries' tokens need."""

    tokens: DiaryTokens

    def add(self, name: str, region: str, life: timedelta, actor: Actor) -> Mapping[str, Any]:
        """A new token; the answer holds `token`, and nobody can read it again.

        Raises:
            Refused: a name, a region or a time that a token cannot have.
        """
        try:
            made, secret = self.tokens.add(name, region, life, actor)
        except TokenNotMade as refused:
            raise Refused(str(refused)) from None
        return {"provisioning": _described(made), "token": secret}

    def all(self) -> Mapping[str, Any]:
        """Every token, without its secret."""
        return {"tokens": [_described(token) for token in self.tokens.all()]}

    def revoke(self, token_id: str, actor: Actor) -> Mapping[str, Any]:
        """Close a token at once. Raises Refused when there is none, or it was revoked before."""
        if not self.tokens.revoke(token_id, actor):
            raise Refused("There is no such token, or it was revoked before.")
        return {"revoked": token_id}


def _described(token: DiaryToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "diary": token.name,
        "region": token.region,
        "is_enabled": token.is_enabled,
        "ends_at": token.ends_at.isoformat(),
        "used_at": token.used_at.isoformat() if token.used_at else None,
    }
