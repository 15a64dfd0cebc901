"""WELCOME: the wizard of the first sign-in, at the stage its invitation has reached."""

from __future__ import annotations

from flask import Response

from broker.login.neighbours import Neighbours
from broker.login.visit import Visit


def welcome(rooms: Neighbours, visit: Visit) -> Response:
    """The page."""
    raise NotImplementedError
