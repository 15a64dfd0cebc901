"""The composition root of a stand: the only file that knows every part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Flask

from broker.mock_esia.accounts.organisation_routes import organisation_routes
from broker.mock_esia.accounts.people_api import people_api
from broker.mock_esia.accounts.people_file import load_people
from broker.mock_esia.accounts.person_routes import person_routes
from broker.mock_esia.accounts.profile_routes import profile_routes
from broker.mock_esia.console.api import api_routes
from broker.mock_esia.console.guard import install_guard
from broker.mock_esia.console.pages import console_routes
from broker.mock_esia.faults.answers import install_faults
from broker.mock_esia.faults.board import FaultBoard
from broker.mock_esia.faults.routes import fault_routes
from broker.mock_esia.journal.journal import Journal, install_journal
from broker.mock_esia.memory import empty_memory
from broker.mock_esia.oauth.registry import open_registry
from broker.mock_esia.oauth.sign_in_routes import sign_in_routes
from broker.mock_esia.oauth.token_endpoint import token_routes
from broker.mock_esia.open_routes import open_routes
from broker.mock_esia.pages import install_pages
from broker.mock_esia.settings import MockSettings
from broker.mock_esia.stand import Stand
from broker.mock_esia.tokens.archive import archive_routes
from broker.mock_esia.tokens.key_files import open_token_keys
from broker.mock_esia.tokens.mint import Mint
from broker.mock_esia.tokens.ring import KeyRing

_MOST_BODY = 64 * 1024
_ZONE = ZoneInfo("Europe/Moscow")


def create_mock_esia(settings: MockSettings, now: Callable[[], datetime]) -> Flask:
    """Build one stand. `now` gives aware instants; birth dates are counted once, from today in Moscow.

    Raises ValueError, in one sentence, for certificates or people that cannot be used. State is in this process only,
    so a stand is served by one process with threads.
    """
    registry = open_registry(settings)
    people = load_people(settings.people_file, now().astimezone(_ZONE).date())
    ring = KeyRing(open_token_keys(settings.var_dir, now()), now)
    mint = Mint(ring, settings.token_issuer, now)
    stand = Stand(settings, registry, people, empty_memory(now), mint, FaultBoard(), Journal(), now)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = _MOST_BODY
    install_pages(app)
    install_guard(app)
    install_journal(app, stand.journal, now)
    install_faults(app, stand.faults)
    for routes in (
        sign_in_routes(stand), token_routes(stand), person_routes(stand), organisation_routes(stand), open_routes(stand),
        profile_routes(stand), fault_routes(stand.faults),
        archive_routes(ring), api_routes(stand), people_api(stand), console_routes(stand),
    ):  # fmt: skip
        app.register_blueprint(routes)
    return app
