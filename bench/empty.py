"""The floor under every figure: a Flask view that does nothing, under the same gunicorn as the broker."""

from __future__ import annotations

from flask import Flask, Response

from broker.app import COURIER

PATH = "/nothing"


def create() -> Flask:
    app = Flask("empty")
    # What gunicorn's settings (broker/serve.py) ask of an application: it has no couriers to start.
    app.extensions[COURIER] = None

    @app.route(PATH, methods=["GET", "POST"])
    def nothing() -> Response:
        return Response('{"active":false}', content_type="application/json")

    return app
