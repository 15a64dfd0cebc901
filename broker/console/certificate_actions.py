"""What staff may know about the certificates between us and ESIA: which is used when, and when each ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.certificates import CertificateInfo, own_certificates
from broker.connectors.esia.tokens.held import certificates_of_esia
from broker.console.refused import Refused


def certificates(settings: EsiaSettings, now: datetime) -> Mapping[str, Any]:
    """Ours and ESIA's own. Raises Refused where a file cannot be read."""
    try:
        settings.require_complete()
        ours, theirs = own_certificates(settings), certificates_of_esia(settings)
    except ValueError as broken:
        raise Refused(f"{str(broken)[:1].upper()}{str(broken)[1:]}.") from None
    return {"ours": [_shown(one, now) for one in ours], "esia": [_shown(one, now) for one in theirs]}


def _shown(one: CertificateInfo, now: datetime) -> dict[str, Any]:
    begun = one.used_from is None or one.used_from <= now
    return {
        "name": one.name,
        "fingerprint": one.fingerprint,
        "is_used": begun and (one.used_until is None or now < one.used_until),
        "is_valid": one.since <= now <= one.ends_at,
        "since": one.since.isoformat(),
        "ends_at": one.ends_at.isoformat(),
        "used_from": one.used_from.isoformat() if one.used_from else None,
        "used_until": one.used_until.isoformat() if one.used_until else None,
    }
