"""The life of signing keys; part of the catalogue, under its rules. `use` is tokens or audit, `family` a kind of key material."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class KeyAnnounced:
    """A signing key was made and published; it signs nothing yet. `place` is where its private half lives."""

    name: ClassVar[str] = "key.announced"
    kid: str
    family: str
    use: str
    place: str


@dataclass(frozen=True, slots=True)
class KeyPromoted:
    """An announced key signs from now on. `before` is the signer until now, `seen` and `unseen` the active services that had
    fetched the new key by then and those that had not. With `overridden` somebody went on without them, for `why`."""

    name: ClassVar[str] = "key.promoted"
    kid: str
    before: str
    seen: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    overridden: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class KeyRetired:
    """A key is published and believed no longer: its last token has expired, or it never signed."""

    name: ClassVar[str] = "key.retired"
    kid: str


@dataclass(frozen=True, slots=True)
class KeyDestroyed:
    """The private half of a retired key is gone."""

    name: ClassVar[str] = "key.destroyed"
    kid: str


@dataclass(frozen=True, slots=True)
class KeyRevoked:
    """A stolen key is disbelieved at once. `replaced_by` signs from the same instant; empty when the stolen key did not sign."""

    name: ClassVar[str] = "key.revoked"
    kid: str
    replaced_by: str


@dataclass(frozen=True, slots=True)
class KeyReported:
    """A rotation is over and its report was signed. `kid` is the key that came, `digest` the SHA-256 of the report."""

    name: ClassVar[str] = "key.reported"
    kid: str
    digest: str
