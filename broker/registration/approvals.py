"""What waits for a registrar: sensitive scopes, and names that look like somebody else's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from broker.audit.catalogue_services import RegistrarDecided, StatementIssuerAdded, StatementIssuerRemoved
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.clients.client import Client
from broker.clients.refused import ClientRefused
from broker.clients.store import ClientStore
from broker.foundation.outside import Outside
from broker.foundation.public_jwks import believed
from broker.registration.records_store import NAME_FREE, NAME_REFUSED, NAME_WAITS, RecordStore
from broker.registration.tokens_store import IssuerStore, StatementIssuer
from broker.storage.database import Database

NAME: Final = "name"
# Why a registrar decides so; the journal keeps words, no prose.
REASONS: Final[Mapping[bool, tuple[str, ...]]] = {
    True: ("contract", "checked", "state_body"),
    False: ("not_needed", "no_contract", "unclear_purpose", "unknown_organisation", "imitation"),
}


class NothingWaits(ValueError):
    """There is nothing to decide, or not in these words; one sentence that says so."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A client with what a registrar has to look at."""

    client: Client
    way: str
    about: tuple[str, ...]


class Approvals:
    """Decides what waits, each decision with its event."""

    def __init__(self, database: Database, clients: ClientStore, journal: Journal):
        self._database = database
        self._clients = clients
        self._journal = journal
        self._records = RecordStore(database)

    def waiting(self) -> tuple[Waiting, ...]:
        """Every client with something to decide."""
        records = self._records.all()
        found = []
        for client in self._clients.all():
            record = records.get(client.client_id)
            name = (NAME,) if record is not None and record.name_state == NAME_WAITS else ()
            if about := (*client.waiting_scopes, *name):
                found.append(Waiting(client, record.way if record is not None else "", about))
        return tuple(found)

    def decide(self, client_id: str, about: Iterable[str], approved: bool, reason: str, actor: Actor) -> Client:
        """Approve or reject scopes, and the word name. A name that is approved opens the client, a rejected one keeps it closed.

        Raises:
            NothingWaits: one of these does not wait, or the reason is none of REASONS.
        """
        what = tuple(dict.fromkeys(about))
        if reason not in REASONS[approved]:
            raise NothingWaits(f"The reason must be one of: {', '.join(REASONS[approved])}.")
        client = self._clients.latest(client_id)
        scopes = tuple(word for word in what if word != NAME)
        if client is None or not what or not set(scopes) <= set(client.waiting_scopes):
            raise NothingWaits("There is no such client, or this does not wait for a decision.")
        try:
            with self._database.work():
                changed = self._settled(client, scopes, approved) if scopes else client
                if NAME in what:
                    self._settle_name(client_id, approved)
                self._journal.append(RegistrarDecided(client_id, what, approved, reason), actor)
        except ClientRefused as refused:
            raise NothingWaits(str(refused)) from None
        return self._clients.latest(client_id) or changed

    def _settled(self, client: Client, scopes: tuple[str, ...], approved: bool) -> Client:
        waiting = tuple(scope for scope in client.waiting_scopes if scope not in scopes)
        granted = (*client.scopes, *scopes) if approved else client.scopes
        reasons = {scope: said for scope, said in client.scope_reasons.items() if scope in (*granted, *waiting)}
        return self._clients.replace(replace(client, scopes=granted, waiting_scopes=waiting, scope_reasons=reasons))

    def _settle_name(self, client_id: str, approved: bool) -> None:
        if not self._records.decide_name(client_id, NAME_FREE if approved else NAME_REFUSED):
            raise NothingWaits("There is no such client, or its name does not wait for a decision.")
        if approved:
            self._clients.set_enabled(client_id, True)


class Issuers:
    """Whose software statements are believed."""

    def __init__(self, database: Database, journal: Journal, outside: Outside):
        self._database = database
        self._journal = journal
        self._outside = outside
        self._store = IssuerStore(database)

    def put(self, issuer: str, jwks: Mapping[str, Any], actor: Actor) -> StatementIssuer:
        """Believe an issuer, or give it new keys.

        Raises:
            NothingWaits: no `iss` of a statement, or no public key.
        """
        if not issuer.isascii() or not issuer.isprintable() or not 0 < len(issuer) <= 500:
            raise NothingWaits("The issuer must be 1 to 500 ASCII signs.")
        keys = believed(jwks.get("keys"))
        if not keys:
            raise NothingWaits("The key set must hold a public key that we know how to use.")
        made = StatementIssuer(self._outside.uuid(), issuer, {"keys": list(keys)}, True, self._outside.now())
        with self._database.work():
            self._store.put(made)
            found = self._store.find(issuer) or made
            self._journal.append(StatementIssuerAdded(found.id), actor)
        return found

    def all(self) -> tuple[StatementIssuer, ...]:
        """All issuers, by name."""
        return self._store.all()

    def remove(self, issuer: str, actor: Actor) -> bool:
        """Believe it no more; False if it was not believed."""
        found = self._store.find(issuer)
        with self._database.work():
            if found is None or not self._store.disable(issuer):
                return False
            self._journal.append(StatementIssuerRemoved(found.id), actor)
        return True
