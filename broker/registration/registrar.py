"""Registering, reading, changing and withdrawing a client (RFC 7591, RFC 7592), each as one unit of work."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from broker.audit.catalogue import ClientChanged, ClientSecretMade
from broker.audit.catalogue_services import ClientRegistered
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.clients.client import Client
from broker.clients.key_sets import Fetch
from broker.clients.metadata import SECRET_METHODS, SHARED_SECRET
from broker.clients.refused import ClientRefused
from broker.clients.store import ClientStore
from broker.foundation.encoding import b64url, digest
from broker.foundation.outside import Outside
from broker.registration.initial_tokens import InitialTokens
from broker.registration.names import imitates_state, needs_registrar
from broker.registration.reading import Metadata
from broker.registration.records_store import (
    BY_STATEMENT,
    BY_TOKEN,
    NAME_FREE,
    NAME_WAITS,
    OPEN,
    Record,
    RecordStore,
)
from broker.registration.refusals import RegistrationRefused, bad_statement, of_client, unsound, wrong_token
from broker.registration.settings import RegistrationSettings
from broker.registration.shaping import KnownScopes, Terms, blank, shaped
from broker.registration.statements import Statement, Statements
from broker.registration.tokens_store import InitialToken
from broker.registration.withdrawals import Withdrawals
from broker.storage.database import Database

_PREFIX: Final = "reg_"
_STATEMENT: Final = "software_statement"
# RFC 7592 2.2: a client must not send these back.
_OURS_ONLY: Final = ("registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at")
# Said by a service, no field of the client, and returned as it was said.
_SECTOR: Final = "sector_identifier_uri"
RETURNED: Final = ("application_type", _SECTOR)
_NAMES: Final = frozenset({"client_name", "client_name_en", "organisation"})


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration as its owner may see it. `secret` is empty unless a new one was made; `token` manages the client."""

    client: Client
    record: Record
    token: str
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Registrar:
    """What takes registrations. `scopes` are those that exist, `fetch` asks an address that a service has named."""

    settings: RegistrationSettings
    database: Database
    clients: ClientStore
    records: RecordStore
    tokens: InitialTokens
    statements: Statements
    withdrawals: Withdrawals
    journal: Journal
    outside: Outside
    scopes: KnownScopes
    fetch: Fetch

    def register(self, metadata: Metadata, token: InitialToken | None) -> Registered:
        """A new client (RFC 7591 3). `token` is one that has been found good; without it a statement is needed, or this is open.

        Raises:
            RegistrationRefused: with an error of RFC 7591 3.2.2, or invalid_token.
        """
        statement = self.statements.read(metadata[_STATEMENT]) if _STATEMENT in metadata else None
        terms = self._terms(token, statement)
        # Small letters and digits: it stands in addresses, and for a host where there is none.
        client_id = f"{'sandbox' if terms.way == OPEN else 'service'}-{self.outside.random(12).hex()}"
        client = shaped(blank(client_id, terms), metadata, terms, self.scopes, self.fetch)
        name_state = NAME_WAITS if self.name_waits(client, terms) else NAME_FREE
        client = replace(client, is_enabled=name_state == NAME_FREE)
        managing = self._new_token()
        now, said = self.outside.now(), _said(metadata, terms, statement)
        ends_at = now + self.settings.sandbox_life if terms.way == OPEN else None
        record = Record(client_id, digest(managing), terms.way, terms.by, said, name_state, now, ends_at)
        waits = (*client.waiting_scopes, *(("name",) if name_state else ()))
        try:
            with self.database.work():
                if token is not None:
                    self.tokens.spend(token)
                if statement is not None:
                    self.statements.spend(statement)
                self.clients.add(client)
                self.records.add(record)
                self.journal.append(ClientRegistered(client_id, terms.way, terms.by, waits), Actor("client", client_id))
                secret = self._secret(client)
        except ClientRefused as refused:
            raise of_client(refused) from None
        return Registered(client, record, managing, secret)

    def read(self, client_id: str, unverified_token: str) -> Registered:
        """The registration as it is (RFC 7592 2.1).

        Raises:
            RegistrationRefused: invalid_token, also when there is no such client.
        """
        record = self._opened(client_id, unverified_token)
        client = self.clients.latest(client_id)
        if client is None:
            raise wrong_token()
        return Registered(client, record, unverified_token)

    def change(self, client_id: str, unverified_token: str, metadata: Metadata) -> Registered:
        """Put these metadata in the place of the old ones (RFC 7592 2.2). The old management token opens nothing any more.

        Raises:
            RegistrationRefused: as `register`.
        """
        before = self.read(client_id, unverified_token)
        current, record = before.client, before.record
        self._require_same(metadata, current)
        statement = self._new_statement(metadata, record)
        stated = statement.claims if statement is not None else record.said.get("stated", {})
        terms = Terms(record.way, record.by, record.said.get("preset", {}), stated, record.said.get(_SECTOR, ""))
        start = current
        if _SECTOR in record.said and _SECTOR not in metadata:
            start = replace(current, sector_identifier=None)
        client = replace(shaped(start, metadata, terms, self.scopes, self.fetch), secrets=current.secrets)
        if names_of(client) != names_of(current) and self.name_waits(client, terms):
            raise unsound("client_name looks like the name of somebody else; a registrar can change it.")
        managing, said = self._new_token(), _said(metadata, terms, statement, record)
        try:
            with self.database.work():
                if not self.records.turn(record, digest(managing), said):
                    raise wrong_token()
                if statement is not None:
                    self.statements.spend(statement)
                changed = self.clients.replace(client)
                self.journal.append(ClientChanged(client_id), Actor("client", client_id))
                secret = self._secret(changed) if needs_secret(current, changed) else ""
        except ClientRefused as refused:
            raise of_client(refused) from None
        return Registered(changed, replace(record, said=said), managing, secret)

    def withdraw(self, client_id: str, unverified_token: str) -> None:
        """Remove a client with all it could do (RFC 7592 2.3). Raises RegistrationRefused: invalid_token."""
        record = self._opened(client_id, unverified_token)
        if not self.withdrawals.remove(record, "asked", Actor("client", client_id)):
            raise wrong_token()

    def _terms(self, token: InitialToken | None, statement: Statement | None) -> Terms:
        stated = statement.claims if statement is not None else {}
        if token is not None:
            return Terms(BY_TOKEN, token.id, token.preset, stated)
        if statement is not None:
            return Terms(BY_STATEMENT, statement.issuer.id, {}, stated)
        if not self.settings.open:
            raise RegistrationRefused("invalid_token", "An initial access token or a software statement is needed.", 401)
        return Terms(OPEN)

    def name_waits(self, client: Client, terms: Terms) -> bool:
        """Whether a registrar has to look at the names of this client first."""
        if client.environment == "sandbox":
            return imitates_state(client)
        # What staff have settled themselves need not be looked at again.
        settled: dict[str, Any] = dict.fromkeys(_NAMES & set(terms.preset), "")
        client = replace(client, **settled)
        records = self.records.all()
        # Whoever comes with the same token or issuer is the same organisation and may have two of a name.
        siblings = {client_id for client_id, record in records.items() if record.by == terms.by}
        others = [other for other in self.clients.all() if other.environment != "sandbox" and other.client_id not in siblings]
        return needs_registrar(client, others)

    def _opened(self, client_id: str, unverified_token: str) -> Record:
        record = self.records.find(client_id)
        # Compared also when there is none, so that both take the same time.
        expected = record.token_hash if record is not None else digest("")
        is_right = hmac.compare_digest(expected, digest(unverified_token))
        if record is None or not is_right or (record.ends_at is not None and record.ends_at <= self.outside.now()):
            raise wrong_token()
        return record

    def _require_same(self, metadata: Metadata, current: Client) -> None:
        if metadata.get("client_id") != current.client_id:
            raise unsound("client_id must be that of the client (RFC 7592 2.2).")
        for name in _OURS_ONLY:
            if name in metadata:
                raise unsound(f"{name} must not be sent (RFC 7592 2.2).")
        if "client_secret" in metadata:
            secret = metadata["client_secret"]
            if not isinstance(secret, str) or not current.secret_is_right(secret, self.outside.now()):
                raise unsound("client_secret must be the present one (RFC 7592 2.2).")

    def _new_statement(self, metadata: Metadata, record: Record) -> Statement | None:
        if _STATEMENT not in metadata or metadata[_STATEMENT] == record.said.get(_STATEMENT):
            return None
        found = self.statements.read(metadata[_STATEMENT])
        if record.way == BY_STATEMENT and found.issuer.id != record.by:
            raise bad_statement("software_statement must be of the issuer that the client was registered with.")
        return found

    def _new_token(self) -> str:
        return _PREFIX + b64url(self.outside.random(32))

    def _secret(self, client: Client) -> str:
        if client.token_endpoint_auth_method not in SECRET_METHODS:
            return ""
        secret = self.clients.new_secret(client.client_id, self.outside, timedelta(0))
        self.journal.append(ClientSecretMade(client.client_id), Actor("client", client.client_id))
        return secret


def names_of(client: Client) -> tuple[str, ...]:
    """Every name that people read."""
    return tuple(getattr(client, field) for field in sorted(_NAMES))


def needs_secret(before: Client, after: Client) -> bool:
    """A method that has a secret, and there is none that serves it."""
    old, new = before.token_endpoint_auth_method, after.token_endpoint_auth_method
    return new in SECRET_METHODS and (old not in SECRET_METHODS or (new == SHARED_SECRET != old))


def _said(metadata: Metadata, terms: Terms, statement: Statement | None, before: Record | None = None) -> Mapping[str, Any]:
    """What is kept beside the client, to be returned or applied again."""
    merged = {**metadata, **terms.stated}
    said: dict[str, Any] = {name: merged[name] for name in RETURNED if name in merged}
    if terms.preset:
        said["preset"] = dict(terms.preset)
    if terms.stated:
        said["stated"] = dict(terms.stated)
    text = statement.text if statement is not None else before.said.get(_STATEMENT) if before is not None else None
    return said | ({_STATEMENT: text} if text else {})
