"""Making the care of secrets from what the house has, with the lives of everything that their keys have marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from broker.audit.journal import Journal
from broker.custody.jobs_sealing import SealingJob
from broker.custody.secrets_care import Ages, SecretCare
from broker.foundation.outside import Outside
from broker.sessions.known import KEPT_FOR
from broker.storage.database import Database
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


def open_secret_care(tools: CareTools, keys: KeySettings, tokens: TokenSettings) -> SecretCare:
    """One a process. The tables of every room must have been imported, or their records would be forgotten."""
    kept_for = {
        Purpose.PERSONAL: _SEALED_FOR,
        Purpose.FINGERPRINTS: timedelta(0),
        Purpose.TOKENS: tokens.grant_life,
        Purpose.COOKIES: KEPT_FOR,
        Purpose.NOTES: _NOTED_FOR,
    }
    job = SealingJob(tools.database, tools.vault.sealer, tools.journal, tools.outside, sealed_columns())
    ages = Ages(keys.reload_every, kept_for, keys.secret_age)
    return SecretCare(tools.database, tools.vault, tools.journal, tools.outside, (job, ages))
