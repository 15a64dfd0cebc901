"""A stolen key, for officers and operators: what would happen, ask, confirm, break the glass, and what has happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from broker.audit.event import Actor
from broker.console.refused import Refused
from broker.custody.emergency import Aftermath, Emergency, NotTyped
from broker.custody.two_people import NotConfirmed
from broker.custody.two_people_store import AlreadyAsked, TwoPersonRequest
from broker.foundation.jose import SignerSilent
from keys.signing.lifecycle import MoveRefused
from keys.signing.rotation import UnknownKey
from keys.store import MovedTooLate

_WHY_NOT = {
    "gone": "This request is decided, over, or was never there.",
    "same": "The second person must be another human being than the first.",
    "void": "Who asked for it is no officer any more: ask anew.",
}


@dataclass(frozen=True, slots=True)
class EmergencyDesk:
    """One implementation for pages, JSON API and command line. Everything here may raise Refused."""

    emergency: Emergency

    def consequences(self, kid: str) -> Mapping[str, Any]:
        """What a revocation would do now."""
        with _said():
            found = self.emergency.consequences(kid)
        return {
            "kid": found.key.kid,
            "state": found.key.state.value,
            "algorithms": list(found.key.algorithms),
            "sessions": found.sessions,
            "people": found.people,
            "services": list(found.services),
        }

    def ask(self, kid: str, typed: str, grounds: str, person_id: str) -> Mapping[str, Any]:
        """The first of two people; `typed` is the key's name once more."""
        with _said():
            return _request(self.emergency.ask(kid, typed, grounds, person_id))

    def confirm(self, request_id: str, person_id: str) -> Mapping[str, Any]:
        """The second of two people: done."""
        with _said():
            return {"revoked": self.emergency.confirm(request_id, person_id).about}

    def withdraw(self, request_id: str, person_id: str) -> Mapping[str, Any]:
        """Take a request back."""
        if not self.emergency.withdraw(request_id, person_id):
            raise Refused(_WHY_NOT["gone"])
        return {"withdrawn": request_id}

    def break_glass(self, kid: str, grounds: str, actor: Actor) -> Mapping[str, Any]:
        """Alone, at once and loud."""
        with _said():
            self.emergency.break_glass(kid, grounds, actor)
        return {"revoked": kid}

    def status(self) -> Mapping[str, Any]:
        """What waits for a second person, and what became of every revocation."""
        return {
            "waiting": [_request(one) for one in self.emergency.waiting()],
            "revocations": [_aftermath(one) for one in self.emergency.aftermath()],
        }


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except UnknownKey:
        raise Refused("There is no key with this name.") from None
    except MoveRefused as refused:
        raise Refused(f"Not possible: {refused.reason}.") from None
    except NotTyped:
        raise Refused("Type the whole name of the key, as it is shown.") from None
    except AlreadyAsked:
        raise Refused("This waits for a second person already.") from None
    except NotConfirmed as why:
        raise Refused(_WHY_NOT[why.why]) from None
    except MovedTooLate:
        raise Refused("It took too long, so nothing was changed. Try again.") from None
    except SignerSilent:
        raise Refused("The hardware module does not answer; nothing was changed.") from None
    except ValueError as error:
        raise Refused(str(error)) from None


def _request(request: TwoPersonRequest) -> dict[str, Any]:
    return {
        "id": request.id,
        "act": request.act,
        "about": request.about,
        "grounds": request.grounds,
        "asked_by": request.asked_by,
        "asked_at": request.asked_at.isoformat(),
        "ends_at": request.ends_at.isoformat(),
    }


def _aftermath(found: Aftermath) -> dict[str, Any]:
    fallout = found.fallout
    return {
        "kid": fallout.kid,
        "revoked_at": fallout.made_at.isoformat(),
        "sessions_ended": fallout.sessions,
        "is_over": fallout.ended_at is not None,
        "unanswered": [
            {"client_id": one.client_id, "deliveries": one.deliveries, "given_up": one.given_up, "tries": one.tries}
            for one in found.unanswered
        ],
    }
