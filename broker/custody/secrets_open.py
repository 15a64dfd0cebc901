"""Making the care of secrets from what the house has, with the lives of everything that their keys have marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from broker.audit.journal import Journal
from broker.custody.jobs_indexing import FoundPart
from broker.custody.jobs_sealing import SealedPart
from broker.custody.jobs_walk import WalkTools
from broker.custody.secrets_care import Ages, SecretCare
from broker.foundation.outside import Outside
from broker.sessions.known import KEPT_FOR
from broker.storage.database import Database
from broker.storage.found_columns import Found
from broker.storage.sealed_columns import sealed_columns
from broker.tokens.settings import TokenSettings
from keys.secrets.purposes import Purpose
from keys.settings import KeySettings
from keys.vault import Vault

# Longer than anything sealed lies on the shelf or in a link (a day at most), with time to notice what a round left behind.
_SEALED_FOR = timedelta(days=7)
# An invitation of a school lasts thirty days, a case fourteen after the last try; a document may bring longer invitations.
_NOTED_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class CareTools:
    """What the care of secrets works with."""

    database: Database
    vault: Vault
    journal: Journal
    outside: Outside


def open_secret_care(tools: CareTools, keys: KeySettings, tokens: TokenSettings, found: Sequence[Found]) -> SecretCare:
    """One a process. `found` are the tables of all rooms that are found by fingerprints. Every table must have been imported, or
    its sealed records would be forgotten."""
    kept_for = {
        Purpose.PERSONAL: _SEALED_FOR,
        Purpose.FINGERPRINTS: timedelta(0),
        Purpose.TOKENS: tokens.grant_life,
        Purpose.COOKIES: KEPT_FOR,
        Purpose.NOTES: _NOTED_FOR,
    }
    sealed = [SealedPart(tools.database, column, tools.vault.sealer) for column in sealed_columns()]
    indexed = [FoundPart(tools.database, one) for one in found]
    ages = Ages(keys.reload_every, kept_for, keys.secret_age)
    return SecretCare(WalkTools(tools.database, tools.journal, tools.outside), tools.vault, (sealed, indexed), ages)
