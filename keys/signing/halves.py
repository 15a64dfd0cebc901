"""The private halves of signing keys: made by a back end, kept sealed in the row of their key, destroyed for good."""

from __future__ import annotations

from typing import Any

from broker.foundation.jose import RemoteKey
from keys.backends.keepers import Keepers
from keys.backends.port import FreshKey
from keys.box import BoxBroken
from keys.master import MasterKey
from keys.secrets.secret_keys import VaultLocked
from keys.signing.key import Family, KeyInfo, KeyUse
from keys.store import KeptKey


def bound_to_key(kid: str, use: KeyUse = KeyUse.TOKENS) -> str:
    """What the private half of a key is bound to under the master key; its use too, so that no row can be given another."""
    return f"signing-key:{kid}" if use is KeyUse.TOKENS else f"signing-key:{use.value}:{kid}"


class PrivateHalves:
    """What a row keeps is either the half itself or the name by which a hardware module knows it; nobody else looks inside."""

    def __init__(self, master: MasterKey, keepers: Keepers):
        self._master = master
        self.keepers = keepers

    def make(self, family: Family) -> tuple[FreshKey, str]:
        """A new key, and the word for where its private half lives.

        Raises:
            SignerSilent: the hardware module does not answer.
        """
        return self.keepers.make(family)

    def seal(self, half: bytes, key: KeyInfo) -> bytes:
        """For the row of this key alone."""
        return self._master.wrap(half, bound_to_key(key.kid, key.use))

    def open(self, key: KeptKey) -> bytes:
        """What `seal` was given.

        Raises:
            VaultLocked: another master key, another row, or a changed one.
        """
        try:
            return self._master.unwrap(key.private_sealed, bound_to_key(key.info.kid, key.info.use))
        except BoxBroken:
            raise VaultLocked("the master key does not open the keys of this database") from None

    def signer(self, key: KeptKey, public: Any) -> Any:
        """What `jose.sign` takes for this key; asks no hardware module yet.

        Raises:
            VaultLocked: as `open`.
        """
        return self.keepers.signer(self.open(key), public)

    def is_usable(self, key: KeptKey, public: Any) -> bool:
        """Whether a signature could be made with it now; asks the hardware module it lives in.

        Raises:
            VaultLocked: as `open`.
        """
        signer = self.signer(key, public)
        return signer.answers() if isinstance(signer, RemoteKey) else True

    def destroy(self, key: KeptKey) -> None:
        """Make the half unusable where it lives; what the row holds is the caller's to overwrite.

        Raises:
            SignerSilent: the hardware module does not answer, so the half may still be in it.
            VaultLocked: as `open`.
        """
        self.keepers.destroy(self.open(key))
