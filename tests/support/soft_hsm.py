"""A hardware module in software (SoftHSM 2), a token for every test that asks: the real PKCS #11, invented PINs."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from keys.settings import KeySettings
from tests.support.servers import lacking

PIN = "4711-pin-of-a-test"
_LIBRARIES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm.so", "/usr/local/lib/softhsm/libsofthsm2.so")


@dataclass(frozen=True)
class SoftToken:
    """One token of the module."""

    module: str
    label: str
    folder: Path

    def settings(self, **more: Any) -> dict[str, Any]:
        """The fields of KeySettings that make new keys live here."""
        return {
            "backend": "pkcs11",
            "pkcs11_module": self.module,
            "pkcs11_token_label": self.label,
            "pkcs11_pin": PIN,
        } | more

    def key_settings(self, **more: Any) -> KeySettings:
        """The same as the dataclass."""
        return KeySettings(**self.settings(master_key="A" * 43, pkcs11_wait=timedelta(seconds=30)) | more)

    def go_away(self) -> None:
        """As if somebody had pulled the module out."""
        self.folder.rename(self.folder.with_suffix(".away"))

    def come_back(self) -> None:
        """Put it in again."""
        self.folder.with_suffix(".away").rename(self.folder)


class SoftModule:
    """The module of one folder. The library reads its configuration when it begins, so a process may have one of these."""

    def __init__(self, folder: Path):
        found = [path for path in _LIBRARIES if Path(path).exists()]
        if not found or shutil.which("softhsm2-util") is None:
            lacking("softhsm2")
        self._module = found[0]
        self._tokens = folder / "tokens"
        self._tokens.mkdir()
        configuration = folder / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {self._tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
        os.environ["SOFTHSM2_CONF"] = str(configuration)

    def new_token(self) -> SoftToken:
        """An empty token."""
        label = f"test-{uuid.uuid4().hex[:12]}"
        made = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "officer-of-a-test"]
        subprocess.run(made, check=True, capture_output=True, timeout=60)
        return SoftToken(self._module, label, self._tokens)
