"""What every keeper of private halves can do. The row of a key holds, sealed, what `make` gave: a private half or its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from keys.signing.key import Family

SOFTWARE: Final = "software"
PKCS11: Final = "pkcs11"
# What a row keeps of a key in a token begins so, PKCS #8 in DER never does; the id within the token follows.
REFERENCE: Final = b"pkcs11:"


@dataclass(frozen=True, slots=True)
class FreshKey:
    """A key that was just made: `jwk` its public half with `kid` and `use`, `private` what the row keeps under the master key:
    PKCS #8 in DER (RFC 5958) where the private half is ours to keep, else the name that its keeper knows it by."""

    kid: str
    jwk: Mapping[str, str]
    private: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A private key in the token. `is_guarded`: it was made inside, cannot be read out and may sign."""

    id: bytes
    label: str
    family: Family | None
    is_guarded: bool


class NotAdopted(Exception):
    """The key in the token is not one that may sign for us. `reason` is static text for the officer."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def id_of(private: bytes) -> bytes:
    """The id within the token that a row holds."""
    return private.removeprefix(REFERENCE)


class Backend(Protocol):
    """Makes keys, signs with them and destroys them. The life of a key is not its business."""

    @property
    def name(self) -> str:
        """The word for where its private halves live: `software` or `pkcs11`."""
        ...

    def families(self) -> frozenset[Family]:
        """What it can make keys of.

        Raises:
            SignerSilent: it does not answer.
        """
        ...

    def make(self, family: Family) -> FreshKey:
        """A new key of a family it can make.

        Raises:
            SignerSilent: it does not answer.
        """
        ...

    def signer(self, private: bytes, public: Any) -> Any:
        """What `jose.sign` takes; asks nobody yet. `private` is what `make` gave, `public` the key object of the public half."""
        ...

    def destroy(self, private: bytes) -> None:
        """Make the private half unusable for ever, wherever it lives; a key that is gone already is no error.

        Raises:
            SignerSilent: it does not answer, so the key may still be there.
        """
        ...


class Ceremonies(Protocol):
    """What people do in a hardware module by other means than ours, and we are told of."""

    def held(self) -> tuple[HeldKey, ...]:
        """The private keys in it, ours and others'.

        Raises:
            SignerSilent.
        """
        ...

    def adopt(self, label: str) -> tuple[Family, FreshKey]:
        """A key that was made in it by other means, such as a ceremony with the maker's tools.

        Raises:
            NotAdopted: no such key, or one that could be read out, or of a kind we do not sign with.
            SignerSilent.
        """
        ...
