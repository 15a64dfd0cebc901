"""The addresses that belong to the look of the house: static files, the pages of the footer, the rules, the page for no page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, abort, request

from broker.screens.causes import CAUSES, cause
from broker.screens.own_pages import HELP_TOPICS, HelpPage, HelpTopicPage, StatusPage, TextPage, ViewPage
from broker.screens.pages import CausePage
from broker.screens.render import Screens, remember
from broker.screens.view import LOOK_COOKIE, Look, View, view_of

_CHOICES = ("size", "theme", "spacing")


def routes(screens: Screens, facts: Callable[[], StatusPage]) -> Blueprint:
    """The blueprint. `facts` gives the state of the house when somebody asks for `/status`."""
    blueprint = Blueprint("screens", __name__)
    settings = screens.settings

    @blueprint.get("/static/<name>")
    def static_file(name: str) -> Response:
        file = screens.static.get(name)
        return Response(status=404) if file is None else file.response(request)

    @blueprint.get("/favicon.ico")
    def favicon() -> Response:
        return Response(status=204, headers={"Cache-Control": "public, max-age=86400"})

    @blueprint.get("/help")
    def help_page() -> Response:
        return screens.render(_help_page(request.args.get("code")), view_of(request))

    @blueprint.get("/help/<topic>")
    def help_topic(topic: str) -> Response:
        if topic not in HELP_TOPICS:
            abort(404)
        return screens.render(HelpTopicPage(topic), view_of(request))

    @blueprint.get("/status")
    def status_page() -> Response:
        return screens.render(facts(), view_of(request))

    @blueprint.get("/accessibility")
    def accessibility() -> Response:
        return screens.render(TextPage("accessibility", settings.accessibility_checked_on), view_of(request))

    @blueprint.get("/privacy")
    def privacy() -> Response:
        return screens.render(TextPage("privacy", settings.privacy_changed_on), view_of(request))

    @blueprint.get("/rules")
    def rules() -> Response:
        return screens.render(TextPage("rules", settings.rules_changed_on), view_of(request))

    @blueprint.get("/view")
    def view_page() -> Response:
        return _view_response(screens, view_of(request))

    return blueprint


def page_not_found(screens: Screens, at: datetime) -> Response:
    """The answer to an address that is not ours (cause 1010); for the error handler of the composition root."""
    return screens.render(CausePage(cause(1010), at, screens.settings.zone), view_of(request))


def _help_page(unverified_code: str | None) -> HelpPage:
    if not unverified_code:
        return HelpPage()
    typed = unverified_code.strip()
    found = CAUSES.get(int(typed)) if typed.isascii() and typed.isdigit() and len(typed) == 4 else None
    if found is None or not found.has_page:
        return HelpPage(unknown=True)
    return HelpPage(cause=found)


def _view_response(screens: Screens, view: View) -> Response:
    look = Look() if "reset" in request.args else view.look
    for name in _CHOICES:
        look = look.with_choice(name, request.args.get(name, ""))
    asked = any(name in request.args for name in (*_CHOICES, "reset"))
    # The page itself already wears the new look, so a browser without cookies still shows what was chosen.
    shown = View(view.language, look, view.path, view.chosen, view.secure)
    response = screens.render(ViewPage(changed=asked), shown)
    if asked:
        remember(response, LOOK_COOKIE, look.cookie(), view)
    return response
