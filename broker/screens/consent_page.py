"""The page that asks for a permission, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from broker.screens.pages import require_safe_address


@dataclass(frozen=True, slots=True)
class ConsentItem:
    """One thing the service will learn: `name_key` under `consent.item`, the person's actual value (SNILS masked), and why, in
    the service's own words, "" where it has not said."""

    name_key: str
    value: str
    is_new: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """E5, asked once before a third-party service learns anything. The form posts `decision` = allow or deny.

    `term_key` is a key under `consent.term`; `year_passed` says that an earlier permission ran out, `has_wishes` that the service
    wants to do something with school data (RFC 9396).
    """

    template: ClassVar[str] = "consent.html"
    service: str
    organisation: str
    host: str
    items: tuple[ConsentItem, ...]
    term_key: str
    action_url: str
    form_key: str
    not_you_url: str
    verified: bool = True
    year_passed: bool = False
    has_wishes: bool = False

    def __post_init__(self) -> None:
        require_safe_address(self.action_url, self.not_you_url)

    @property
    def new_items(self) -> tuple[ConsentItem, ...]:
        """What the service asks for beyond an earlier permission; empty when everything is new."""
        new = tuple(item for item in self.items if item.is_new)
        return new if len(new) < len(self.items) else ()
