"""What a stand is told at its start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from broker.mock_esia.oauth.scopes import SCOPE_LABELS
from broker.mock_esia.tokens.key import GOST, RS256

PEOPLE_FILE = Path(__file__).with_name("people.toml")
_ENVIRONMENTS = ("development", "test")


@dataclass(frozen=True, slots=True)
class MockClient:
    """One registered information system.

    `certificates` are DER. `redirect_uris` also serve sign-out returns; an entry that ends with "/" allows every address
    below it, because ESIA registers a system's address and leaves the path free. `scopes` are those granted to the system.
    """

    mnemonic: str
    certificates: tuple[bytes, ...]
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str] = frozenset(SCOPE_LABELS)
    alg: str = RS256
    is_legacy: bool = False

    def __post_init__(self) -> None:
        if self.alg not in (RS256, GOST):
            raise ValueError(f"mock ESIA signs tokens with {RS256} or {GOST}, not {self.alg}")
        if not self.certificates:
            raise ValueError(f"mock ESIA client {self.mnemonic} has no certificate")
        for address in self.redirect_uris:
            parts = urlsplit(address)
            # "https://rp.example" without a path would also allow https://rp.example.evil if it were a prefix.
            if parts.scheme not in ("http", "https") or not parts.hostname or not parts.path:
                raise ValueError(f"mock ESIA client {self.mnemonic}: redirect URI needs http(s), a host and a path")


@dataclass(frozen=True, slots=True)
class MockSettings:
    """One stand. `base_url` has no slash at the end; `issuer` defaults to the http form of it with a slash (ESIA's oddity)."""

    base_url: str
    environment: str
    clients: tuple[MockClient, ...]
    var_dir: Path
    timestamp_window: timedelta = timedelta(minutes=5)
    people_file: Path = PEOPLE_FILE
    issuer: str | None = None

    def __post_init__(self) -> None:
        if self.environment not in _ENVIRONMENTS:
            raise ValueError(f"mock ESIA starts only where the environment is development or test, not {self.environment!r}")
        if self.base_url.endswith("/"):
            raise ValueError("mock ESIA base_url must not end with a slash")

    @property
    def token_issuer(self) -> str:
        """The `iss` of every token: http and a trailing slash even when the host is served over https."""
        if self.issuer is not None:
            return self.issuer
        parts = urlsplit(self.base_url)
        return f"http://{parts.netloc}/"

    def by_mnemonic(self) -> Mapping[str, MockClient]:
        """The clients by their mnemonic; refuses a mnemonic used twice."""
        found = {client.mnemonic: client for client in self.clients}
        if len(found) != len(self.clients):
            raise ValueError("mock ESIA has two clients with one mnemonic")
        return found
