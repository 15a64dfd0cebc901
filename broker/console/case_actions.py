"""Cases for the region's support, who sees every school: found by number, compared again, closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from broker.audit.event import Actor
from broker.cases.case import Case
from broker.cases.cases import Cases
from broker.console.refused import Refused
from broker.directory.directory import Directory
from broker.linking.facts import normal_fields

REASONS = ("fixed", "not_ours")


@dataclass(frozen=True, slots=True)
class CaseDesk:
    """What the actions on cases need. Nothing personal is in their answers: codes, identifiers and names of fields."""

    cases: Cases
    directory: Directory

    def waiting(self, region: str) -> Mapping[str, Any]:
        """The open and fixed cases of a region, the newest first."""
        found = self.cases.of_region(region)
        names = ("number", "cause", "person", "state", "times", "seen_at")
        return {"cases": [{name: _described(case)[name] for name in names} for case in found]}

    def show(self, unverified_number: str) -> Mapping[str, Any]:
        """One case, and how the card of today compares with what Gosuslugi said then. Raises Refused when there is none."""
        case = self._get(unverified_number)
        person = self.directory.find_person(case.person_id) if case.person_id else None
        now = self.cases.check_again(case, normal_fields(person)) if person else ()
        return {"case": _described(case), "compared_then": dict(case.compared), "compared_now": dict(now)}

    def close(self, unverified_number: str, why: str, actor: Actor) -> Mapping[str, Any]:
        """Close a case by hand. Raises Refused when there is none."""
        if why not in REASONS:
            raise Refused(f"The reason must be one of: {', '.join(REASONS)}.")
        case = self._get(unverified_number)
        self.cases.close(case.id, why, actor)
        return {"case": _described(self._get(case.number))}

    def _get(self, unverified_number: str) -> Case:
        case = self.cases.find(unverified_number)
        if case is None:
            raise Refused("There is no case with this number, or it is older than fourteen days.")
        return case


def _described(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "cause": case.cause,
        "real_cause": case.real_cause,
        "region": case.region,
        "service": case.client_id,
        "person": case.person_id,
        "wrong_fields": list(case.wrong_fields),
        "state": case.state.value,
        "closed_why": case.closed_why,
        "times": case.times,
        "opened_at": case.opened_at.isoformat(),
        "seen_at": case.seen_at.isoformat(),
        "ends_at": case.ends_at.isoformat(),
    }
