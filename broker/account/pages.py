"""What a signed-in person may see of themselves, as pages."""

from __future__ import annotations

from broker.account.room import AccountRoom
from broker.account.visitor import Visitor, fresh_url, is_fresh, password_lets_in
from broker.directory.contact import Contact, Kind
from broker.directory.person import Membership, Person
from broker.linking.link import Link
from broker.linking.standing import DIARY
from broker.screens.profile_pages import ContactRow, ProfilePage, SignInRows, Way

PROFILE_URL = "/me"
PERMISSIONS_URL = "/me/permissions"
DEVICES_URL = "/me/devices"
PASSWORD_URL = "/me/password"  # noqa: S105 -- an address
LOGIN_URL = "/me/login"
UNLINK_URL = "/me/unlink"
CONTACT_URLS: dict[Way, str] = {"phone": "/me/phone", "email": "/me/email"}
SENT = "/sent"
_WAYS: tuple[tuple[Way, Kind], ...] = (("phone", Kind.PHONE), ("email", Kind.EMAIL))


def profile_page(room: AccountRoom, visitor: Visitor, saved: str | None) -> ProfilePage:
    """Their ways to sign in. The SNILS is masked to its two last digits."""
    person, reader = visitor.person, visitor.reader
    link = room.belongings.links.of_person(person.id)
    place = place_of(person)
    school = place.school if place else None
    return ProfilePage(
        first_name=person.name,
        initial=person.surname[:1],
        gosuslugi_linked_on=link.linked_at.astimezone(reader.zone).date() if link else None,
        login=person.login,
        school=(school.name_ru if reader.language == "ru" else school.name_en) if school else None,
        class_name=place.class_name if place else None,
        masked_snils=f"•••-•••-••• {person.snils[-2:]}" if person.snils else None,
        rows=_rows(room, visitor, link),
        permissions_url=PERMISSIONS_URL,
        devices_url=DEVICES_URL,
        sign_out_url=room.sign_out_url,
        saved=saved,
        upstream=room.titles.get(link.connector) if link else None,
    )


def place_of(person: Person) -> Membership | None:
    """The first school the person has not left, or None."""
    return next((membership for membership in person.memberships if membership.left_on is None), None)


def contact_of(room: AccountRoom, person_id: str, kind: Kind) -> Contact | None:
    """The person's phone or e-mail, or None."""
    return next((found for found in room.belongings.contacts.of(person_id) if found.kind is kind), None)


def _rows(room: AccountRoom, visitor: Visitor, link: Link | None) -> SignInRows:
    person, zone = visitor.person, visitor.reader.zone
    credential = room.belongings.credentials.of(person.id)
    has_password = credential is not None and credential.has_password
    may_unlink = password_lets_in(room, person)
    may_change = person.login is not None and (credential is None or credential.login_changed_at is None)
    return SignInRows(
        connect_url=None if link else _connect_url(room, visitor),
        unlink_url=UNLINK_URL if link and may_unlink else None,
        only_gosuslugi=link is not None and not may_unlink,
        password_url=PASSWORD_URL if person.login else None,
        password_changed_on=credential.changed_at.astimezone(zone).date() if credential and has_password else None,
        login_url=LOGIN_URL if may_change else None,
        login_left=1 if may_change else 0,
        contacts=tuple(_contact_row(way, contact_of(room, person.id, kind)) for way, kind in _WAYS),
    )


def _connect_url(room: AccountRoom, visitor: Visitor) -> str:
    """A sign-in that begins with Gosuslugi and ends on the profile ties the two on the way; a diary password shown a moment ago
    need not be shown again."""
    url = fresh_url("profile", visitor.session.region)
    if visitor.session.connector != DIARY or not is_fresh(room, visitor):
        return url
    return f"{url}&connect={room.allow_connect(visitor.session.id)}"


def _contact_row(way: Way, contact: Contact | None) -> ContactRow:
    url = CONTACT_URLS[way]
    if contact is None:
        return ContactRow(way, None, is_confirmed=False, change_url=url)
    is_confirmed = contact.confirmed_at is not None
    return ContactRow(way, contact.masked, is_confirmed, url, None if is_confirmed else f"{url}{SENT}")
