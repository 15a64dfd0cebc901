"""The registered systems of a stand. They may be registered, changed and removed while the stand runs."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from broker.mock_esia.oauth.certificates import ClientCertificate, read_certificate
from broker.mock_esia.oauth.refusals import EsiaRefusal
from broker.mock_esia.settings import MockClient, MockSettings

MOST_SYSTEMS = 200


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """A client and its certificates by their hash."""

    client: MockClient
    certificates: Mapping[str, ClientCertificate]

    @property
    def mnemonic(self) -> str:
        return self.client.mnemonic

    def allows_return(self, unverified_address: str) -> bool:
        """Whether the address is registered, lies below a registered one that ends with a slash, or on a registered domain."""
        if "#" in unverified_address or "\\" in unverified_address or not unverified_address.isprintable():
            return False
        return any(_allows(known, unverified_address) for known in self.client.redirect_uris)


def _allows(known: str, unverified_address: str) -> bool:
    if "://" in known:
        return unverified_address == known or (known.endswith("/") and unverified_address.startswith(known))
    try:
        parts = urlsplit(unverified_address)
        # A user name before the host is how one host is made to look like another.
        return parts.scheme in ("http", "https") and parts.hostname == known and "@" not in parts.netloc
    except ValueError:
        return False


class Registry:
    """All registered systems."""

    def __init__(self, clients: Mapping[str, RegisteredClient]):
        self._lock = threading.Lock()
        self._clients = dict(clients)

    def get(self, unverified_mnemonic: str) -> RegisteredClient:
        """The client of a mnemonic. Raises EsiaRefusal 007005 for one that is not registered."""
        client = self.find(unverified_mnemonic)
        if client is None:
            raise EsiaRefusal("007005", words="no system with this mnemonic is registered here")
        return client

    def find(self, unverified_mnemonic: str) -> RegisteredClient | None:
        with self._lock:
            return self._clients.get(unverified_mnemonic)

    def everybody(self) -> tuple[RegisteredClient, ...]:
        with self._lock:
            return tuple(self._clients.values())

    def put(self, client: MockClient) -> RegisteredClient:
        """Register or replace. Raises ValueError, in one sentence, for certificates that cannot be used or too many systems."""
        made = read_client(client)
        with self._lock:
            if client.mnemonic not in self._clients and len(self._clients) >= MOST_SYSTEMS:
                raise ValueError(f"{MOST_SYSTEMS} systems are registered already")
            self._clients[client.mnemonic] = made
        return made

    def remove(self, mnemonic: str) -> bool:
        """Forget a system. Whether it was there."""
        with self._lock:
            return self._clients.pop(mnemonic, None) is not None

    def owners_of(self, certificate_hash: str) -> tuple[str, ...]:
        """The mnemonics that have this certificate."""
        return tuple(client.mnemonic for client in self.everybody() if certificate_hash in client.certificates)


def read_client(client: MockClient) -> RegisteredClient:
    """Read its certificates. Raises ValueError for one that cannot be used."""
    found = [read_certificate(der, takes_rsa=client.takes_rsa) for der in client.certificates]
    return RegisteredClient(client, {certificate.hash: certificate for certificate in found})


def open_registry(settings: MockSettings) -> Registry:
    """Read every certificate. Raises ValueError for one that cannot be used."""
    return Registry({mnemonic: read_client(client) for mnemonic, client in settings.by_mnemonic().items()})
