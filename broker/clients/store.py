"""Registered clients, kept in the database and for a few seconds in the process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from broker.clients.client import Client, ClientSecret
from broker.clients.metadata import SECRET_METHODS, SHARED_SECRET, is_client_id, require_sound
from broker.clients.refused import ClientRefused
from broker.clients.rules_places import require_no_loopback
from broker.clients.shared_secrets import SharedSecrets
from broker.clients.tables import ClientRow, ClientSecretRow
from broker.foundation.encoding import canonical_json, digest
from broker.foundation.outside import Outside
from broker.storage.database import Database

SANDBOX = "sandbox"
_ELSEWHERE = frozenset({"client_id", "secrets", "is_enabled", "version"})
_REGISTERED = tuple(field.name for field in fields(Client) if field.name not in _ELSEWHERE)

_ALL = (
    select(
        ClientRow.client_id,
        ClientRow.registration,
        ClientRow.is_enabled,
        ClientRow.version,
        ClientSecretRow.hash,
        ClientSecretRow.ends_at,
        ClientSecretRow.sealed,
    )
    .outerjoin(ClientSecretRow, ClientSecretRow.client_id == ClientRow.client_id)
    .order_by(ClientRow.client_id, ClientSecretRow.made_at)
)
_ONE = _ALL.where(ClientRow.client_id == bindparam("client_id_"))


@dataclass(frozen=True, slots=True)
class HouseRules:
    """`loopback`: any client may have loopback addresses. `sandboxes`: they may be signed in to, for no real person is there."""

    loopback: bool = True
    sandboxes: bool = True


_NO_RULES = HouseRules()


class ClientStore:
    """Every change is sound (see metadata.py) or refused. A change of this process is seen by it at once, by others after
    `cache_for`."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        cache_for: timedelta,
        shared: SharedSecrets | None = None,
        house: HouseRules = _NO_RULES,
    ):
        """`shared` seals the secrets of client_secret_jwt; without it no client of that method gets one."""
        self._database = database
        self._now = now
        self._cache_for = cache_for
        self._shared = shared
        self._house = house
        self._checks = (require_sound,) if house.loopback else (require_sound, require_no_loopback)
        self._cache: dict[str, tuple[Client, datetime]] = {}

    def find(self, client_id: str) -> Client | None:
        """The client, paused or not, or None. Costs no database question while the process remembers it.

        A sandbox is paused for good where real people sign in.
        """
        remembered = self._cache.get(client_id)
        if remembered is not None and self._now() < remembered[1]:
            return remembered[0]
        found = self._read(client_id) if is_client_id(client_id) else None
        if found is not None and found.environment == SANDBOX and not self._house.sandboxes:
            found = replace(found, is_enabled=False)
        # What is read inside a unit of work may yet be rolled back; a client that does not exist is not worth memory.
        if found is not None and not self._database.at_work:
            self._cache[client_id] = (found, self._now() + self._cache_for)
        return found

    def latest(self, client_id: str) -> Client | None:
        """As `find`, and never a few seconds old: for whoever changes what they have read."""
        return self._read(client_id) if is_client_id(client_id) else None

    def all(self) -> tuple[Client, ...]:
        """Every client there is, by identifier."""
        return _clients(self._database.session.execute(_ALL))

    def add(self, client: Client) -> None:
        """Register a client, with the secrets it brings.

        Raises:
            ClientRefused: it is not sound, or the identifier is taken.
        """
        self._require_sound(client)
        try:
            with self._database.work() as session:
                values = {"client_id": client.client_id, "version": client.version, "is_enabled": client.is_enabled}
                session.execute(insert(ClientRow).values(**values, **self._written(client)))
                for secret in client.secrets:
                    self._keep_secret(client.client_id, secret)
        except IntegrityError:
            raise ClientRefused("There is a client with this client_id or secret already.") from None
        self._forget(client.client_id)

    def replace(self, client: Client) -> Client:
        """Change a registration; returns it with its new version. Secrets and the pause are changed by their own verbs, but a
        method of authentication that needs no secret ends them.

        Raises:
            ClientRefused: not sound, unknown, or changed by somebody else since it was read.
        """
        if client.token_endpoint_auth_method not in SECRET_METHODS:
            client = replace(client, secrets=())
        self._require_sound(client)
        same = (ClientRow.client_id == client.client_id, ClientRow.version == client.version)
        changed = update(ClientRow).where(*same).values(version=client.version + 1, **self._written(client))
        with self._database.work() as session:
            if session.execute(changed).rowcount != 1:
                raise ClientRefused("The client is unknown, or somebody has changed it meanwhile; read it again.")
            self._drop_idle_secrets(client)
        self._forget(client.client_id)
        return replace(client, version=client.version + 1)

    def set_enabled(self, client_id: str, enabled: bool) -> None:
        """Pause a client or let it in again.

        Raises:
            ClientRefused: there is no such client.
        """
        values = {"is_enabled": enabled, "version": ClientRow.version + 1, "changed_at": self._now()}
        with self._database.work() as session:
            if session.execute(update(ClientRow).where(ClientRow.client_id == client_id).values(**values)).rowcount != 1:
                raise ClientRefused("There is no such client.")
        self._forget(client_id)

    def remove(self, client_id: str) -> None:
        """Forget a client and its secrets; removing what is not there is no error. Whatever it was given ends with it."""
        with self._database.work() as session:
            session.execute(delete(ClientSecretRow).where(ClientSecretRow.client_id == client_id))
            session.execute(delete(ClientRow).where(ClientRow.client_id == client_id))
        self._forget(client_id)

    def new_secret(self, client_id: str, outside: Outside, overlap: timedelta) -> str:
        """A fresh secret in plain text, which nobody can ask for again. Older ones end after `overlap`.

        Raises:
            ClientRefused: there is no such client, or it does not authenticate with a secret.
        """
        secret, now = outside.token(), self._now()
        bumped = {"version": ClientRow.version + 1, "changed_at": now}
        with self._database.work() as session:
            # First of all the client's row, so that of two new secrets at once one is the older and gets its end.
            session.execute(update(ClientRow).where(ClientRow.client_id == client_id).values(**bumped))
            client = self._read(client_id)
            if client is None:
                raise ClientRefused("There is no such client.")
            if client.token_endpoint_auth_method not in SECRET_METHODS:
                raise ClientRefused("A client of this token_endpoint_auth_method has no secret.")
            own = ClientSecretRow.client_id == client_id
            session.execute(delete(ClientSecretRow).where(own, ClientSecretRow.ends_at <= now))
            longer = or_(ClientSecretRow.ends_at.is_(None), ClientSecretRow.ends_at > now + overlap)
            session.execute(update(ClientSecretRow).where(own, longer).values(ends_at=now + overlap))
            self._keep_secret(client_id, ClientSecret(digest(secret), sealed=self._sealed(client, secret)))
        self._forget(client_id)
        return secret

    def _read(self, client_id: str) -> Client | None:
        found = _clients(self._database.session.execute(_ONE, {"client_id_": client_id}))
        return found[0] if found else None

    def _written(self, client: Client) -> dict[str, Any]:
        registration = {name: getattr(client, name) for name in _REGISTERED}
        return {"registration": canonical_json(registration).decode("utf-8"), "changed_at": self._now()}

    def _keep_secret(self, client_id: str, secret: ClientSecret) -> None:
        values = {"hash": secret.hash, "client_id": client_id, "made_at": self._now(), "ends_at": secret.ends_at}
        values["sealed"] = secret.sealed or None
        self._database.session.execute(insert(ClientSecretRow).values(**values))

    def _require_sound(self, client: Client) -> None:
        for check in self._checks:
            check(client)

    def _sealed(self, client: Client, secret: str) -> bytes:
        if client.token_endpoint_auth_method != SHARED_SECRET:
            return b""
        if self._shared is None:
            raise RuntimeError("secrets of this method are sealed, and nothing is here to seal them")
        return self._shared.seal(client.client_id, secret)

    def _drop_idle_secrets(self, client: Client) -> None:
        """What the present method has no use for is not kept: neither secrets, nor what would show them."""
        own = ClientSecretRow.client_id == client.client_id
        if client.token_endpoint_auth_method not in SECRET_METHODS:
            self._database.session.execute(delete(ClientSecretRow).where(own))
        elif client.token_endpoint_auth_method != SHARED_SECRET:
            self._database.session.execute(update(ClientSecretRow).where(own).values(sealed=None))

    def _forget(self, client_id: str) -> None:
        self._cache.pop(client_id, None)


def _clients(rows: Iterable[Any]) -> tuple[Client, ...]:
    """One client for the rows of each; a row holds one secret or none."""
    found: dict[str, Client] = {}
    for row in rows:
        client = found.get(row.client_id) or _client(row)
        if row.hash is not None:
            client = replace(client, secrets=(*client.secrets, ClientSecret(row.hash, row.ends_at, row.sealed or b"")))
        found[row.client_id] = client
    return tuple(found.values())


def _client(row: Any) -> Client:
    kept: dict[str, Any] = json.loads(row.registration)
    # A name that an older or newer release wrote and this one does not know is left alone, not believed.
    known: dict[str, Any] = {name: value for name, value in kept.items() if name in _REGISTERED}
    known = {name: tuple(value) if isinstance(value, list) else value for name, value in known.items()}
    return Client(client_id=row.client_id, is_enabled=row.is_enabled, version=row.version, **known)
