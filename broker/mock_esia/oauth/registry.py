"""The clients of a stand, with their certificates read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from broker.mock_esia.gost import RegisteredCertificate, registered
from broker.mock_esia.oauth.refusals import EsiaRefusal
from broker.mock_esia.settings import MockClient, MockSettings


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """A client and its certificates by their hash."""

    client: MockClient
    certificates: Mapping[str, RegisteredCertificate]

    @property
    def mnemonic(self) -> str:
        return self.client.mnemonic

    def allows_return(self, unverified_address: str) -> bool:
        """Whether the address is registered, or lies below a registered one that ends with a slash."""
        if "#" in unverified_address or "\\" in unverified_address or not unverified_address.isprintable():
            return False
        return any(
            unverified_address == known or (known.endswith("/") and unverified_address.startswith(known))
            for known in self.client.redirect_uris
        )


@dataclass(frozen=True, slots=True)
class Registry:
    """All registered clients."""

    clients: Mapping[str, RegisteredClient]

    def get(self, unverified_mnemonic: str) -> RegisteredClient:
        """The client of a mnemonic. Raises EsiaRefusal 007005 for one that is not registered."""
        client = self.clients.get(unverified_mnemonic)
        if client is None:
            raise EsiaRefusal("007005")
        return client


def open_registry(settings: MockSettings) -> Registry:
    """Read every certificate. Raises ValueError for one that cannot be used."""
    return Registry({
        mnemonic: RegisteredClient(client, {cert.hash: cert for cert in map(registered, client.certificates)})
        for mnemonic, client in settings.by_mnemonic().items()
    })
