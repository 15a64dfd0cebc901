"""D5: every cause by its code, for anybody: what the person saw, what the service received, who fixes it and how."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from broker.console.developers.room import DevRoom
from broker.console.developers.wire import received
from broker.screens.cause_words import sample_words
from broker.screens.causes import CAUSES, Cause
from broker.screens.developer_service_pages import CauseText, DevCausePage, DevCausesPage
from broker.screens.view import LANGUAGES, view_of

CAUSES_PATH: Final = "/dev/causes"


def cause_routes(blueprint: Blueprint, room: DevRoom) -> None:
    """Add the addresses to the blueprint of developers."""

    @blueprint.get(CAUSES_PATH)
    def causes() -> AnyResponse:
        return room.screens.render(DevCausesPage(tuple(CAUSES.values())), view_of(request))

    @blueprint.get(f"{CAUSES_PATH}/<code>")
    def one_cause(code: str) -> AnyResponse:
        found = CAUSES.get(int(code)) if code.isascii() and code.isdecimal() and len(code) == 4 else None
        if found is None:
            page = DevCausesPage(tuple(CAUSES.values()), unknown=True)
            return room.screens.render(page, view_of(request), status=404)
        return room.screens.render(_page(room, found), view_of(request))


def _page(room: DevRoom, cause: Cause) -> DevCausePage:
    seen: list[CauseText] = []
    for language in LANGUAGES if cause.has_page else ():
        words = sample_words(room.screens.texts, language, cause)
        seen.append(CauseText(language, words.title, words.text, words.steps))
    got = received(cause, room.service.issuer)
    return DevCausePage(cause, tuple(seen), got.error, got.http_status, got.example, got.fix)
