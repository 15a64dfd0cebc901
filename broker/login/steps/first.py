"""FIRST: the form for the login and temporary password of an invitation."""

from __future__ import annotations

from flask import Response

from broker.login.neighbours import Neighbours
from broker.login.visit import Visit


def first(rooms: Neighbours, visit: Visit) -> Response:
    """The page."""
    raise NotImplementedError
