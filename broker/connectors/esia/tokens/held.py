"""The certificates of ESIA that this process holds, read again when their files change: ESIA changes its keys every year."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Lock

from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.certificates import CertificateInfo
from broker.connectors.esia.tokens.certificate import EsiaCertificate
from broker.connectors.esia.tokens.certificate_files import certificates_at, files_of

_LOG = logging.getLogger(__name__)
_State = tuple[tuple[str, int, int], ...]


class HeldCertificates:
    """What the settings name, as it lies there now."""

    def __init__(self, settings: EsiaSettings, now: Callable[[], datetime]):
        """Read everything once.

        Raises:
            ValueError: a file cannot be read, or there is no certificate for an algorithm; one sentence names the setting.
        """
        self._settings = settings
        self._now = now
        self._lock = Lock()
        self._looked_at = now()
        # Looked at before reading: what changes meanwhile is read at the next look.
        self._state = _state_of(settings)
        self._held = read_held(settings)

    def current(self) -> tuple[EsiaCertificate, ...]:
        """All of them, past ones too. The files are looked at every `esia.esia_certificates_reread`.

        Where they cannot be read any more, those of before go on to count: a half-copied file must not keep everybody out.
        """
        with self._lock:
            # A clock that was set back must not stop the looking.
            if abs(self._now() - self._looked_at) >= self._settings.esia_certificates_reread:
                self._looked_at = self._now()
                self._look()
            return self._held

    def _look(self) -> None:
        state = _state_of(self._settings)
        if state == self._state:
            return
        try:
            self._held = read_held(self._settings)
        except ValueError as error:
            _LOG.error("certificates of ESIA could not be read again, those of before count", extra={"detail": str(error)})
            return
        self._state = state
        _LOG.info("certificates of ESIA were read again", extra={"count": len(self._held)})


def read_held(settings: EsiaSettings) -> tuple[EsiaCertificate, ...]:
    """Every certificate that the settings name, each once.

    Raises:
        ValueError: one cannot be read, or an algorithm has none; the sentence names the setting.
    """
    by_thumbprint: dict[str, EsiaCertificate] = {}
    for place in settings.esia_certificate_files:
        for one in certificates_at(Path(place), settings.esia_archive_word):
            by_thumbprint.setdefault(one.thumbprint, one)
    held = tuple(by_thumbprint.values())
    for algorithm in settings.algorithms:
        if all(one.algorithm != algorithm for one in held):
            raise ValueError(f"esia.esia_certificate_files names no certificate for {algorithm}, which is in esia.algorithms")
    return held


def certificates_of_esia(settings: EsiaSettings) -> tuple[CertificateInfo, ...]:
    """What ESIA's certificates are called and when they end: those for the algorithms we accept.

    Raises:
        ValueError: one cannot be read.
    """
    return tuple(
        CertificateInfo(one.name, one.thumbprint, one.since, one.ends_at)
        for one in read_held(settings)
        if one.algorithm in settings.algorithms
    )


def ends_that_matter(settings: EsiaSettings) -> tuple[CertificateInfo, ...]:
    """For each algorithm the certificate that goes on longest: as long as another takes over, nobody need act.

    Raises:
        ValueError: one cannot be read.
    """
    held = sorted(read_held(settings), key=lambda one: one.ends_at)
    last = {one.algorithm: one for one in held if one.algorithm in settings.algorithms}
    return tuple(CertificateInfo(one.name, one.thumbprint, one.since, one.ends_at) for one in last.values())


def _state_of(settings: EsiaSettings) -> _State:
    """What changes when a file does; nothing of what cannot be looked at, so that it is read and refused with a sentence."""
    try:
        files = [file for place in settings.esia_certificate_files for file in files_of(Path(place))]
        seen = [(str(file), file.stat()) for file in files]
    except OSError:
        return ()
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in seen)
