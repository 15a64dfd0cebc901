"""Our certificates at ESIA: the present one, the next one, and the day on which the one follows the other.

Both are registered at ESIA before that day, so it makes no difference which of them a request is signed with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path

from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.choose import Asked, open_signer
from broker.connectors.esia.signing.gost_certificate import der_of, validity_of
from broker.connectors.esia.signing.own_signer import certificate_hash
from broker.connectors.esia.signing.settings import DEFAULTS, SignerSettings
from broker.connectors.esia.signing.signer import Signer
from broker.foundation.outside import Outside

# ESIA's own clock: the day changes there when it does in Moscow.
_ESIA_ZONE = timezone(timedelta(hours=3))


@dataclass(frozen=True, slots=True)
class CertificateInfo:
    """A certificate by its name: present, next, or the file of one of ESIA's own. `fingerprint` is Streebog-256 of the DER, in
    the form in which ESIA shows it.

    It is valid from `since` to `ends_at`; ours are used from `used_from` until `used_until`, as far as that is set.
    """

    name: str
    fingerprint: str
    since: datetime
    ends_at: datetime
    used_from: datetime | None = None
    used_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OwnSigners:
    """Which of our two keys signs now."""

    present: Signer
    following: Signer | None
    switch_at: datetime | None
    now: Callable[[], datetime]

    def chosen(self) -> Signer:
        """The one for a whole request: its signature and the hash of its certificate belong together."""
        if self.following is None or self.switch_at is None or self.now() < self.switch_at:
            return self.present
        return self.following


def switch_at(settings: EsiaSettings) -> datetime | None:
    """The instant at which the next certificate takes over, or None."""
    day = settings.next_certificate_day
    return None if day is None else datetime.combine(day, time.min, _ESIA_ZONE).astimezone(UTC)


def open_signers(settings: EsiaSettings, outside: Outside, signing: SignerSettings = DEFAULTS) -> OwnSigners:
    """The signers that the settings name.

    Raises:
        ValueError: a file cannot be read or does not fit, or the certificates leave a gap; one sentence names the setting.
    """
    asked = Asked(settings.signer, settings.certificate_file, settings.private_key_file)
    present = open_signer(asked, signing, outside)
    at = switch_at(settings)
    if at is None:
        return OwnSigners(present, None, None, outside.now)
    asked = Asked(settings.signer, settings.next_certificate_file, settings.next_private_key_file)
    following = open_signer(asked, signing, outside)
    ours = own_certificates(settings)
    if not ours[1].since <= at <= ours[1].ends_at:
        raise ValueError("esia.next_certificate_from must lie within the life of the certificate in esia.next_certificate_file")
    if ours[0].ends_at < at:
        raise ValueError("esia.next_certificate_from must not be after the end of the certificate in esia.certificate_file")
    return OwnSigners(present, following, at, outside.now)


def own_certificates(settings: EsiaSettings) -> tuple[CertificateInfo, ...]:
    """The present one, and the next one if the settings name it.

    Raises:
        ValueError: a file cannot be read.
    """
    at = switch_at(settings)
    present = _own("present", settings.certificate_file, None, at)
    return (present,) if at is None else (present, _own("next", settings.next_certificate_file, at, None))


def _own(name: str, file: str, used_from: datetime | None, used_until: datetime | None) -> CertificateInfo:
    try:
        der = der_of(Path(file).read_bytes(), "esia.certificate_file")
    except OSError as error:
        raise ValueError("esia.certificate_file names a file that cannot be read") from error
    since, ends_at = validity_of(der)
    return CertificateInfo(name, certificate_hash(der), since, ends_at, used_from, used_until)
