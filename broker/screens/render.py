"""Pages become responses here, and nowhere else: one template environment, one set of headers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from flask import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from broker.screens.cause_words import CauseWords, cause_words, sample_words
from broker.screens.headers import PAGE_HEADERS, content_security_policy, origin_of
from broker.screens.own_pages import HelpPage
from broker.screens.pages import CausePage, FormPostPage, LeavingPage, Page
from broker.screens.read_once import ReadOnce
from broker.screens.settings import ScreenSettings
from broker.screens.static_files import load_static
from broker.screens.template_keys import require_texts
from broker.screens.texts import Texts, day_in_zone
from broker.screens.values import Value
from broker.screens.view import LANGUAGE_COOKIE, LANGUAGES, LOOK_COOKIE, SIZES, SPACINGS, THEMES, View

TEMPLATES: Final = Path(__file__).parent / "templates"
_YEAR: Final = 365 * 24 * 3600
_FOOTER: Final = ("help", "status", "accessibility", "privacy", "view")
_NOT_DIAL: Final = re.compile(r"[^\d+]")


@dataclass(frozen=True, slots=True)
class _Speaker:
    """The texts in the language of one page and in the time zone of one page."""

    texts: Texts
    view: View
    zone: str

    def t(self, key: str, **variables: Value) -> str:
        return self.texts.say(self.view.language, key, variables, self.zone)

    def many(self, key: str, **variables: Value) -> tuple[str, ...]:
        return self.texts.say_list(self.view.language, key, variables, self.zone)

    def name(self, value: Value) -> str:
        return str(self.texts.value(self.view.language, value, self.zone))

    def day(self, when: date) -> str:
        """A local day in words; of an instant, its day in the zone of the page."""
        if isinstance(when, datetime):
            return day_in_zone(self.view.language, when, self.zone)
        return self.name(when)


    def until(self, instant: datetime, begun: datetime) -> str:
        """The end of something that began at `begun`: with its day, when it lasts a day or longer."""
        is_short = instant - begun < timedelta(days=1)
        return self.texts.instant(self.view.language, instant, self.zone, instant if is_short else begun)


class Screens:
    """Everything needed to draw a page. Built once by the composition root.

    Raises:
        BadMessage: at construction, when a text is missing, lopsided or unreadable.
    """

    def __init__(self, settings: ScreenSettings):
        self.settings = settings
        self.texts = Texts()
        self.static = load_static()
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=ReadOnce(),
        )
        self._environment.filters["dial"] = _dial
        self._environment.globals.update(
            settings=settings,
            static={name: file.url for name, file in self.static.items()},
            footer=_FOOTER,
            languages=LANGUAGES,
            looks={"size": SIZES, "theme": THEMES, "spacing": SPACINGS},
        )
        require_texts(self._environment, self.texts)

    def read_ahead(self) -> None:
        """Compile every template now, for this process and those forked from it; otherwise each waits for its first page."""
        for name in self._environment.list_templates():
            self._environment.get_template(name)

    def render(self, page: Page, view: View, *, status: int = 200, form_action: tuple[str, ...] = ()) -> Response:
        """Draw a page.

        Args:
            page: what to show.
            view: for whom.
            status: of the response; a cause page that names none gets the true status of its cause.
            form_action: origins the form of this page may lead to, beyond our own.

        Raises:
            BadMessage: the page lacks a variable that its text needs.
            ValueError: `form_action` holds something that is not an origin.
        """
        if isinstance(page, CausePage) and status == 200:
            status = page.cause.http_status
        if isinstance(page, FormPostPage):
            form_action = (*form_action, *_targets(page.action))
        template = self._environment.get_template(page.template)
        response = Response(template.render(self._context(page, view)), status=status, content_type="text/html; charset=utf-8")
        response.headers.update(PAGE_HEADERS)
        framed = tuple(origin_of(frame.url) for frame in getattr(page, "frames", ()))
        policy = content_security_policy(form_action, connects=getattr(page, "connects", False), frames=framed)
        response.headers["Content-Security-Policy"] = policy
        response.headers["Content-Language"] = view.language
        if isinstance(page, LeavingPage) and status in {302, 303}:
            response.headers["Location"] = page.url
        if view.chosen:
            remember(response, LANGUAGE_COOKIE, view.language, view)
        return response

    def _context(self, page: Page, view: View) -> dict[str, Any]:
        speaker = _Speaker(self.texts, view, _zone_of(page) or self.settings.zone)
        return {
            "page": page,
            "view": view,
            "t": speaker.t,
            "many": speaker.many,
            "name": speaker.name,
            "day": speaker.day,
            "until": speaker.until,
            "brand": self.settings.brand(view.language),
            "hours": self.settings.support_hours(view.language),
            "words": self._cause_words(page, view),
        }

    def _cause_words(self, page: Page, view: View) -> CauseWords | None:
        if isinstance(page, CausePage):
            return cause_words(self.texts, view.language, page)
        if isinstance(page, HelpPage) and page.cause is not None:
            return sample_words(self.texts, view.language, page.cause)
        return None


def remember(response: Response, cookie: str, value: str, view: View) -> None:
    """Keep a choice of language or look for a year. No script needs it, so no script may read it."""
    if cookie not in {LANGUAGE_COOKIE, LOOK_COOKIE}:
        raise ValueError("only choices of how a page looks are kept here")
    response.set_cookie(cookie, value, max_age=_YEAR, path="/", secure=view.secure, httponly=True, samesite="Lax")


def _zone_of(page: Page) -> str | None:
    """In whose time a page speaks: its own zone, or that of the frame around it."""
    own: str | None = getattr(page, "zone", None)
    return own or getattr(getattr(page, "frame", None), "zone", None)


def _targets(action: str) -> tuple[str, ...]:
    origin = origin_of(action)
    # A service often answers the form with a redirect to another host of its own, which Chromium judges as well.
    return (origin, "https:") if origin.startswith("https:") else (origin,)


def _dial(phone: str) -> str:
    """A telephone number as a `tel:` address wants it."""
    return _NOT_DIAL.sub("", phone)
