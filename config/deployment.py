"""What kind of deployment this is."""

from __future__ import annotations

from dataclasses import dataclass

PRODUCTION, DEVELOPMENT, TEST = "production", "development", "test"


@dataclass(frozen=True, kw_only=True, slots=True)
class DeploymentSettings:
    """Owned by config; see `[deployment]` in config/defaults.toml."""

    environment: str = PRODUCTION

    def __post_init__(self) -> None:
        if self.environment not in (PRODUCTION, DEVELOPMENT, TEST):
            raise ValueError("deployment.environment must be production, development or test")

    @property
    def is_production(self) -> bool:
        """Whether real people sign in here."""
        return self.environment == PRODUCTION
