"""An upstream vouched for somebody: what the journal is told of it."""

from __future__ import annotations

from broker.audit.catalogue import UpstreamReturned
from broker.audit.event import SYSTEM
from broker.connectors.identity import UpstreamIdentity
from broker.login.neighbours import Neighbours


def note_vouched(rooms: Neighbours, identity: UpstreamIdentity) -> None:
    """Write it down.

    Raises:
        DatabaseSilent: it is not written down.
    """
    subject = rooms.journal.fingerprint(identity.connector, identity.subject)
    with rooms.database.work():
        rooms.journal.append(UpstreamReturned(identity.connector, subject, identity.level.value), SYSTEM)
