"""What is told of people and groups over SCIM: the core schemas of RFC 7643 as far as we keep them, and our extensions.

Docstrings under attributes are published: they are the descriptions that `/Schemas` gives.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from scim2_models import (
    URN,
    AnyExtension,
    CaseExact,
    ComplexAttribute,
    Extension,
    GroupMember,
    GroupMembership,
    Mutability,
    Required,
    Resource,
    Returned,
    Uniqueness,
)

USER_EXTENSION = "urn:school-signin:scim:schemas:2.0:User"
GROUP_EXTENSION = "urn:school-signin:scim:schemas:2.0:Group"


class PlaceRole(StrEnum):
    """What somebody is in a school."""

    PUPIL = "pupil"
    PARENT = "parent"
    TEACHER = "teacher"
    SCHOOL_ADMINISTRATOR = "school_administrator"


class Sex(StrEnum):
    """As on the card."""

    MALE = "M"
    FEMALE = "F"


class Name(ComplexAttribute):
    """The parts of a full name."""

    formatted: Annotated[str | None, Mutability.read_only] = None
    """Surname, name and patronymic."""

    family_name: Annotated[str | None, Required.true] = None
    """The surname."""

    given_name: Annotated[str | None, Required.true] = None
    """The name."""

    middle_name: str | None = None
    """The patronymic."""


class Address(ComplexAttribute):
    """An e-mail address or a phone on the card; at most one of each kind is kept."""

    value: Annotated[str | None, Required.true] = None
    """The address or the phone."""

    type: str | None = None
    """Accepted and not kept."""

    primary: bool | None = None
    """Accepted and not kept: there is only one."""


class User(Resource[AnyExtension]):
    """A person of the region's schools."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    """The diary login; the identifier for somebody who has none yet."""

    name: Annotated[Name | None, Required.true] = None
    """The full name."""

    display_name: Annotated[str | None, Mutability.read_only] = None
    """The full name in one line."""

    active: bool | None = None
    """False closes every way in at once."""

    password: Annotated[str | None, Mutability.write_only, Returned.never, CaseExact.true] = None
    """The diary password. It can be given, not taken away."""

    emails: list[Address] | None = None
    """The e-mail address on the card."""

    phone_numbers: list[Address] | None = None
    """The phone on the card."""

    groups: Annotated[list[GroupMembership] | None, Mutability.read_only] = None
    """The classes of today (direct) and their schools (indirect)."""


class SchoolPlace(ComplexAttribute):
    """Who somebody is in which school."""

    school: Annotated[str | None, Required.true, CaseExact.true] = None
    """The identifier of the school: that of its group."""

    role: Annotated[PlaceRole | None, Required.true] = None
    """A diary gives pupil, parent and teacher; school_administrator is given above it."""

    class_name: str | None = None
    """The class of a pupil, such as 6А."""

    left_on: str | None = None
    """The first day (YYYY-MM-DD, the region's own) on which the place no longer holds."""


class Child(ComplexAttribute):
    """A pupil whose parent this person is."""

    value: Annotated[str | None, Required.true, CaseExact.true] = None
    """The identifier of the child."""


class SchoolUser(Extension):
    """What a school's card holds beyond the core schema."""

    __schema__ = URN(USER_EXTENSION)

    birth_date: str | None = None
    """YYYY-MM-DD."""

    sex: Sex | None = None
    """M or F."""

    snils: Annotated[str | None, Mutability.write_only, Returned.never] = None
    """Eleven digits. It can be given and taken away, and is never told."""

    has_snils: Annotated[bool | None, Mutability.read_only] = None
    """Whether the card has a SNILS."""

    activated: bool | None = None
    """Whether the person has taken over their card. It can be set, not taken back."""

    memberships: list[SchoolPlace] | None = None
    """Places in the region's schools, past ones included. A place left out of a new list ends today."""

    children: list[Child] | None = None
    """Children of the region's schools, as the school has recorded them."""


class Group(Resource[AnyExtension]):
    """A school, whose members are its classes; or a class, whose members are its pupils."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Mutability.read_only] = None
    """The name of the class, such as 6А, or of the school."""

    members: list[GroupMember] | None = None
    """Pupils of a class, who can be added and removed; classes of a school, which cannot."""


class GroupKind(StrEnum):
    """What a group stands for."""

    SCHOOL = "school"
    CLASS = "class"


class SchoolGroup(Extension):
    """Which school a group is of."""

    __schema__ = URN(GROUP_EXTENSION)

    school: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The identifier of the school."""

    kind: Annotated[GroupKind | None, Mutability.read_only] = None
    """school or class."""


UserResource = User[SchoolUser]
GroupResource = Group[SchoolGroup]
