"""Refresh tokens used the way the pipeline does, one at a time or many at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from flask import current_app
from sqlalchemy.exc import IntegrityError

from broker.tokens.authorization import Grant
from broker.tokens.refusal import GrantRefused
from broker.tokens.settings import TokenSettings
from broker.tokens.store import Grants, RefreshUse
from tests.rooms.tokens.samples import Notebook

CODE = "c" * 43
SETTINGS = TokenSettings()


def rotate(grants: Grants, token: str, use: RefreshUse, notebook: Notebook) -> tuple[Grant, str]:
    """Look and spend, with nothing in between."""
    presented = grants.present(token, use, notebook)
    following = grants.spend(presented, notebook)
    if following is None:
        raise GrantRefused("refresh token reused")
    return presented.grant, following


def in_threads(count: int, attempt: Callable[[], object]) -> list[object]:
    """Do it many times at once; a refusal is an answer too."""
    app = current_app._get_current_object()

    def one(_: int) -> object:
        with app.app_context():
            try:
                return attempt()
            except (GrantRefused, IntegrityError) as refused:
                return refused

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(one, range(count)))
