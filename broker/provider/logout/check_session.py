"""The page that services load within theirs to hear whether somebody is still in (OpenID Connect Session Management 1.0, 4.2)."""

from __future__ import annotations

from html import escape

from flask import Blueprint, Request, Response, request

from broker.provider.logout.browser_state import WORD
from broker.provider.rooms import ProviderRooms

CHECK_PATH = "/check_session"
_SCRIPT = "check_session.js"


class CheckSessionPage:
    """The one page of ours that any site may show within its own: it shows nothing, takes no form and says one word."""

    def __init__(self, rooms: ProviderRooms):
        script, cookie = rooms.screens.static[_SCRIPT].url, rooms.cookies.name_of(WORD)
        self._page = (
            f'<!doctype html><html lang="en" data-cookie="{escape(cookie)}"><head><meta charset="utf-8"><title>Session</title>'
            f'<script src="{escape(script)}"></script></head><body></body></html>'
        )

    def answer(self, request: Request) -> Response:
        """The page. Nothing in it depends on who asks, so it may be kept."""
        answer = Response(self._page, content_type="text/html; charset=utf-8")
        answer.headers["Cache-Control"] = "public, max-age=3600"
        answer.headers["Content-Security-Policy"] = "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.add_etag()
        answer.make_conditional(request)
        return answer


def session_routes(blueprint: Blueprint, rooms: ProviderRooms) -> None:
    """Hang the page in, if services may ask it."""
    if not rooms.settings.session_management:
        return
    page = CheckSessionPage(rooms)

    @blueprint.get(CHECK_PATH)
    def check_session() -> Response:
        return page.answer(request)
