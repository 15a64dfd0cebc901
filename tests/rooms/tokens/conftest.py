"""A grant that lives, and what it stands on, over both databases."""

from __future__ import annotations

import pytest

from broker.foundation.outside import Outside
from broker.sessions.opening import Opening
from broker.sessions.settings import SessionSettings
from broker.sessions.store import Sessions
from broker.storage.database import Database
from broker.tokens.authorization import Grant
from broker.tokens.store import Grants
from tests.rooms.tokens.refreshing import CODE, SETTINGS
from tests.rooms.tokens.samples import PERSON, Notebook, authorization
from tests.rooms.tokens.test_token_text import MARKS


@pytest.fixture
def sessions(database: Database, outside: Outside) -> Sessions:
    return Sessions(database, outside, SessionSettings())


@pytest.fixture
def session_id(sessions: Sessions) -> str:
    return sessions.open(Opening(PERSON, "esia", "confirmed", ("pwd",), "29"))[0].id


@pytest.fixture
def grants(database: Database, outside: Outside, sessions: Sessions) -> Grants:
    return Grants(database, outside, sessions, MARKS, SETTINGS)


@pytest.fixture
def notebook(database: Database) -> Notebook:
    return Notebook(database)


@pytest.fixture
def opened(grants: Grants, session_id: str) -> tuple[Grant, str]:
    grant, token = grants.open(CODE, authorization(session_id=session_id), offline=True)
    assert token is not None
    return grant, token
