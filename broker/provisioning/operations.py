"""One operation on a resource, whether it came as a request of its own or inside a bulk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scim2_models import NotFoundException, NotImplementedException

from broker.provisioning.group_desk import GroupDesk
from broker.provisioning.refusals import ours
from broker.provisioning.user_desk import UserDesk
from broker.provisioning.visit import Answer, Visit


@dataclass(frozen=True, slots=True)
class Operation:
    """`kind` is Users or Groups, `id` is "" for all of them."""

    method: str
    kind: str
    id: str
    unverified_body: Mapping[str, Any] = field(default_factory=dict)
    unverified_query: Mapping[str, Any] = field(default_factory=dict)
    if_match: str | None = None


def perform(visit: Visit, wanted: Operation) -> Answer:
    """Do it.

    Raises:
        SCIMException: whatever the standard calls it.
    """
    if wanted.kind == "Users":
        return _user(UserDesk(visit), wanted)
    if wanted.kind == "Groups":
        return _group(GroupDesk(visit), wanted)
    raise ours(NotFoundException, "There is no such endpoint")


def _user(desk: UserDesk, wanted: Operation) -> Answer:
    match (wanted.method, bool(wanted.id)):
        case ("GET", False):
            return desk.search(wanted.unverified_query, is_in_address=True)
        case ("GET", True):
            return desk.get(wanted.id, wanted.unverified_query)
        case ("POST", False):
            return desk.create(wanted.unverified_body)
        case ("PUT", True):
            return desk.replace(wanted.id, wanted.unverified_body, wanted.if_match)
        case ("PATCH", True):
            return desk.patch(wanted.id, wanted.unverified_body, wanted.if_match)
        case ("DELETE", True):
            return desk.delete(wanted.id, wanted.if_match)
    raise ours(NotImplementedException, "A User is not handled so")


def _group(desk: GroupDesk, wanted: Operation) -> Answer:
    match (wanted.method, bool(wanted.id)):
        case ("GET", False):
            return desk.search(wanted.unverified_query, is_in_address=True)
        case ("GET", True):
            return desk.get(wanted.id, wanted.unverified_query)
        case ("PATCH", True):
            return desk.patch(wanted.id, wanted.unverified_body, wanted.if_match)
    raise ours(NotImplementedException, "Classes come and go with their pupils, schools with the region's directory")
