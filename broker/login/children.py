"""The children that a service names in its wishes (RFC 9396), by the identifiers under which it knows them."""

from __future__ import annotations

from collections.abc import Mapping

from broker.clients.client import Client
from broker.clients.subjects import subject_of
from broker.consent.details import child_of
from broker.directory.person import Person, Role
from broker.login.asked import Asked
from broker.login.neighbours import Neighbours
from broker.login.places import local_day_of

_NOBODY = "—"


def names_strange_child(rooms: Neighbours, client: Client, asked: Asked, person_id: str) -> bool:
    """Whether a wish is for a child that is not this person's: nobody can allow anything for it."""
    named = {child for wish in asked.wishes if (child := child_of(wish)) is not None}
    return bool(named) and not named.issubset(_children(rooms, client, person_id))


def whose(rooms: Neighbours, client: Client, person: Person, wish: str) -> str:
    """Whose data a wish is about, by name: the child named, or the person, if a pupil, and all children."""
    children = _children(rooms, client, person.id)
    child = child_of(wish)
    if child is not None:
        return children.get(child, _NOBODY)
    own = [f"{person.surname} {person.name}"] if Role.PUPIL in person.roles_on(local_day_of(rooms, person)) else []
    return ", ".join([*own, *children.values()]) or _NOBODY


def _children(rooms: Neighbours, client: Client, person_id: str) -> Mapping[str, str]:
    found = rooms.directory.children_of(person_id)
    return {subject_of(client, child.person_id, rooms.subjects.of): child.full_name for child in found}
