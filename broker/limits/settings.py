"""How often something may be tried."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitSettings:
    """Limits are per account and place and per browser; those per address are far higher, because a whole class shares one.

    `proxies` of ours stand in front when the issuer is https: so many last entries of `X-Forwarded-For` are believed, none by 0.
    """

    password_tries: int = 10
    password_within: timedelta = timedelta(minutes=15)
    password_tries_in_all: int = 100
    password_in_all_within: timedelta = timedelta(hours=1)
    codes_per_name: int = 5
    codes_within: timedelta = timedelta(hours=1)
    sms_per_number: int = 10
    sms_within: timedelta = timedelta(hours=24)
    tries_per_browser: int = 30
    tries_per_address: int = 600
    tries_within: timedelta = timedelta(minutes=15)
    refusals_per_account: int = 10
    refusals_within: timedelta = timedelta(hours=24)
    case_numbers_per_staff: int = 20
    case_numbers_within: timedelta = timedelta(hours=1)
    proxies: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, timedelta):
                if not timedelta(minutes=1) <= value <= timedelta(days=7):
                    raise ValueError(f"limits.{field.name} must be between 1 min and 7 d")
            elif value < (0 if field.name == "proxies" else 1):
                raise ValueError(f"limits.{field.name} must be at least {0 if field.name == 'proxies' else 1}")
        if self.password_tries_in_all < self.password_tries:
            raise ValueError("limits.password_tries_in_all must not be lower than limits.password_tries")
        if self.tries_per_address < self.tries_per_browser:
            raise ValueError(
                "limits.tries_per_address must not be lower than limits.tries_per_browser: a class shares an address"
            )
