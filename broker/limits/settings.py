"""How often something may be tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitSettings:
    """Limits are per account and per browser; those per address are far higher, because a whole class shares one."""

    password_tries: int = 10
    password_within: timedelta = timedelta(minutes=15)
    codes_per_name: int = 5
    codes_within: timedelta = timedelta(hours=1)
    tries_per_browser: int = 30
    tries_per_address: int = 600
    tries_within: timedelta = timedelta(minutes=15)
    refusals_per_account: int = 10
    refusals_within: timedelta = timedelta(hours=24)
