"""What a signed-in person may see of themselves, as pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from broker.clients.store import ClientStore
from broker.consent.items import NAME_KEYS
from broker.consent.record import Consent
from broker.consent.store import Consents
from broker.directory.directory import Directory
from broker.directory.person import Person
from broker.linking.links import Links
from broker.screens.own_pages import Permission, PermissionsPage, ProfilePage, RevokeForm
from broker.screens.view import Language

PROFILE_URL = "/me"
PERMISSIONS_URL = "/me/permissions"


@dataclass(frozen=True, slots=True)
class Belongings:
    """Where a person's own things are kept."""

    clients: ClientStore
    directory: Directory
    links: Links
    consents: Consents


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a page is written: the language they read, the time zone of their region."""

    language: Language
    zone: ZoneInfo


def profile_page(belongings: Belongings, person: Person, reader: Reader, sign_out_url: str) -> ProfilePage:
    """Their ways to sign in. The SNILS is masked to its two last digits."""
    link = belongings.links.of_person(person.id)
    schools = [membership.school for membership in person.memberships if membership.left_on is None]
    school = schools[0] if schools else None
    return ProfilePage(
        first_name=person.name,
        initial=person.surname[:1],
        gosuslugi_linked_on=link.linked_at.astimezone(reader.zone).date() if link else None,
        login=person.login,
        school=(school.name_ru if reader.language == "ru" else school.name_en) if school else None,
        masked_snils=f"•••-•••-••• {person.snils[-2:]}" if person.snils else None,
        permissions_url=PERMISSIONS_URL,
        sign_out_url=sign_out_url,
    )


def permissions_page(
    belongings: Belongings, person_id: str, reader: Reader, form_key: Callable[[str], str], revoked: str | None
) -> PermissionsPage:
    """Who may learn what. `form_key` makes the one-time key of one consent's form; `revoked` is a client just taken back from."""
    items = tuple(
        _permission(belongings, consent, reader, form_key(consent.id)) for consent in belongings.consents.of_person(person_id)
    )
    return PermissionsPage(items, _service(belongings, revoked, reader) if revoked else None)


def _permission(belongings: Belongings, consent: Consent, reader: Reader, form_key: str) -> Permission:
    return Permission(
        service=_service(belongings, consent.client_id, reader),
        name_keys=tuple(NAME_KEYS[item] for item in consent.items if item != "openid"),
        since_on=consent.given_at.astimezone(reader.zone).date(),
        until_on=consent.ends_at.astimezone(reader.zone).date(),
        revoke=RevokeForm(PERMISSIONS_URL, form_key, consent.id),
    )


def _service(belongings: Belongings, client_id: str, reader: Reader) -> str:
    client = belongings.clients.find(client_id)
    if client is None:
        # A service that is gone keeps its identifier, so that its permission can still be taken back.
        return client_id
    return client.client_name if reader.language == "ru" else client.client_name_en or client.client_name
