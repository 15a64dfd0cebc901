"""What a service would learn, in words a person checks at a glance. SNILS shows its two last digits only."""

from __future__ import annotations

from dataclasses import replace

from broker.clients.client import Client
from broker.consent.items import NAME_KEYS, SCOPES
from broker.directory.person import Person, Role
from broker.foundation.normal_forms import snils_digits
from broker.login.neighbours import Neighbours
from broker.login.places import current_places, local_day_of
from broker.screens.consent_page import ConsentItem
from broker.screens.view import View

_NOTHING = "—"
_ROLE_KEYS = {Role.SCHOOL_ADMINISTRATOR: "role.school_admin"}
# Items that are no field of the diary: their line says what they mean.
_SAME_FOR_ALL = frozenset({"openid", "offline_access"})
_SEX_KEYS = {"M": "sex.male", "F": "sex.female"}


def value_of(rooms: Neighbours, person: Person, item: str, view: View) -> str:
    """The person's own value of one item of consent; a dash when the diary has none."""
    plain = {"snils": _masked(person.snils), "phone": person.phone, "email": person.email}
    if item in plain:
        return plain[item] or _NOTHING
    return _told(rooms, person, item, view) or _NOTHING


def with_reasons(client: Client, items: tuple[ConsentItem, ...], language: str) -> tuple[ConsentItem, ...]:
    """Each item with the service's own words on why it asks. Of a service that nobody has checked, none are repeated."""
    if client.environment != "production":
        return items
    scopes = {NAME_KEYS[word]: scope for word, scope in SCOPES.items()}
    return tuple(replace(item, reason=client.reason_for(scopes.get(item.name_key, ""), language)) for item in items)


def _told(rooms: Neighbours, person: Person, item: str, view: View) -> str:
    texts, language = rooms.screens.texts, view.language
    if item == "name":
        return " ".join(part for part in (person.surname, person.name, person.patronymic) if part)
    if item == "gender" and person.sex in _SEX_KEYS:
        return texts.get(language, _SEX_KEYS[person.sex])
    if item == "birth_date" and person.birth_date is not None:
        return str(texts.value(language, person.birth_date, rooms.policies.default.zone))
    if item == "school":
        return "; ".join(current_places(rooms, person, view))
    if item == "roles":
        return ", ".join(texts.get(language, _ROLE_KEYS.get(role, f"role.{role.value}")) for role in _roles(rooms, person))
    if item == "children":
        return ", ".join(child.full_name for child in rooms.directory.children_of(person.id))
    return texts.get(language, f"value.{item}") if item in _SAME_FOR_ALL else ""


def _roles(rooms: Neighbours, person: Person) -> tuple[Role, ...]:
    return person.roles_on(local_day_of(rooms, person))


def _masked(snils: str | None) -> str:
    digits = snils_digits(snils)
    return f"•••-•••-••• {digits[-2:]}" if digits else ""
