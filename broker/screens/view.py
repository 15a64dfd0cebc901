"""How one person wants pages to look: language, size, colours, spacing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from flask import Request

Language = Literal["ru", "en"]
Size = Literal["100", "150", "200"]
Theme = Literal["auto", "light", "dark", "black", "white"]
Spacing = Literal["normal", "wide"]

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
SIZES: Final[tuple[Size, ...]] = get_args(Size)
THEMES: Final[tuple[Theme, ...]] = get_args(Theme)
SPACINGS: Final[tuple[Spacing, ...]] = get_args(Spacing)
LANGUAGE_COOKIE: Final = "lang"
LOOK_COOKIE: Final = "view"


@dataclass(frozen=True, slots=True)
class Look:
    """Letters in per cent, theme (`black` is black on white, `white` is white on black) and spacing."""

    size: Size = "100"
    theme: Theme = "auto"
    spacing: Spacing = "normal"

    def cookie(self) -> str:
        """The value of the cookie `view`, for example `150.dark.wide`."""
        return f"{self.size}.{self.theme}.{self.spacing}"

    def with_choice(self, unverified_name: str, unverified_value: str) -> Look:
        """This look with one thing changed; the same look when name or value is not one of ours."""
        if unverified_name == "size" and unverified_value in SIZES:
            return replace(self, size=unverified_value)
        if unverified_name == "theme" and unverified_value in THEMES:
            return replace(self, theme=unverified_value)
        if unverified_name == "spacing" and unverified_value in SPACINGS:
            return replace(self, spacing=unverified_value)
        return self


@dataclass(frozen=True, slots=True)
class View:
    """What a page needs to know about its reader.

    `path` is the path of the request, only ever compared with paths of ours, never printed. `chosen` says that the language
    came from a link on a page, so it is worth remembering; `secure` that the request came over TLS. `here` is an address of ours
    with a query that shows this page again, "" where the path alone does: the language links lead there.
    """

    language: Language
    look: Look
    path: str
    chosen: bool = False
    secure: bool = False
    here: str = ""


def view_of(request: Request, ui_locales: tuple[str, ...] = ()) -> View:
    """Read the view from a request.

    Language: the link (`lang`), then the cookie, then what the relying party asked for (`ui_locales`, OpenID Connect Core
    3.1.2.1), then the browser (RFC 9110 12.5.4), then Russian. The cookie holds only what the person has chosen themselves, so a
    service cannot undo it on the next page.
    """
    linked = _first_known((request.args.get("lang", ""),))
    language = linked or _first_known((request.cookies.get(LANGUAGE_COOKIE, ""),)) or _first_known(ui_locales)
    if language is None:
        language = _first_known(tag for tag, quality in request.accept_languages if quality > 0) or "ru"
    return View(
        language=language,
        look=look_of(request.cookies.get(LOOK_COOKIE, "")),
        path=request.path,
        chosen=linked is not None,
        secure=request.is_secure,
    )


def look_of(unverified_cookie: str) -> Look:
    """The look a cookie asks for; anything unknown in it is left at its default."""
    look = Look()
    for name, value in zip(("size", "theme", "spacing"), unverified_cookie.split(".")[:3], strict=False):
        look = look.with_choice(name, value)
    return look


def _first_known(unverified_tags: Iterable[str]) -> Language | None:
    for tag in unverified_tags:
        primary = tag.replace("_", "-").partition("-")[0].strip().lower()
        if primary in LANGUAGES:
            return primary
    return None
