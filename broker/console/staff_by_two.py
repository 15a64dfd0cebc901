"""Officers over the network: somebody becomes one, or is one no more, only when a second officer agrees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from broker.audit.event import Actor
from broker.console.refused import Refused
from broker.console.staff_actions import OFFICER, StaffDesk
from broker.custody.two_people import (
    BECOMES_OFFICER,
    JOINING,
    LEAVES_OFFICER,
    LEAVES_STAFF,
    LEAVING,
    NotConfirmed,
)
from broker.custody.two_people_store import AlreadyAsked, TwoPersonRequest

_ACTS: Final = frozenset({BECOMES_OFFICER, LEAVES_OFFICER, LEAVES_STAFF})
_NOT_AGREED: Final = {
    "gone": "This is decided, over, or was never asked.",
    "same": "Another human being must agree.",
    "void": "Who asked for it is no officer any more.",
}


@dataclass(frozen=True, slots=True)
class StaffByTwo:
    """What officers do to the staff; an operator at the machine works with the desk itself, and needs nobody."""

    desk: StaffDesk

    def add(self, person_id: str, role: str, actor: Actor) -> Mapping[str, Any]:
        """Give a role; that of an officer waits for a second one. Raises Refused as StaffDesk.add."""
        if role != OFFICER:
            return self.desk.add(person_id, role, actor)
        if (person_id, OFFICER) in self.desk.roles.all() or not self.desk.roles.is_person(person_id):
            raise Refused("There is no such person, or this person is an officer already.")
        return {"role": role, **self._ask(BECOMES_OFFICER, person_id, JOINING, actor)}

    def remove(self, person_id: str, role: str, actor: Actor) -> Mapping[str, Any]:
        """Take a role, or with "" all; where one is that of an officer, it waits. Raises Refused as StaffDesk.remove."""
        if OFFICER not in self.desk.leaving(person_id, role):
            return self.desk.remove(person_id, role, actor)
        return self._ask(LEAVES_OFFICER if role else LEAVES_STAFF, person_id, LEAVING, actor)

    def waiting(self) -> Mapping[str, Any]:
        """Whom a second officer has to agree to."""
        return {
            "waiting": [
                {
                    "request": one.id,
                    "act": one.act,
                    "person_id": one.about,
                    "asked_by": one.asked_by,
                    "ends_at": one.ends_at.isoformat(),
                }
                for one in self.desk.two_people.waiting()
                if one.act in _ACTS
            ]
        }

    def agree(self, request_id: str, actor: Actor) -> Mapping[str, Any]:
        """The second officer says yes. Raises Refused when there is nothing to agree to, it is the same human being, or it would
        leave no officer."""
        told: dict[str, Any] = {}

        def do(request: TwoPersonRequest, _actor: Actor) -> None:
            if request.act == BECOMES_OFFICER:
                told.update(self.desk.add(request.about, OFFICER, actor))
            else:
                role = OFFICER if request.act == LEAVES_OFFICER else ""
                told.update(self.desk.remove(request.about, role, actor, officers_too=True))

        two_people = self.desk.two_people
        act = next((one.act for one in two_people.waiting() if one.id == request_id and one.act in _ACTS), "")
        try:
            with self.desk.database.work():
                # The officers before the request: two who agree to each other's leaving would wait for each other for ever.
                self.desk.roles.hold(OFFICER)
                two_people.confirm(act, request_id, actor.id, do)
        except NotConfirmed as refused:
            raise Refused(_NOT_AGREED[refused.why]) from None
        return told

    def _ask(self, act: str, person_id: str, grounds: str, actor: Actor) -> dict[str, Any]:
        try:
            asked = self.desk.two_people.ask(act, person_id, grounds, actor.id)
        except AlreadyAsked:
            raise Refused("This waits for a second officer already.") from None
        return {"person_id": person_id, "request": asked.id, "ends_at": asked.ends_at.isoformat()}
