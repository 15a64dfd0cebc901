"""All settings: one section a room. The fields of `Settings` are the table of sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

from broker.audit.settings import AuditSettings
from broker.clients.settings import ClientSettings
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.settings import SignerSettings
from broker.connectors.oidc.settings import OidcSettings
from broker.consent.settings import ConsentSettings
from broker.custody.settings import CustodySettings
from broker.deliveries.settings import DeliverySettings
from broker.foundation.settings import HttpSettings
from broker.limits.settings import LimitSettings
from broker.login.settings import LoginSettings
from broker.messages.settings import MessageSettings
from broker.metrics.settings import MetricsSettings
from broker.passkeys.settings import SecuritySettings
from broker.policy.settings import PolicySettings
from broker.provider.caller.dpop_settings import DpopSettings
from broker.provider.caller.mtls_settings import MtlsSettings
from broker.provider.settings import ProviderSettings
from broker.registration.settings import RegistrationSettings
from broker.screens.settings import ScreenSettings
from broker.sessions.settings import SessionSettings
from broker.storage.settings import ShelfSettings, StorageSettings
from broker.tokens.settings import TokenSettings
from config.deployment import DeploymentSettings
from keys.settings import KeySettings

SHIPPED_REGIONS = Path(__file__).with_name("regions")


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything an operator can set, each section in the words of its room. Made by `config.load.load_settings` only."""

    deployment: DeploymentSettings
    provider: ProviderSettings
    mtls: MtlsSettings
    dpop: DpopSettings
    storage: StorageSettings
    shelf: ShelfSettings
    keys: KeySettings
    audit: AuditSettings
    custody: CustodySettings
    policy: PolicySettings
    clients: ClientSettings
    registration: RegistrationSettings
    login: LoginSettings
    limits: LimitSettings
    messages: MessageSettings
    deliveries: DeliverySettings
    esia: EsiaSettings
    esia_signing: SignerSettings
    upstreams: Mapping[str, OidcSettings]
    security: SecuritySettings
    sessions: SessionSettings
    consent: ConsentSettings
    tokens: TokenSettings
    screens: ScreenSettings
    http: HttpSettings
    metrics: MetricsSettings

    @property
    def regions_directory(self) -> Path:
        """Where the region files are: those of the release unless the operator names others."""
        return Path(self.policy.regions_dir) if self.policy.regions_dir else SHIPPED_REGIONS


# A section that stands as often as there are names for it: `[upstreams.north]`. What stands in `[upstreams]` itself holds for
# each of them that does not say otherwise.
NAMED: Mapping[str, type[Any]] = {"upstreams": OidcSettings}


def sections() -> Mapping[str, type[Any]]:
    """Section name -> the dataclass of its room, in the order of the manual."""
    kinds = get_type_hints(Settings)
    return {field.name: NAMED.get(field.name, kinds[field.name]) for field in fields(Settings)}


def kinds_of(section: type[Any]) -> Mapping[str, object]:
    """Setting name -> its type, for one section."""
    kinds = get_type_hints(section)
    return {field.name: kinds[field.name] for field in fields(section)}


def required_of(section: type[Any]) -> tuple[str, ...]:
    """Settings of a section that a room gives no default for."""
    return tuple(field.name for field in fields(section) if field.default is MISSING and field.default_factory is MISSING)
