"""What the doctor works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.signer import Signer
from broker.connectors.port import Connector
from broker.foundation.outside import Outside
from broker.foundation.tls_look import TlsSeen


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruments:
    """`return_url` is ours, as registered at ESIA. `open_signer` and `open_client` make what the settings name, and raise
    ValueError with one sentence where they cannot. `look_at_tls` takes a host and a port."""

    settings: EsiaSettings
    outside: Outside
    return_url: str
    open_signer: Callable[[EsiaSettings], Signer]
    open_client: Callable[[EsiaSettings], Connector]
    look_at_tls: Callable[[str, int], TlsSeen]
