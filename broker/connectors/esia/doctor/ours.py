"""What is ours: the settings, our certificates, and whether what signs makes signatures that fit them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from broker.connectors.esia.doctor.findings import Finding
from broker.connectors.esia.doctor.instruments import Instruments
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.certificates import own_certificates, switch_at
from broker.connectors.esia.signing.cms import verify_cms
from broker.connectors.esia.signing.gost_certificate import read_certificate
from broker.connectors.esia.signing.signer import SigningFailed
from broker.connectors.esia.signing.verify import gost_public_key_of, verify_raw

PRESENT, NEXT = "present", "next"
SOON = timedelta(days=30)
_DEMO_SIGNER = "pure_python"
_TRIED = b"broker esia doctor "


def settings_for(settings: EsiaSettings, which: str) -> EsiaSettings:
    """The same settings with one pair only: the present one, or the next one in its place."""
    alone = replace(settings, next_certificate_file="", next_private_key_file="", next_certificate_from="")
    if which == PRESENT:
        return alone
    return replace(alone, certificate_file=settings.next_certificate_file, private_key_file=settings.next_private_key_file)


def look_at_settings(settings: EsiaSettings) -> Iterator[Finding]:
    """Whether they are there and make sense together; what a wrong one alone says stops every start already."""
    try:
        settings.require_complete()
    except ValueError as missing:
        yield Finding("settings", "settings_missing", {"sentence": str(missing)})
        return
    is_mock = _is_here(settings.base_url)
    if is_mock:
        yield Finding("settings", "settings_mock")
    elif not settings.base_url.startswith("https://"):
        yield Finding("settings", "settings_no_tls")
    if urlsplit(settings.issuer).hostname != urlsplit(settings.base_url).hostname:
        yield Finding("settings", "settings_issuer")
    if settings.signer == _DEMO_SIGNER:
        yield Finding("settings", "settings_demo_signer")
    if settings.esia_certificate_grace:
        yield Finding("settings", "settings_grace", {"grace": str(settings.esia_certificate_grace)})
    yield Finding("settings", "settings_fine", {"client_id": settings.client_id, "count": str(len(settings.scopes))})


def look_at_certificate(settings: EsiaSettings, which: str, now: datetime) -> Finding:
    """The dates and the hash of one certificate of ours."""
    try:
        read_certificate(Path(settings_for(settings, which).certificate_file))
        (found,) = own_certificates(settings_for(settings, which))
    except ValueError as broken:
        return Finding("certificate", "certificate_unreadable", {"sentence": str(broken)})
    facts = {"which": which, "hash": found.fingerprint, "day": f"{found.ends_at:%Y-%m-%d}"}
    begins_at = switch_at(settings) if which == NEXT else None
    if found.ends_at <= now:
        return Finding("certificate", "certificate_ended", facts)
    if found.since > max(now, begins_at or now):
        return Finding("certificate", "certificate_not_begun", facts | {"day": f"{found.since:%Y-%m-%d}"})
    if found.ends_at - now <= SOON:
        return Finding("certificate", "certificate_ends_soon", facts | {"days": str((found.ends_at - now).days)})
    return Finding("certificate", "certificate_fine", facts)


def look_at_signer(tools: Instruments, which: str) -> Finding:
    """A signature over something fresh, checked against the certificate by other code than that which made it."""
    settings = settings_for(tools.settings, which)
    data = _TRIED + tools.outside.random(32)
    try:
        signer = tools.open_signer(settings)
        key = gost_public_key_of(read_certificate(Path(settings.certificate_file)))
        # The form is that which the generation asks for.
        is_right = (
            verify_cms(key, data, signer.sign_cms(data))
            if settings.generation == "v1"
            else verify_raw(key, data, signer.sign_raw(data))
        )
    except (ValueError, SigningFailed) as broken:
        return Finding("signer", "signer_unusable", {"sentence": str(broken).rstrip(".")})
    return Finding("signer", "signer_fine" if is_right else "signer_wrong", {"which": which})


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
