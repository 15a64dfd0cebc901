"""What the school's console works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from broker.console.school_access import AccessDesk
from broker.console.school_cases import CaseDesk
from broker.console.school_duplicates import DuplicateDesk
from broker.console.school_rosters import RosterDesk
from broker.directory.directory import Directory
from broker.directory.invitations import Invitations
from broker.directory.school_cards import Schools
from broker.foundation.outside import Outside
from broker.linking.standing import Standing
from broker.screens.forms import FormKeys
from broker.screens.render import Screens
from broker.sessions.cookie import Cookies
from broker.sessions.store import Sessions
from broker.storage.database import Database
from broker.storage.shelf import Shelf
from keys.secrets.sealing import Sealer


@dataclass(frozen=True, slots=True)
class SchoolRoom:
    """`directory` only says who the member of staff is; cards come from `schools`, one school at a time. `zone_of` gives the time
    zone of a region, `trouble_since` when Gosuslugi began to have trouble, `first_url` where an invitation is opened."""

    database: Database
    shelf: Shelf
    sealer: Sealer
    outside: Outside
    screens: Screens
    form_keys: FormKeys
    cookies: Cookies
    sessions: Sessions
    standing: Standing
    directory: Directory
    schools: Schools
    cases: CaseDesk
    access: AccessDesk
    rosters: RosterDesk
    duplicates: DuplicateDesk
    invitations: Invitations
    zone_of: Callable[[str], ZoneInfo]
    trouble_since: Callable[[], datetime | None]
    first_url: str
