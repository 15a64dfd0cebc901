"""What gunicorn loads: `gunicorn -c python:broker.serve` (which names `wsgi:create()`)."""

from __future__ import annotations

from flask import Flask
from gunicorn.errors import AppImportError

from broker.app import create_app
from broker.policy.policies import PolicyFilesBroken
from config.load import SettingsError, load_settings


def create() -> Flask:
    """Build the broker from config/defaults.toml and the `BROKER_...` environment.

    A function and not a module attribute, so that importing this file opens no database and reads no file.

    Raises:
        AppImportError: a setting, a key file or a region file is wrong; gunicorn prints its one sentence and stops.
    """
    try:
        return create_app(load_settings())
    except (SettingsError, PolicyFilesBroken, ValueError) as wrong:
        # Any other kind of exception would be printed with a traceback, in which the sentence drowns.
        raise AppImportError(f"The broker cannot start: {wrong}") from wrong
