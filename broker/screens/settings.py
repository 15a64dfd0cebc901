"""Settings of the pages: names, whom to call, dates of the statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from broker.screens.view import Language


@dataclass(frozen=True, kw_only=True, slots=True)
class ScreenSettings:
    """Owned by screens; see `[screens]` in config/defaults.toml.

    The support contact is shown on every page that sends a person to somebody for help; a demo value is shipped, since an
    empty contact would leave the person with nobody to ask. Planned work is told from a week before, as instants with an offset.
    """

    brand_ru: str = "Школьный вход"
    brand_en: str = "School Sign-in"
    support_phone: str = "8 800 000-00-00"
    support_mail: str = "help@school-signin.example"
    support_hours_ru: str = "понедельник — пятница, 9:00–18:00"
    support_hours_en: str = "Monday to Friday, 9:00–18:00"
    accessibility_checked_on: date = date(2026, 11, 20)
    privacy_changed_on: date = date(2026, 11, 22)
    rules_changed_on: date = date(2026, 11, 22)
    zone: str = "Europe/Moscow"
    home_url: str = "/"
    planned_from: str = ""
    planned_until: str = ""

    def __post_init__(self) -> None:
        if not self.brand_ru.strip() or not self.brand_en.strip():
            raise ValueError("screens.brand_ru and screens.brand_en must not be empty")
        if not self.support_phone.strip() and not self.support_mail.strip():
            raise ValueError("screens.support_phone or screens.support_mail must be set")
        if not self.home_url.startswith("/"):
            raise ValueError("screens.home_url must be a path that starts with /")
        window = self.planned
        if window is not None and window[0] >= window[1]:
            raise ValueError("screens.planned_until must be later than screens.planned_from")

    @property
    def planned(self) -> tuple[datetime, datetime] | None:
        """First and last instant of planned work (UTC), None when none is planned.

        Raises:
            ValueError: one of the two settings is missing or is not an instant with an offset.
        """
        if not self.planned_from and not self.planned_until:
            return None
        window = tuple(_instant(text) for text in (self.planned_from, self.planned_until))
        return window[0], window[1]

    def brand(self, language: Language) -> str:
        """The name of the broker in the language of the page."""
        return self.brand_ru if language == "ru" else self.brand_en

    def support_hours(self, language: Language) -> str:
        """When support answers, in the language of the page."""
        return self.support_hours_ru if language == "ru" else self.support_hours_en


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError("screens.planned_from and planned_until must be such as 2026-12-01T02:00+03:00, or both empty")
    return found.astimezone(UTC)
