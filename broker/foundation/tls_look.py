"""Looking at the TLS of a host: version, name, chain and last day. Nothing is sent over it."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# OpenSSL's numbers (X509_V_ERR_…): not valid yet, expired; another host name, another address.
_TIMES = frozenset({9, 10})
_NAMES = frozenset({62, 64})


@dataclass(frozen=True, slots=True)
class TlsSeen:
    """`problem` is "" or one of: silent, name, ended, chain, version. `version` is such as TLSv1.3, `ends_at` that of the host's
    certificate."""

    problem: str
    version: str = ""
    ends_at: datetime | None = None


def look_at_tls(host: str, port: int, ca_file: str, within: timedelta) -> TlsSeen:
    """Shake hands as our own requests do: with the authorities of a file, the name checked, TLS 1.2 at least."""
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        with (
            socket.create_connection((host, port), within.total_seconds()) as plain,
            context.wrap_socket(plain, server_hostname=host) as wrapped,
        ):
            shown = wrapped.getpeercert() or {}
            ends = ssl.cert_time_to_seconds(str(shown["notAfter"]))
            return TlsSeen("", wrapped.version() or "", datetime.fromtimestamp(ends, UTC))
    except ssl.SSLCertVerificationError as error:
        return TlsSeen("ended" if error.verify_code in _TIMES else "name" if error.verify_code in _NAMES else "chain")
    except ssl.SSLError as error:
        return TlsSeen("version" if "VERSION" in (error.reason or "") or "PROTOCOL" in (error.reason or "") else "silent")
    except OSError:
        return TlsSeen("silent")
