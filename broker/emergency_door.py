"""What follows from a stolen key, furnished from the house: part of the composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from broker.audit.journal import Journal
from broker.audit.search_store import Search
from broker.clients.store import ClientStore
from broker.console.rights import StaffRole
from broker.custody.emergency import Emergency, Hands
from broker.custody.fallout import Fallout, Reach
from broker.custody.key_office import KeyOffice
from broker.custody.two_people import TwoPeople
from broker.deliveries.queue import Queue
from broker.directory.directory import Directory
from broker.directory.staff_store import StaffRoles
from broker.foundation.normal_forms import snils_digits
from broker.foundation.outside import Outside
from broker.messages.outbox import Notices
from broker.signout.sign_out import SignOut
from broker.storage.database import Database
from config.settings import Settings
from keys.vault import Vault

_ALARMED = frozenset({StaffRole.SECURITY_OFFICER.value, StaffRole.AUDITOR.value})


class Endangered(Protocol):
    """The part of the open house that an emergency needs."""

    @property
    def settings(self) -> Settings: ...
    @property
    def database(self) -> Database: ...
    @property
    def outside(self) -> Outside: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def clients(self) -> ClientStore: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def sign_out(self) -> SignOut: ...
    @property
    def deliveries(self) -> Queue: ...
    @property
    def key_office(self) -> KeyOffice: ...


def emergency_of(house: Endangered) -> Emergency:
    """Two people, the revocation and what follows."""
    def alarm(kind: str, variables: Mapping[str, str]) -> int:
        people = sorted({person_id for person_id, role in StaffRoles(house.database).all() if role in _ALARMED})
        return sum(bool(house.notices.tell(person_id, kind, **variables)) for person_id in people)

    def may_ask(person_id: str) -> bool:
        """An officer today: one who has lost the role, or is shut out, asks for nothing."""
        person = house.directory.find_person(person_id)
        return person is not None and not person.is_shut_out and StaffRole.SECURITY_OFFICER.value in person.staff_roles

    two_people = TwoPeople(house.database, house.journal, house.outside, one_human(house), may_ask)
    hands = Hands(
        house.database, house.journal, house.vault.keeper, house.key_office.moves, fallout_of(house), house.deliveries, alarm
    )
    return Emergency(two_people, hands)


def one_human(house: Endangered) -> Callable[[str, str], bool]:
    """Whether two cards are one human being's, so that one does not agree with oneself."""
    return lambda one_id, other_id: one_id == other_id or _is_one_human(house, one_id, other_id)


def fallout_of(house: Endangered) -> Fallout:
    """The sessions of revoked keys; every worker's rounds carry it on."""
    keys = house.settings.keys
    reach = Reach(house.clients.all, Search(house.database, house.journal), keys.reload_every + keys.clock_skew)
    return Fallout(house.database, house.journal, house.sign_out, reach, house.outside.now)


def _is_one_human(house: Endangered, one_id: str, other_id: str) -> bool:
    """Two cards of one human being: one SNILS. One Gosuslugi account is tied to one card, so it need not be compared.
    A card that cannot be found is nobody's second."""
    one, other = house.directory.find_person(one_id), house.directory.find_person(other_id)
    if one is None or other is None:
        return True
    digits = snils_digits(one.snils or "")
    return digits is not None and digits == snils_digits(other.snils or "")
