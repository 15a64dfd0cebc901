"""Links, matcher and standing over each kind of database, with the shipped region files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from broker.audit.event import SYSTEM
from broker.audit.journal import Journal
from broker.directory.directory import Directory
from broker.foundation.outside import Outside
from broker.linking.links import Links
from broker.linking.matcher import Matcher
from broker.linking.standing import Standing
from broker.storage.database import Database
from keys.vault import Vault
from tests.rooms.directory.samples import document, school
from tests.rooms.linking.samples import shipped
from tests.support.sealing import sealing_vault


@pytest.fixture
def vault(database: Database, outside: Outside) -> Vault:
    return sealing_vault(database, outside)


@pytest.fixture
def journal(database: Database, vault: Vault, outside: Outside) -> Journal:
    return Journal(database, vault.fingerprints, outside)


@pytest.fixture
def directory(database: Database, vault: Vault, outside: Outside) -> Directory:
    return Directory(database, vault.sealer, vault.fingerprints, outside.now)


@pytest.fixture
def links(database: Database, vault: Vault, journal: Journal, outside: Outside) -> Links:
    return Links(database, vault.sealer, vault.fingerprints, journal, outside)


@pytest.fixture
def matcher(directory: Directory, links: Links, outside: Outside) -> Matcher:
    return Matcher(directory, links, shipped(), outside.now)


@pytest.fixture
def standing(directory: Directory, links: Links, outside: Outside) -> Standing:
    return Standing(directory, links, shipped(), ("esia",), outside.now)


@pytest.fixture
def load(directory: Directory, journal: Journal) -> Callable[..., None]:
    """Put people into the directory; schools 29-001, 29-002, 38-001 are open unless said otherwise."""

    def loaded(*people: dict[str, Any], **more: Any) -> None:
        schools = more.pop("schools", (school(), school("29-002"), school("38-001")))
        directory.import_document(document(*people, schools=schools), journal, SYSTEM)

    return loaded
