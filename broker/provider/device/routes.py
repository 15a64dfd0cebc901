"""The addresses of the device pages."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.provider.answering.answer import private
from broker.provider.device.endpoint import PAGE_PATH
from broker.provider.device.pages import ALLOWED, DENIED, GONE, RESUME, DevicePages, Visitor
from broker.provider.rooms import ProviderRooms
from broker.provider.wire import OnOurPage
from broker.screens.field_errors import FieldError
from broker.screens.forms import FORM_FIELD, FormBusy, FormStale
from broker.screens.view import view_of

_LONGEST_COOKIE = 64
_COOKIES_OFF, _BUSY, _STALE = 1001, 1004, 1009


def device_routes(blueprint: Blueprint, rooms: ProviderRooms) -> None:
    """Add the pages to the provider's blueprint."""
    pages = DevicePages(rooms)

    @blueprint.get(PAGE_PATH)
    def device() -> AnyResponse:
        return _looking(rooms, lambda visitor: pages.ask(visitor, request.args.get("user_code", "")))

    @blueprint.post(PAGE_PATH)
    def device_typed() -> AnyResponse:
        return _posting(rooms, lambda visitor, key: pages.typed(visitor, request.form.get("user_code", ""), key))

    @blueprint.get(GONE)
    def device_gone() -> AnyResponse:
        error = FieldError("user_code", "device.gone")
        return _looking(rooms, lambda visitor: pages.ask(visitor, "", (error,)))

    @blueprint.get(ALLOWED)
    def device_allowed() -> AnyResponse:
        return _looking(rooms, lambda visitor: pages.done(visitor, is_allowed=True))

    @blueprint.get(DENIED)
    def device_denied() -> AnyResponse:
        return _looking(rooms, lambda visitor: pages.done(visitor, is_allowed=False))

    @blueprint.get(RESUME)
    def device_resume() -> AnyResponse:
        return _looking(rooms, lambda visitor: pages.resume(visitor, request.args.get("attempt", "")))

    @blueprint.get(f"{PAGE_PATH}/<word>")
    def device_confirm(word: str) -> AnyResponse:
        return _looking(rooms, lambda visitor: pages.confirm(visitor, word))

    @blueprint.post(f"{PAGE_PATH}/<word>")
    def device_decide(word: str) -> AnyResponse:
        return _posting(rooms, lambda visitor, key: pages.decide(visitor, word, request.form.get("decision", ""), key))


def _looking(rooms: ProviderRooms, doing: Callable[[Visitor], Response | str]) -> AnyResponse:
    """A page for this browser, which gets a secret of its own if it has none, as a sign-in would give it."""
    known = _known(rooms)
    secret = known or rooms.outside.token()
    answer = _answered(doing(_visitor(rooms, secret)))
    if known is None:
        answer.set_cookie(rooms.cookies.name_of("browser"), secret, **rooms.cookies.flags())
    return answer


def _posting(rooms: ProviderRooms, doing: Callable[[Visitor, str | None], Response | str]) -> AnyResponse:
    """A posted form. A browser without our cookie cannot have been shown the form."""
    secret = _known(rooms)
    if secret is None:
        raise OnOurPage(_COOKIES_OFF)
    try:
        return _answered(doing(_visitor(rooms, secret), request.form.get(FORM_FIELD)))
    except FormStale as error:
        raise OnOurPage(_STALE) from error
    except FormBusy as error:
        raise OnOurPage(_BUSY) from error


def _answered(found: Response | str) -> AnyResponse:
    return private(redirect(found, 303) if isinstance(found, str) else found)


def _known(rooms: ProviderRooms) -> str | None:
    brought = request.cookies.get(rooms.cookies.name_of("browser"))
    return brought if brought and len(brought) <= _LONGEST_COOKIE else None


def _visitor(rooms: ProviderRooms, secret: str) -> Visitor:
    session = request.cookies.get(rooms.cookies.name_of("session"))
    return Visitor(secret, session, request.remote_addr or "", view_of(request))
