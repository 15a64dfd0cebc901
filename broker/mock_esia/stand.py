"""What the pages and endpoints of one stand share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from broker.mock_esia.accounts.people import People
from broker.mock_esia.faults.board import FaultBoard
from broker.mock_esia.journal.journal import Journal
from broker.mock_esia.memory import Memory
from broker.mock_esia.oauth.client_proof import ProofRules
from broker.mock_esia.oauth.registry import Registry
from broker.mock_esia.settings import MockSettings
from broker.mock_esia.tokens.mint import Mint, Shape


@dataclass(frozen=True, slots=True)
class Stand:
    """One mock ESIA: built by create_mock_esia, handed to each set of routes."""

    settings: MockSettings
    registry: Registry
    people: People
    memory: Memory
    mint: Mint
    faults: FaultBoard
    journal: Journal
    now: Callable[[], datetime]

    def proof_rules(self) -> ProofRules:
        return ProofRules(self.now(), self.settings.timestamp_window, self.registry)

    def shape(self, client_id: str, flaw: str | None = None) -> Shape:
        """How tokens for a registered client are made."""
        client = self.registry.get(client_id).client
        return Shape(client.alg, client.is_legacy, flaw)
