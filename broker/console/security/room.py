"""What the console of security staff works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from broker.audit.journal import Journal
from broker.console.audit_desk import AuditDesk
from broker.console.client_actions import ClientDesk
from broker.console.doctor_actions import KeptDoctor
from broker.console.emergency_actions import EmergencyDesk
from broker.console.key_actions import KeyActions
from broker.console.overview_actions import OverviewDesk
from broker.console.planned_actions import PlannedDesk
from broker.console.policy_desk import PolicyDesk
from broker.console.registration_actions import RegistrationDesk
from broker.console.staff_actions import StaffDesk
from broker.console.staff_by_two import StaffByTwo
from broker.console.story_actions import StoryDesk
from broker.console.upstream_actions import UpstreamDesk
from broker.custody.calendar import Calendar
from broker.custody.secrets_care import SecretCare
from broker.directory.directory import Directory
from broker.foundation.outside import Outside
from broker.linking.standing import Standing
from broker.passkeys.ceremonies import Ceremonies
from broker.passkeys.presence import Presence
from broker.passkeys.settings import SecuritySettings
from broker.screens.forms import FormKeys
from broker.screens.render import Screens
from broker.sessions.cookie import Cookies
from broker.sessions.store import Sessions
from broker.storage.database import Database
from broker.storage.shelf import Shelf
from keys.secrets.sealing import Sealer


@dataclass(frozen=True, slots=True)
class SecurityRoom:
    """`issuer` is where people sign in, `origin` where the console is; mostly the same."""

    settings: SecuritySettings
    issuer: str
    origin: str
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
    journal: Journal
    ceremonies: Ceremonies
    presence: Presence
    staff: StaffDesk
    officers: StaffByTwo
    clients: ClientDesk
    registration: RegistrationDesk
    overview: OverviewDesk
    keys: KeyActions
    secrets: SecretCare
    calendar: Calendar
    emergency: EmergencyDesk
    audit: AuditDesk
    stories: StoryDesk
    upstream: UpstreamDesk
    planned: PlannedDesk
    doctor: KeptDoctor
    policy: PolicyDesk
    trouble_since: Callable[[], datetime | None]
