"""Other sites' pages may not change a stand."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request

_GUARDED = ("/console", "/api/", "/faults", "/profile", "/registration")
_FOREIGN = frozenset({"cross-site", "same-site"})


def install_guard(app: Flask) -> None:
    """Refuse with 403 what a browser says comes from another site (Fetch Metadata); programs send no such header."""

    def before() -> Response | None:
        if request.method in ("GET", "HEAD") or not request.path.startswith(_GUARDED):
            return None
        if request.headers.get("Sec-Fetch-Site", "") not in _FOREIGN:
            return None
        answer = jsonify(error="another site's page may not change this stand")
        answer.status_code = 403
        return answer

    app.before_request(before)
