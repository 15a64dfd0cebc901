"""The rooms beside a login that a test of another room does not ask about: real ones, over the test's own database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from broker.audit.journal import Journal
from broker.cases.cases import Cases
from broker.cases.numbers import Numbers
from broker.consent.asked_store import Askings
from broker.consent.settings import ConsentSettings
from broker.directory.contacts import Contacts
from broker.directory.credentials import Credentials
from broker.directory.directory import Directory
from broker.directory.invitations import Invitations
from broker.directory.password_hash import PasswordHash
from broker.directory.phone_codes import PhoneCodes
from broker.foundation.outside import Outside
from broker.limits.guesses import Guesses
from broker.limits.limits import Limits
from broker.limits.settings import LimitSettings
from broker.linking.sync import Synchronise
from broker.login.drafts import Drafts
from broker.login.errands import Errands
from broker.login.proofs import Proofs
from broker.login.settings import LoginSettings
from broker.login.upstream_health import UpstreamHealth
from broker.messages.delays import Delays
from broker.messages.outbox import Notices, Outbox
from broker.messages.planned_store import PlannedWorks
from broker.messages.settings import MessageSettings
from broker.sessions.known import KnownDevices
from broker.storage.database import Database
from broker.storage.shelf import Shelf
from keys.vault import Vault
from tests.support.passwords import CHEAP


@dataclass(frozen=True)
class Ground:
    """What they stand on."""

    database: Database
    vault: Vault
    shelf: Shelf
    outside: Outside
    journal: Journal
    directory: Directory


def beside(ground: Ground) -> dict[str, Any]:
    """The fields of `Neighbours` that have to do with proofs, invitations, cases and letters."""
    database, outside, journal, directory = ground.database, ground.outside, ground.journal, ground.directory
    sealer, prints = ground.vault.sealer, ground.vault.fingerprints
    contacts = Contacts(database, sealer, prints, journal, outside)
    outbox = Outbox(database, sealer, outside, MessageSettings())
    return {
        "proofs": Proofs(ground.shelf, LoginSettings().restart_within),
        "errands": Errands(ground.shelf, outside, LoginSettings().restart_within),
        "health": UpstreamHealth(ground.shelf, outside.now),
        "synchronise": Synchronise(directory, contacts, journal),
        "askings": Askings(database, outside, ConsentSettings()),
        "limits": Limits(database, prints, outside.now),
        "tries": LimitSettings(),
        "guesses": Guesses(Limits(database, prints, outside.now), LimitSettings()),
        "known": KnownDevices(prints, outside),
        "numbers": Numbers(Cases(database, prints, journal, outside), ground.shelf, prints, outside.now),
        "credentials": Credentials(database, directory, journal, outside, PasswordHash(outside.random, CHEAP)),
        "invitations": Invitations(database, prints, directory, journal, outside),
        "contacts": contacts,
        "phone_codes": PhoneCodes(ground.shelf, sealer, prints, outside),
        "drafts": Drafts(ground.shelf, sealer),
        "cases": Cases(database, prints, journal, outside),
        "outbox": outbox,
        "notices": Notices(outbox, lambda _person_id: ()),
        "delays": Delays(database, MessageSettings(), outside.now),
        "planned": PlannedWorks(database, outside, None),
        "places": {},
        "subjects": ground.vault.subjects,
    }
