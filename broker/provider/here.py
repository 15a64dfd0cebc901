"""The request that is being answered."""

from __future__ import annotations

from flask import Request, request


def this_request() -> Request:
    """The request itself. `flask.request` stands for it and looks for it again at every question, which costs as much as a small
    function: whoever asks more than once asks for it first."""
    found: Request = request._get_current_object()  # type: ignore[attr-defined]
    return found
