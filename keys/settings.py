"""Settings of the vault."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from keys.signing.lifecycle import HouseTimes, Rhythm, Waits

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
    # The master key before this one, while it is being changed (docs/operator.md).
    master_key_previous_file: str = ""
    master_key_previous: str = field(default="", repr=False)
    master_key_previous_credential: str = ""
    # Only development and tests may invent a master key: a lost one makes every sealed record unreadable.
    make_master_key: bool = False
    reload_every: timedelta = timedelta(seconds=15)
    jwks_max_age: timedelta = timedelta(minutes=10)
    longest_token_life: timedelta = timedelta(hours=1)
    secret_age: timedelta = timedelta(days=365)
    # How far the clocks of our machines may be apart.
    clock_skew: timedelta = timedelta(seconds=30)
    # The plan of every signing key; see keys/signing/plan.py.
    sign_for: timedelta = timedelta(days=90)
    announced_for: timedelta = timedelta(days=14)
    verifying_margin: timedelta = timedelta(days=14)
    destroy_after: timedelta = timedelta(days=30)

    # Where new signing keys are made, and the hardware module; kept keys are found wherever they live.
    backend: str = "software"
    pkcs11_module: str = ""
    pkcs11_token_label: str = ""
    pkcs11_pin_file: str = ""
    pkcs11_pin: str = field(default="", repr=False)
    pkcs11_pin_credential: str = ""
    pkcs11_sessions: int = 4
    pkcs11_wait: timedelta = timedelta(seconds=2)

    def __post_init__(self) -> None:
        self._require_module()
        if self.master_key and self.master_key_credential:
            raise ValueError("keys.master_key and keys.master_key_credential are both set: keep one")
        if not (self.master_key or self.master_key_credential or self.master_key_file):
            raise ValueError("keys.master_key_file is missing")
        before = (self.master_key_previous_file, self.master_key_previous, self.master_key_previous_credential)
        if sum(map(bool, before)) > 1:
            raise ValueError("keys.master_key_previous_file and its like are set more than once: keep one")
        if not timedelta(0) < self.reload_every <= _LONGEST_RELOAD:
            raise ValueError("keys.reload_every must be positive and at most five minutes")
        if not timedelta(0) < self.jwks_max_age <= timedelta(days=1):
            raise ValueError("keys.jwks_max_age must be positive and at most one day")
        if self.longest_token_life <= timedelta(0):
            raise ValueError("keys.longest_token_life must be positive")
        if self.secret_age < timedelta(days=1):
            raise ValueError("keys.secret_age must be at least one day")
        if not timedelta(0) <= self.clock_skew <= _LONGEST_RELOAD:
            raise ValueError("keys.clock_skew must not be negative and at most five minutes")
        self._require_plan()

    @property
    def has_previous_master_key(self) -> bool:
        """Whether the master key is being changed."""
        return bool(self.master_key_previous_file or self.master_key_previous or self.master_key_previous_credential)

    def _require_plan(self) -> None:
        """A plan that lets a token arrive before its key, or outlive it, is refused at the start."""
        least = self.house_times.least_waits
        if self.announced_for < least.announced_for:
            raise ValueError(
                f"keys.announced_for must be at least {_seconds(least.announced_for)} s: jwks_max_age, clock_skew and two "
                "times reload_every of the section keys"
            )
        if self.sign_for <= self.announced_for:
            raise ValueError("keys.sign_for must be longer than keys.announced_for")
        if min(self.verifying_margin, self.destroy_after) < timedelta(0):
            raise ValueError("keys.verifying_margin and keys.destroy_after must not be negative")

    @property
    def house_times(self) -> HouseTimes:
        """What the least waits of signing keys follow from."""
        return HouseTimes(self.jwks_max_age, self.longest_token_life, self.reload_every, self.clock_skew)

    @property
    def rhythm(self) -> Rhythm:
        """What the plan of signing keys follows."""
        least = self.house_times.least_waits
        return Rhythm(
            sign_for=self.sign_for,
            waits=Waits(
                self.announced_for, least.verifying_for + self.verifying_margin, max(self.destroy_after, least.retired_for)
            ),
        )

    def _require_module(self) -> None:
        if self.backend not in ("software", "pkcs11"):
            raise ValueError("keys.backend must be software or pkcs11")
        if self.backend == "pkcs11" and not self.pkcs11_module:
            raise ValueError('keys.pkcs11_module is empty while keys.backend is "pkcs11"')
        if not self.pkcs11_module:
            return
        if not self.pkcs11_token_label:
            raise ValueError("keys.pkcs11_token_label is empty while keys.pkcs11_module is set")
        if sum(map(bool, (self.pkcs11_pin_file, self.pkcs11_pin, self.pkcs11_pin_credential))) != 1:
            raise ValueError("keys.pkcs11_pin_file or its like is missing, or set more than once: exactly one must be")
        if not 1 <= self.pkcs11_sessions <= 64:
            raise ValueError("keys.pkcs11_sessions must be 1 to 64")
        if not timedelta(0) < self.pkcs11_wait <= timedelta(seconds=30):
            raise ValueError("keys.pkcs11_wait must be positive and at most 30 seconds")


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():g}"
