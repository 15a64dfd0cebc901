"""The door of provisioning, furnished from the house; beside doors.py, which holds the others."""

from __future__ import annotations

from datetime import date

from broker.audit.event import Actor
from broker.directory.card_changes import CardChanges
from broker.directory.provisioned import ProvisionRooms
from broker.house import House
from broker.limits.limits import Limit
from broker.linking.standing import DIARY
from broker.provisioning.routes import PREFIX
from broker.provisioning.tokens import DiaryTokens
from broker.provisioning.visit import ProvisioningRoom


def provisioning_room(house: House) -> ProvisioningRoom:
    """What the endpoints of SCIM work with; a day is that of the diary's region."""
    limits = house.settings.limits

    def day_of(region: str) -> date:
        return house.policies.of_region(region).local_day(house.outside.now())

    def sign_out(person_id: str, actor: Actor, only_password: bool) -> object:
        return house.sign_out.end_others(person_id, "", "school", actor, DIARY if only_password else None)

    people = ProvisionRooms(
        database=house.database,
        directory=house.directory,
        credentials=house.credentials,
        changes=CardChanges(house.database, house.vault.sealer, house.journal, house.outside),
        outside=house.outside,
        day_of=day_of,
    )
    return ProvisioningRoom(
        base_url=house.settings.provider.issuer + PREFIX,
        database=house.database,
        sealer=house.vault.sealer,
        fingerprints=house.vault.fingerprints,
        journal=house.journal,
        outside=house.outside,
        limits=house.limits,
        wrong_tokens=Limit("scim", limits.tries_per_address, limits.tries_within),
        tokens=DiaryTokens(house.database, house.journal, house.outside),
        people=people,
        sign_out=sign_out,
    )
