"""Settings of client certificates (RFC 8705)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_network
from urllib.parse import urlsplit

HEADER_FORMATS = ("rfc9440", "pem_urlencoded")
SOURCES = ("none", "header", "server")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class MtlsSettings:
    """Owned by provider/caller; see `[mtls]` in config/defaults.toml."""

    certificate_from: str = "none"
    header: str = "Client-Cert"
    header_format: str = "rfc9440"
    proxies: tuple[str, ...] = ()
    verified_header: str = ""
    authorities_file: str = ""
    alias_base: str = ""

    def __post_init__(self) -> None:
        if self.certificate_from not in SOURCES:
            raise ValueError(f"mtls.certificate_from must be one of {', '.join(SOURCES)}")
        if self.header_format not in HEADER_FORMATS:
            raise ValueError(f"mtls.header_format must be one of {', '.join(HEADER_FORMATS)}")
        if not _HEADER.fullmatch(self.header) or (self.verified_header and not _HEADER.fullmatch(self.verified_header)):
            raise ValueError("mtls.header and mtls.verified_header must be names of headers")
        if self.certificate_from == "header" and not self.proxies:
            raise ValueError("mtls.proxies must name the proxies whose header is believed")
        for entry in self.proxies:
            try:
                ip_network(entry)
            except ValueError:
                raise ValueError("mtls.proxies must hold addresses or networks such as 10.0.0.0/24") from None
        host = urlsplit(self.alias_base).netloc
        if self.alias_base and (not host or self.alias_base != f"https://{host}"):
            raise ValueError("mtls.alias_base must begin with https:// and have no path and no slash at the end")

    @property
    def is_on(self) -> bool:
        """Whether certificates of clients reach us at all."""
        return self.certificate_from != "none"

    @property
    def knows_chains(self) -> bool:
        """Whether somebody verifies chains: the TLS server itself, the proxy that says so, or we by our own authorities."""
        return self.certificate_from == "server" or (self.is_on and bool(self.authorities_file or self.verified_header))
