"""Settings of whoever makes our signatures for ESIA."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class SignerSettings:
    """Owned by connectors/esia/signing; see `[esia_signing]` in config/defaults.toml."""

    signed_attributes: bool = True
    pure_python_in_production: bool = False


DEFAULTS = SignerSettings()
