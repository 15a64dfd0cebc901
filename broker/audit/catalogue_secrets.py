"""What happens to secret keys, and to what lies under them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class SecretKeyMade:
    """A secret key was made. `purpose` and `state` are words of keys/secrets/purposes.py."""

    name: ClassVar[str] = "secret_key.made"
    key_id: str
    purpose: str
    state: str


@dataclass(frozen=True, slots=True)
class SecretKeyMoved:
    """A secret key came into another state."""

    name: ClassVar[str] = "secret_key.moved"
    key_id: str
    purpose: str
    state: str


@dataclass(frozen=True, slots=True)
class SecretKeyDestroyed:
    """An old secret key was deleted: nothing that it made is believed or can be opened any more."""

    name: ClassVar[str] = "secret_key.destroyed"
    key_id: str
    purpose: str


@dataclass(frozen=True, slots=True)
class TablesRewritten:
    """Everything that lay under a secret key was gone through. `kind`: seal (records under the present key) or index
    (fingerprints under the next one); `broken` records do not open."""

    name: ClassVar[str] = "secret_job.ended"
    job_id: str
    kind: str
    seen: int
    changed: int
    broken: int


@dataclass(frozen=True, slots=True)
class MasterKeyChanged:
    """Every key of the database was brought under another master key."""

    name: ClassVar[str] = "master_key.changed"
    rows: int
