"""The wait after a restore: signed requests of services live for ten minutes, and the shelf that knew which were used is gone.

It stands before every door but those of operators.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from flask import Flask, Response, jsonify, request

from broker.console.backup_store import last_restored_at
from broker.foundation.outside import Outside
from broker.screens.causes import cause
from broker.screens.pages import CausePage
from broker.screens.render import Screens
from broker.screens.view import view_of
from broker.storage.database import Database

# The longest life of a `jti` that we remember: client assertions, DPoP proofs, request objects (docs/decisions/0023).
WAIT: Final = timedelta(minutes=10)
_PLANNED: Final = 8003
# Operators look, static files are nobody's secret.
_OPEN: Final = frozenset({"metrics.healthz", "metrics.readyz", "metrics.metrics", "screens.static_file", "screens.favicon"})


class Restored(Protocol):
    """The part of the open house that knows of restores."""

    @property
    def app(self) -> Flask: ...
    @property
    def outside(self) -> Outside: ...
    @property
    def database(self) -> Database: ...


def opens_at(house: Restored) -> datetime | None:
    """When a house that came back from a backup lets people in; None where it may at once."""
    with house.app.app_context():
        restored_at = last_restored_at(house.database)
    return None if restored_at is None or house.outside.now() >= restored_at + WAIT else restored_at + WAIT


def wait_out(
    app: Flask, screens: Screens, now: Callable[[], datetime], until: datetime, is_for_programs: Callable[[], bool]
) -> None:
    """Answer everybody with 503 and the time, until then."""

    @app.before_request
    def wait() -> Response | None:
        left = until - now()
        if left <= timedelta(0) or request.endpoint in _OPEN:
            return None
        response = _for_programs() if is_for_programs() else _page(screens, now(), until)
        response.headers["Retry-After"] = str(-(-left // timedelta(seconds=1)))  # RFC 9110 10.2.3
        response.headers["Cache-Control"] = "no-store"
        return response


def _page(screens: Screens, at: datetime, until: datetime) -> Response:
    view = view_of(request)
    time = screens.texts.instant(view.language, until, screens.settings.zone, at)
    return screens.render(CausePage(cause(_PLANNED), at, screens.settings.zone, variables={"time": time}, primary_url="/"), view)


def _for_programs() -> Response:
    response = jsonify(error="temporarily_unavailable", error_description="the house came back from a backup a moment ago")
    response.status_code = 503
    return response
