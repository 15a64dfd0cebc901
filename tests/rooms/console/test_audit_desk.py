"""What leaves the journal leaves it with a reason of the list: by every door, since the desk itself asks for it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from broker.audit.office import AuditTools, open_audit_office
from broker.audit.settings import AuditSettings
from broker.console import audit_desk as desks
from broker.console.audit_desk import AuditDesk
from broker.console.desk_making import audit_desk
from broker.console.refused import Refused
from tests.rooms.console.conftest import STAFF, Office
from tests.rooms.console.test_client_actions import SERVICE


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> AuditDesk:
    tools = AuditTools(office.database, office.journal, office.vault.audit_ring, office.outside, "https://login.example.org")
    settings = AuditSettings(keep_for=timedelta(days=30), archive_directory=str(tmp_path))
    office.client_desk.add(SERVICE, STAFF)
    return audit_desk(office, open_audit_office(settings, tools), office.outside)  # type: ignore[arg-type]


@pytest.mark.parametrize("grounds", ["", "because", "Орлова", "asked "])
def test_without_a_reason_of_the_list_nothing_leaves(office: Office, desk: AuditDesk, grounds: str) -> None:
    before = office.events()
    for act in (lambda: desk.export((None, None), grounds, STAFF), lambda: desk.reveal(1, grounds, STAFF)):
        with pytest.raises(Refused, match="Say why"):
            act()

    assert before == office.events()


def test_a_copy_that_is_too_long_is_for_the_machine(
    office: Office, desk: AuditDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "MOST_EXPORTED", 1)
    with pytest.raises(Refused, match="broker audit export"):
        desk.export((None, None), "check", STAFF)

    monkeypatch.setattr(desks, "MOST_EXPORTED", 2)
    assert (1, 2) == (desk.export((None, None), "check", STAFF).first, len(office.events()) - 1)
