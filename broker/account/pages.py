"""What a signed-in person may see of themselves, as pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from broker.clients.store import ClientStore
from broker.consent.items import NAME_KEYS
from broker.consent.record import Consent
from broker.consent.store import Consents
from broker.directory.person import Person
from broker.directory.directory import Directory
from broker.linking.links import Links
from broker.screens.own_pages import Permission, PermissionsPage, ProfilePage, RevokeForm

PERMISSIONS_URL = "/me/permissions"


@dataclass(frozen=True, slots=True)
class Belongings:
    """Where a person's own things are kept."""

    clients: ClientStore
    directory: Directory
    links: Links
    consents: Consents


def profile_page(belongings: Belongings, person: Person, zone: ZoneInfo, sign_out_url: str) -> ProfilePage:
    """Their ways to sign in. The SNILS is masked to its two last digits."""
    link = belongings.links.of_person(person.id)
    schools = [membership.school.name_ru for membership in person.memberships if membership.left_on is None]
    return ProfilePage(
        first_name=person.name,
        initial=person.surname[:1],
        gosuslugi_linked_on=link.linked_at.astimezone(zone).date() if link else None,
        login=person.login,
        school=schools[0] if schools else None,
        masked_snils=f"•••-•••-••• {person.snils[-2:]}" if person.snils else None,
        permissions_url=PERMISSIONS_URL,
        sign_out_url=sign_out_url,
    )


def permissions_page(
    belongings: Belongings, person_id: str, zone: ZoneInfo, form_key: Callable[[str], str], revoked: str | None
) -> PermissionsPage:
    """Who may learn what. `form_key` makes the one-time key of one consent's form; `revoked` is a client just taken back from."""
    items = tuple(
        _permission(belongings, consent, zone, form_key(consent.id)) for consent in belongings.consents.of_person(person_id)
    )
    return PermissionsPage(items, _service(belongings, revoked) if revoked else None)


def _permission(belongings: Belongings, consent: Consent, zone: ZoneInfo, form_key: str) -> Permission:
    return Permission(
        service=_service(belongings, consent.client_id),
        name_keys=tuple(NAME_KEYS[item] for item in consent.items if item != "openid"),
        since_on=consent.given_at.astimezone(zone).date(),
        until_on=consent.ends_at.astimezone(zone).date(),
        revoke=RevokeForm(PERMISSIONS_URL, form_key, consent.id),
    )


def _service(belongings: Belongings, client_id: str) -> str:
    client = belongings.clients.find(client_id)
    # A service that is gone keeps its identifier, so that its permission can still be taken back.
    return client.client_name if client else client_id
