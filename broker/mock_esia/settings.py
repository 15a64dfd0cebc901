"""What a stand is told at its start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from broker.mock_esia.oauth.scopes import SCOPE_LABELS
from broker.mock_esia.tokens.key import GOST, RS256

PEOPLE_FILE = Path(__file__).with_name("people.toml")
MOST_CERTIFICATES = 20
MOST_ADDRESSES = 50
_ENVIRONMENTS = ("development", "test")
_MNEMONIC = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Strictness:
    """Where ESIA is lenient, unclear, or was seen to behave in two ways; the defaults are the behaviour seen most.

    `unpadded_only` refuses `=` and the standard alphabet in `client_secret`; `any_state` admits a state that is no UUID;
    `checks_after_login` tells a wrong v1 signature only after the person has signed in; `timestamp_window` is this client's own.
    """

    unpadded_only: bool = False
    any_state: bool = False
    checks_after_login: bool = False
    timestamp_window: timedelta | None = None


@dataclass(frozen=True, slots=True)
class MockClient:
    """One registered information system.

    `certificates` are DER. `redirect_uris` also serve sign-out returns; an entry that ends with "/" allows every address
    below it, and one without a scheme is a domain, because ESIA registers a system's address and leaves the path free.
    `scopes` and `org_scopes` are those granted to the system. `has_v1` opens the older endpoints, `takes_rsa` the RSA
    signatures of the years before 2020. `second_factor_scopes` admit nobody without a second factor. `is_legacy` gives tokens
    as before 2021. A system that is not `is_active` is refused.
    """

    mnemonic: str
    certificates: tuple[bytes, ...]
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str] = frozenset(SCOPE_LABELS)
    alg: str = RS256
    is_legacy: bool = False
    org_scopes: frozenset[str] = frozenset()
    has_v1: bool = True
    takes_rsa: bool = False
    is_active: bool = True
    strictness: Strictness = Strictness()
    second_factor_scopes: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not _MNEMONIC.fullmatch(self.mnemonic):
            raise ValueError("mock ESIA: a mnemonic is 1 to 100 letters, digits, dots, dashes or underscores")
        if self.alg not in (RS256, GOST):
            raise ValueError(f"mock ESIA signs tokens with {RS256} or {GOST}, not {self.alg}")
        if not 0 < len(self.certificates) <= MOST_CERTIFICATES:
            raise ValueError(f"mock ESIA client {self.mnemonic} has no certificate, or more than {MOST_CERTIFICATES}")
        if not 0 < len(self.redirect_uris) <= MOST_ADDRESSES:
            raise ValueError(f"mock ESIA client {self.mnemonic} has no return address, or more than {MOST_ADDRESSES}")
        for address in self.redirect_uris:
            _require_address(self.mnemonic, address)


def _require_address(mnemonic: str, address: str) -> None:
    if _DOMAIN.fullmatch(address):
        return
    parts = urlsplit(address)
    # "https://rp.example" without a path would also allow https://rp.example.evil if it were a prefix.
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.path:
        raise ValueError(f"mock ESIA client {mnemonic}: redirect URI needs http(s), a host and a path, or is a domain alone")


@dataclass(frozen=True, slots=True)
class MockSettings:
    """One stand. `base_url` has no slash at the end; `issuer` defaults to the http form of it with a slash (ESIA's oddity).

    `writes_usual_port` is another oddity: `:443` in the addresses of REST elements, where `base_url` names no port.
    """

    base_url: str
    environment: str
    clients: tuple[MockClient, ...]
    var_dir: Path
    timestamp_window: timedelta = timedelta(minutes=5)
    people_file: Path = PEOPLE_FILE
    issuer: str | None = None
    writes_usual_port: bool = True

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
