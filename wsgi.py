"""What a WSGI server loads: `gunicorn -c python:broker.serve 'wsgi:create()'`."""

from __future__ import annotations

from broker.app import create_app
from config.load import load_settings
from flask import Flask


def create() -> Flask:
    """Build the broker from config/defaults.toml and the `BROKER_...` environment.

    A function and not a module attribute, so that importing this file opens no database and reads no file.

    Raises:
        config.load.SettingsError: one sentence that names the missing or contradictory setting.
    """
    return create_app(load_settings())
