"""A broker as the strict profile wants it: behind TLS, with a second address where certificates of clients are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.certificates import self_signed
from tests.support.client_certificates import Made, make
from tests.support.gunicorn import TodaysClock
from tests.support.ports import free_ports
from tests.support.serving import bound
from tests.support.tls_front import Credentials, tls_front
from tests.support.town import Town, town

SUBJECT = "CN=strict,O=Tests,C=RU"


@dataclass(frozen=True)
class StrictHouse:
    """`own` are certificate and key of everything here that ends TLS. `by_chain` is vouched for by an authority we believe,
    `by_itself` only by a registration. A service at `neighbour_port` may be told things by the broker."""

    town: Town
    own: tuple[Path, Path]
    neighbour_port: int
    by_chain: Made
    by_itself: Made

    @property
    def authorities(self) -> Path:
        """What a library has to believe."""
        return self.own[0]


@contextmanager
def strict_house(folder: Path, more: Mapping[str, str] | None = None) -> Iterator[StrictHouse]:
    """Build it in an empty folder, under today's clock, because the libraries have no other. `more` are BROKER_ variables."""
    clock = TodaysClock()
    began_at = clock.now() - timedelta(hours=1)
    authority = make(began_at, subject="CN=authority")
    by_chain, by_itself = make(began_at, authority, SUBJECT), make(began_at, subject="CN=alone")
    (folder / "authorities.pem").write_text(authority.pem)
    (folder / "shown.pem").write_text(authority.pem + by_itself.pem)
    own = self_signed(folder)
    plain, asking, neighbour_port = bound(), bound(), free_ports()
    issuer, alias = (f"https://127.0.0.1:{listener.getsockname()[1]}" for listener in (plain, asking))
    changes = {
        "BROKER_PROVIDER__ISSUER": issuer,
        "BROKER_MTLS__CERTIFICATE_FROM": "header",
        "BROKER_MTLS__PROXIES": "127.0.0.1",
        "BROKER_MTLS__AUTHORITIES_FILE": str(folder / "authorities.pem"),
        "BROKER_MTLS__ALIAS_BASE": alias,
        "BROKER_HTTP__CA_BUNDLE": str(own[0]),
        "BROKER_HTTP__FETCH_ALLOWED": f"127.0.0.1:{neighbour_port}",
        "BROKER_DELIVERIES__PAGE_WAITS": "0 s",
        **(more or {}),
    }
    with ExitStack() as stack:
        built = stack.enter_context(town(folder, clock, changes))
        stack.enter_context(tls_front(plain, built.address, Credentials(*own)))
        stack.enter_context(tls_front(asking, built.address, Credentials(*own, folder / "shown.pem")))
        yield StrictHouse(built, own, neighbour_port, by_chain, by_itself)


def key_pem(made: Made) -> str:
    """The private key of a certificate as a library reads it."""
    return made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
