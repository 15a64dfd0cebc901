"""The only importer of the PKCS #11 driver: loads a module, logs in, opens sessions (PKCS #11 3.1, 5.4-5.6)."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pkcs11
from pkcs11.exceptions import PinIncorrect, PinInvalid, PinLenRange, PinLocked, PKCS11Error, UserAlreadyLoggedIn

from broker.foundation.jose import SignerSilent
from keys.backends.pool import PinRefused
from keys.backends.token_session import TokenSession
from keys.settings import KeySettings

_OS_LOCKING_OK = 0x2
_OK, _CANT_LOCK = 0x0, 0xA
_WRONG_PIN = (PinIncorrect, PinInvalid, PinLenRange, PinLocked)


class _InitializeArguments(ctypes.Structure):
    """CK_C_INITIALIZE_ARGS."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("create", "destroy", "lock", "unlock")),
        ("flags", ctypes.c_ulong),
        ("reserved", ctypes.c_void_p),
    ]


@dataclass(slots=True)
class _Library:
    """A library as this process has it. `round` counts its beginnings, each of which ended all sessions before."""

    driver: Any
    native: Any
    round: int = 0
    process: int = 0
    has_locks: bool = True


# A PKCS #11 library is one to a process whoever uses it (5.4), so what is known of it is kept where it is: in the process.
_LIBRARIES: dict[str, _Library] = {}


class _Stale(SignerSilent):
    """Perhaps a library that begins anew would find it."""


class Module:
    """One token of one PKCS #11 library; `connect` is what a Pool calls."""

    def __init__(self, settings: KeySettings, pin: str):
        self._settings = settings
        self._pin = pin
        self._round: int | None = None

    def connect(self) -> list[TokenSession]:
        """As many sessions as the settings say; the first has logged in for all of them.

        Raises:
            SignerSilent: one sentence that names the setting; PinRefused when it is the PIN.
        """
        library = _library(self._settings.pkcs11_module)
        is_running = library.round != self._round and library.process == os.getpid()
        if is_running:
            with suppress(_Stale):
                return self._sessions(library)
        # What was open has ended; and a library that began before knows only the tokens that were there then.
        _begin(library)
        return self._sessions(library)

    def _sessions(self, library: _Library) -> list[TokenSession]:
        self._round = library.round
        try:
            token = library.driver.get_token(token_label=self._settings.pkcs11_token_label)
            mechanisms = frozenset(int(mechanism) for mechanism in token.slot.get_mechanisms())
        except PKCS11Error as error:
            raise _Stale("keys.pkcs11_token_label names a token that the module does not have") from error
        # A library without locks of its own may be called by one thread at a time.
        count = self._settings.pkcs11_sessions if library.has_locks else 1
        try:
            drivers = [self._logged_in(token), *(token.open() for _ in range(count - 1))]
        except PKCS11Error as error:
            raise _Stale("the token of keys.pkcs11_token_label opens no session") from error
        return [TokenSession(driver, mechanisms) for driver in drivers]

    def _logged_in(self, token: Any) -> Any:
        try:
            return token.open(user_pin=self._pin)
        except UserAlreadyLoggedIn:
            # The log-in is the whole process's.
            return token.open()
        except _WRONG_PIN as error:
            raise PinRefused("keys.pkcs11_pin_file holds a PIN that the token refuses") from error


def _library(path: str) -> _Library:
    try:
        if path not in _LIBRARIES:
            _LIBRARIES[path] = _Library(pkcs11.lib(path), ctypes.CDLL(path))
        return _LIBRARIES[path]
    except (PKCS11Error, OSError) as error:
        raise SignerSilent("keys.pkcs11_module names a library that cannot be loaded") from error


def _begin(library: _Library) -> None:
    """End whatever was open and begin anew, with locks for threads, which the driver does not ask for."""
    # What was inherited through a fork may not want to be ended (5.4).
    with suppress(PKCS11Error):
        library.driver.finalize()
    initialize = library.native.C_Initialize
    initialize.restype = ctypes.c_ulong
    library.native.C_Finalize(None)
    answer = initialize(ctypes.byref(_InitializeArguments(flags=_OS_LOCKING_OK)))
    library.has_locks = answer != _CANT_LOCK
    if not library.has_locks:
        answer = initialize(None)
    if answer != _OK:
        raise SignerSilent("the library of keys.pkcs11_module does not start")
    library.round, library.process = library.round + 1, os.getpid()
