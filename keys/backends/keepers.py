"""Who holds which private half: this program, or the hardware module that the settings name."""

from __future__ import annotations

import logging
import stat
from pathlib import Path
from typing import Any

from broker.foundation.jose import RemoteKey, SignerSilent
from keys.backends.port import PKCS11, REFERENCE, SOFTWARE, Backend, Ceremonies, FreshKey
from keys.backends.software import Software
from keys.master import read_secret_file
from keys.settings import KeySettings
from keys.signing.key import Family

_LOG = logging.getLogger(__name__)


class Keepers:
    """Chooses the back end: for a new key by the settings, for a kept one by what its row holds."""

    def __init__(self, makes_in: str, hardware: Backend | None = None, ceremonies: Ceremonies | None = None):
        self._makes_in = makes_in
        self._software = Software()
        self.hardware = hardware
        self.ceremonies = ceremonies

    def make(self, family: Family) -> tuple[FreshKey, str]:
        """A new key, and the word for where its private half is. A kind that the module does not offer stays in software.

        Raises:
            SignerSilent: the module does not answer.
        """
        keeper: Backend = self._software
        if self._makes_in == PKCS11 and self.hardware is not None and family in self.hardware.families():
            keeper = self.hardware
        return keeper.make(family), keeper.name

    def signer(self, private: bytes, public: Any) -> Any:
        """What `jose.sign` takes; asks no module yet. `private` is what `make` gave, opened again."""
        if not private.startswith(REFERENCE):
            return self._software.signer(private, public)
        if self.hardware is None:
            return RemoteKey(_nobody, public, lambda: False)
        return self.hardware.signer(private, public)

    def destroy(self, private: bytes) -> None:
        """Make a private half unusable where it lives; the row is the caller's to empty.

        Raises:
            SignerSilent: the module does not answer, so the key may still be in it.
        """
        if not private.startswith(REFERENCE):
            return
        if self.hardware is None:
            raise SignerSilent(_NO_MODULE)
        self.hardware.destroy(private)


_NO_MODULE = "keys.pkcs11_module is empty, and a key lives in a hardware module"


def _nobody(_signed: bytes, _algorithm: str) -> bytes:
    raise SignerSilent(_NO_MODULE)


def open_keepers(settings: KeySettings) -> Keepers:
    """The back ends of these settings. With `backend = "pkcs11"` the module must be there.

    Raises:
        ValueError: it is not; one sentence that names the setting.
    """
    if not settings.pkcs11_module:
        return Keepers(SOFTWARE)
    # The driver loads foreign code into the process, so only who uses a module loads it; excepted by name in the test of imports.
    from keys.backends.hardware import open_hardware

    hardware = open_hardware(settings, _pin(settings))
    keepers = Keepers(settings.backend, hardware, hardware)
    if settings.backend == PKCS11:
        _require_answer(hardware)
    return keepers


def _pin(settings: KeySettings) -> str:
    """Guarded as the master key is."""
    if settings.pkcs11_pin:
        return settings.pkcs11_pin
    if settings.pkcs11_pin_credential:
        text = read_secret_file(Path(settings.pkcs11_pin_credential), "keys.pkcs11_pin_credential", stat.S_IWGRP | stat.S_IWOTH)
    else:
        text = read_secret_file(Path(settings.pkcs11_pin_file), "keys.pkcs11_pin_file", stat.S_IRWXG | stat.S_IRWXO)
    return text.strip()


def _require_answer(hardware: Backend) -> None:
    try:
        missing = frozenset(Family) - hardware.families()
    except SignerSilent as silent:
        raise ValueError(silent.reason) from silent
    if missing:
        words = sorted(family.value for family in missing)
        _LOG.warning("the hardware module makes no keys of these kinds, so they stay in software", extra={"families": words})
