"""What the policy needs to know, made from a card and from an identity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from broker.connectors.identity import Level, UpstreamIdentity
from broker.directory.person import Membership, Person, Role
from broker.foundation.normal_forms import age_on
from broker.linking.link import Link
from broker.policy.compare import FORMS
from broker.policy.decision import Fields, IdentityFacts, PersonFacts
from broker.policy.tied import Tied


def card_fields(person: Person) -> Fields:
    """What can be compared, from the card."""
    return Fields(person.surname, person.name, person.patronymic, person.birth_date, person.sex, person.snils)


def identity_fields(identity: UpstreamIdentity) -> Fields:
    """What can be compared, from the upstream."""
    return Fields(identity.surname, identity.name, identity.patronymic, identity.birth_date, identity.sex, identity.snils)


def normal_fields(side: Person | UpstreamIdentity) -> dict[str, str]:
    """The normal forms of what can be compared, by field, for a case (`Failure.said`, `Cases.check_again`).

    An absent field is left out; an absent patronymic is "", because that is a value of its own.
    """
    fields = card_fields(side) if isinstance(side, Person) else identity_fields(side)
    forms = {field: form(getattr(fields, field)) for field, form in FORMS.items()}
    if fields.birth_date is not None:
        forms["birth_date"] = fields.birth_date.isoformat()
    return {field: text for field, text in forms.items() if text or field == "patronymic"}


def person_facts(person: Person, day: date, children: int, region: str) -> PersonFacts:
    """The card and its state on a local day of the region. `children` counts only for somebody who is a parent alone."""
    roles = person.roles_on(day)
    return PersonFacts(
        fields=card_fields(person),
        roles=tuple([role.value for role in roles]),
        in_school=bool(person.memberships),
        left_school=bool(person.memberships) and not roles,
        activated=person.activated_at is not None,
        blocked=person.is_blocked,
        children=children,
        region=region,
        paused=person.is_paused,
    )


def is_only_parent(person: Person, day: date) -> bool:
    """Whether the number of children matters: nobody else is asked for them, and asking costs a question."""
    return person.roles_on(day) == (Role.PARENT,)


def identity_facts(identity: UpstreamIdentity, *, linked: bool, proven: bool = False) -> IdentityFacts:
    """The upstream side of a decision. `proven`: the diary login and password of the card were shown as well."""
    return IdentityFacts(
        fields=identity_fields(identity),
        level=identity.level.value,
        child_of_parent=identity.child_of_parent,
        checks_pending=identity.checks_pending,
        linked=linked,
        proven=proven,
        upstream=identity.connector,
    )


def remembered_identity(level: str, link: Link, person: Person) -> IdentityFacts:
    """The upstream side between sign-ins, from what the link remembers. `level` is that of the session.

    Linked identities are not compared, so of the fields only "has a checked SNILS" counts, and the birth date for the age. A
    child account was found tied to a parent when it signed in; the upstream tells us no sooner than at the next sign-in.
    """
    fields = Fields(snils="checked" if link.is_standard else None, birth_date=person.birth_date)
    return IdentityFacts(
        fields, level, child_of_parent=_is_of_parent(link, level), checks_pending=False, linked=True, upstream=link.connector
    )


def tied_facts(
    person: Person, link: Link, level: str, days: tuple[date, date | None], count_children: Callable[[str], int]
) -> Tied:
    """The same two sides, without whatever tells who it is. `days`: the local day, and the first day of rules announced on it.
    `count_children` is asked for somebody who is a parent alone."""
    (day, then), born, roles = days, person.birth_date, person.roles_on(days[0])
    return Tied(
        day,
        age=None if born is None else age_on(born, day),
        age_then=None if born is None or then is None else age_on(born, then),
        roles=tuple([role.value for role in roles]),
        in_school=bool(person.memberships),
        activated=person.activated_at is not None,
        blocked=person.is_blocked,
        paused=person.is_paused,
        children=count_children(person.id) if roles == (Role.PARENT,) else 0,
        level=level,
        child_of_parent=_is_of_parent(link, level),
        has_checked_snils=link.is_standard,
        upstream=link.connector,
    )


def _is_of_parent(link: Link, level: str) -> bool:
    """Links of the first release do not know of parents, but a child account has always been asked."""
    return link.is_of_parent or level == Level.CHILD.value


def regions_of(person: Person, day: date) -> tuple[str, ...]:
    """Regions whose rules may speak of a person: of today's schools; if all have ended, of the last ones; () without a school."""
    return tuple(dict.fromkeys([membership.school.region for membership in _speaking(person, day)]))


def school_of(person: Person, day: date) -> str:
    """The school that can help: the first of today's, or of the last ones; "" without a school."""
    return next((membership.school.id for membership in _speaking(person, day)), "")


def region_for(person: Person, day: date, chosen: str) -> str:
    """The region that decides: the chosen one if the person has a school there, else the first of their own.

    Without any school no region owns the person, and the chosen one speaks.
    """
    own = regions_of(person, day)
    return chosen if not own or chosen in own else own[0]


def is_level_one(identity: UpstreamIdentity) -> bool:
    """Not confirmed and without a checked SNILS: a self-typed name, so nothing may be told (screens.md 2.2, L1)."""
    return identity.level is Level.NOT_CONFIRMED and identity.snils is None


def _speaking(person: Person, day: date) -> Sequence[Membership]:
    current = [m for m in person.memberships if m.school.is_open and (m.left_on is None or day < m.left_on)]
    return current or person.memberships
