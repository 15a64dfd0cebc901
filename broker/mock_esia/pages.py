"""The stand's pages, rendered from its own templates."""

from __future__ import annotations

from flask import Flask, Response, make_response, render_template

from broker.mock_esia.oauth.refusals import EsiaRefusal, StandGone

# No form-action: browsers apply it to the whole chain of redirects after a form, and that chain ends at unknown services.
_POLICY = "default-src 'none'; img-src data:; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"


def page(template: str, status: int = 200, **facts: object) -> Response:
    """One page with its status."""
    return make_response(render_template(template, **facts), status)


def refusal_page(refusal: EsiaRefusal) -> Response:
    """For refusals that must not travel: the address of return is exactly what is not trusted."""
    return page("refused.html", 400, description=refusal.description)


def install_pages(app: Flask) -> None:
    """Security headers on every answer, and a page for each way a browser can get lost."""

    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        if not response.headers.get("Cache-Control"):
            response.headers["Cache-Control"] = "no-store"
        return response

    def gone(_: StandGone) -> Response:
        return page("gone.html", 410)

    def missing(_: Exception) -> Response:
        return page("missing.html", 404)

    app.after_request(protect)
    app.register_error_handler(StandGone, gone)
    app.register_error_handler(404, missing)
