"""Settings of the vault."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

_LONGEST_RELOAD = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeySettings:
    """Owned by keys; see `[keys]` in config/defaults.toml.

    The master key comes from `master_key` (base64url of 32 bytes), else from `master_key_credential` (a file that the
    platform mounts: a systemd credential, a Docker or Kubernetes secret), else from `master_key_file` (our own file, mode 600).
    """

    master_key_file: str = "var/master.key"
    master_key: str = field(default="", repr=False)
    master_key_credential: str = ""
    # Only development and tests may invent a master key: a lost one makes every sealed record unreadable.
    make_master_key: bool = False
    reload_every: timedelta = timedelta(seconds=15)
    jwks_max_age: timedelta = timedelta(minutes=10)
    longest_token_life: timedelta = timedelta(hours=1)

    def __post_init__(self) -> None:
        if self.master_key and self.master_key_credential:
            raise ValueError("keys.master_key and keys.master_key_credential are both set: keep one")
        if not (self.master_key or self.master_key_credential or self.master_key_file):
            raise ValueError("keys.master_key_file is missing")
        if not timedelta(0) < self.reload_every <= _LONGEST_RELOAD:
            raise ValueError("keys.reload_every must be positive and at most five minutes")
        if not timedelta(0) < self.jwks_max_age <= timedelta(days=1):
            raise ValueError("keys.jwks_max_age must be positive and at most one day")
        if self.longest_token_life <= timedelta(0):
            raise ValueError("keys.longest_token_life must be positive")
