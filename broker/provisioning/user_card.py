"""Between a card of the directory and a User of SCIM. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from scim2_models import GroupMembership, Meta, Reference

from broker.directory.card import Card
from broker.directory.credentials import Hashed
from broker.directory.document import Place
from broker.directory.person import Membership, Role
from broker.directory.provisioned_checks import Unsound, Wish, card_of, places_of
from broker.directory.provisioned_store import RegionPerson
from broker.directory.school_person import full_name
from broker.directory.school_person import holds as holds_on
from broker.foundation.encoding import b64url, digest
from broker.provisioning.models import Address, Child, Name, PlaceRole, SchoolPlace, SchoolUser, Sex, User, UserResource

_KEPT_WHEN_LEFT_OUT = ("birth_date", "sex", "snils", "activated", "memberships", "children")


def class_id(school_id: str, class_name: str) -> str:
    """The identifier of the group of a class."""
    return f"{school_id}~{b64url(class_name.encode('utf-8'))}"


def user_of(found: RegionPerson, external_id: str | None, base_url: str, today: date) -> User[Any]:
    """The whole User. It holds the SNILS, which the schema keeps out of every answer."""
    person = found.person
    user: User[Any] = UserResource(
        id=found.id,
        external_id=external_id,
        user_name=person.login or found.id,
        name=Name(formatted=full_name(person), family_name=person.surname, given_name=person.name, middle_name=person.patronymic),
        display_name=full_name(person),
        active=not person.is_blocked,
        emails=[Address(value=person.email)] if person.email else None,
        phone_numbers=[Address(value=person.phone)] if person.phone else None,
        groups=_groups(person.memberships, base_url, today) or None,
        meta=Meta(
            resource_type="User",
            last_modified=found.changed_at,
            location=f"{base_url}/Users/{found.id}",
            version=version_tag(found.version, external_id),
        ),
    )
    user[SchoolUser] = SchoolUser(
        birth_date=person.birth_date.isoformat() if person.birth_date else None,
        sex=Sex(person.sex) if person.sex else None,
        snils=person.snils,
        has_snils=person.snils is not None,
        activated=person.activated_at is not None,
        memberships=[_place_told(place) for place in person.memberships] or None,
        children=[Child(value=child) for child in found.children] or None,
    )
    return user


def version_tag(version: str, external_id: str | None) -> str:
    """A weak entity tag (RFC 7644 3.14): two answers of one version may order their members differently."""
    told = digest("\n".join((version, external_id or "")))[:24]
    return f'W/"{told}"'


def wish_from(user: User[Any], before: RegionPerson | None, password: Hashed | None) -> Wish:
    """What a User asks for; its password was hashed before the unit of work began.

    Raises:
        Unsound: a day that is none, two addresses where one is kept.
    """
    problems: list[tuple[str, str]] = []
    extension = user[SchoolUser] or SchoolUser()
    name = user.name or Name()
    login = user.user_name
    if before is not None and before.person.login is None and login == before.id:
        login = None
    card = Card(
        surname=name.family_name or "",
        name=name.given_name or "",
        patronymic=name.middle_name,
        birth_date=_day("birthDate", extension.birth_date, problems),
        sex=extension.sex.value if extension.sex else None,
        snils=extension.snils,
        email=_only("emails", user.emails, problems),
        phone=_only("phoneNumbers", user.phone_numbers, problems),
        login=login,
    )
    places = tuple(_place_asked(place, problems) for place in extension.memberships or ())
    if problems:
        raise Unsound(tuple(problems))
    was_blocked = before is not None and before.person.is_blocked
    return Wish(
        card=card,
        is_blocked=was_blocked if user.active is None else not user.active,
        is_activated=bool(extension.activated),
        places=places,
        children=tuple(child.value or "" for child in extension.children or ()),
        password=password,
    )


def wish_of_person(found: RegionPerson, places: tuple[Place, ...]) -> Wish:
    """The card as it is, with other places."""
    person = found.person
    return Wish(card_of(person), person.is_blocked, person.activated_at is not None, places, found.children)


def places(found: RegionPerson) -> tuple[Place, ...]:
    """The places of somebody in the region."""
    return places_of(found.person)


def fill_left_out(replacement: User[Any], original: User[Any], unverified_body: Mapping[str, Any]) -> None:
    """What a PUT does not name of our extension stays as it is (RFC 7644 3.5.1 lets us choose a default): a program that knows
    only the core schema must not take a child out of school."""
    extension = replacement[SchoolUser] or SchoolUser()
    for field in _KEPT_WHEN_LEFT_OUT:
        if field not in extension.model_fields_set:
            setattr(extension, field, getattr(original[SchoolUser], field))
    replacement[SchoolUser] = extension
    if "active" not in {name.lower() for name in unverified_body}:
        replacement.active = original.active


def _groups(memberships: tuple[Membership, ...], base_url: str, today: date) -> list[GroupMembership]:
    found = []
    for place in memberships:
        if place.role is Role.PUPIL and place.class_name and holds_on(place, today):
            group_id = class_id(place.school.id, place.class_name)
            found.append(_group(group_id, place.class_name, "direct", base_url))
            found.append(_group(place.school.id, place.school.name_ru, "indirect", base_url))
    return found


def _group(group_id: str, display: str, kind: str, base_url: str) -> GroupMembership:
    return GroupMembership(value=group_id, ref=Reference(f"{base_url}/Groups/{group_id}"), display=display, type=kind)


def _place_told(place: Membership) -> SchoolPlace:
    left_on = place.left_on.isoformat() if place.left_on else None
    return SchoolPlace(school=place.school.id, role=PlaceRole(place.role.value), class_name=place.class_name, left_on=left_on)


def _place_asked(place: SchoolPlace, problems: list[tuple[str, str]]) -> Place:
    if place.role is None or not place.school:
        problems.append(("memberships", "lack a school or a role"))
    role = Role(place.role.value) if place.role else Role.PUPIL
    return Place(place.school or "", role, place.class_name or None, _day("memberships.leftOn", place.left_on, problems))


def _day(field: str, text: str | None, problems: list[tuple[str, str]]) -> date | None:
    if not text:
        return None
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        pass
    problems.append((field, "must be a day, YYYY-MM-DD"))
    return None


def _only(field: str, addresses: list[Address] | None, problems: list[tuple[str, str]]) -> str | None:
    if addresses is None or not addresses:
        return None
    if len(addresses) > 1:
        problems.append((field, "hold more than one value, and a card has one"))
    return addresses[0].value
