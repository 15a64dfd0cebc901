"""One request to one attempt: what every step gets."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response

from broker.clients.client import Client
from broker.login.attempt import Attempt
from broker.login.facts import Facts
from broker.screens.view import View


@dataclass(frozen=True, slots=True)
class Brought:
    """What the browser brought along, none of it believed yet: cookies, the host it asked for. `address` is whence it came, as
    the server or a proxy in front of it says; only for counting. `device` is a word of sessions/device.py, `known` the
    cookie of sessions/known.py; `is_too_old` says that the browser names itself as one that cannot keep a sign-in safe."""

    browser: str | None
    session: str | None
    region: str
    host: str
    address: str = ""
    device: str = ""
    known: str | None = None
    is_too_old: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """`attempt` belongs to the browser that asks; `facts` are as fresh as the request."""

    attempt: Attempt
    facts: Facts
    view: View
    brought: Brought


def address_of(attempt: Attempt, below: str = "") -> str:
    """The address of the dispatcher of an attempt, or of something below it."""
    return f"/login/{attempt.id}{below}"


def back_to_dispatcher(attempt: Attempt) -> Response:
    """Every step ends here: what comes next is decided from what was written down."""
    return see_other(address_of(attempt))


def see_other(url: str) -> Response:
    """A 303 that nobody may keep."""
    response = Response(status=303)
    response.headers["Location"] = url
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def service_name(client: Client | None, view: View) -> str | None:
    """What the relying party is called in the language of the page."""
    if client is None:
        return None
    return client.client_name if view.language == "ru" else client.client_name_en or client.client_name
