"""Bringing people and schools into the directory, and looking at one card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.connectors.identity import Level, UpstreamIdentity
from broker.console.refused import Refused
from broker.directory.access_import import AccessImport
from broker.directory.directory import Directory, ImportRefused
from broker.directory.document import ImportLink, read_document
from broker.directory.pauses import PauseReason, Pauses
from broker.directory.person import Person
from broker.linking.evidence import Evidence
from broker.linking.link import DiaryTaken, UpstreamTaken
from broker.linking.links import Links
from broker.policy.policies import Policies
from broker.signout.sign_out import SignOut
from broker.storage.database import Database

_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class PeopleDesk:
    """What the actions on people need."""

    database: Database
    directory: Directory
    links: Links
    policies: Policies
    journal: Journal
    access: AccessImport

    def import_document(self, document: Mapping[str, object], actor: Actor, *, is_dry_run: bool) -> Mapping[str, Any]:
        """Bring the directory up to a document, its links and ways in included: all of it or nothing.

        Reading the same document again changes nothing.

        Raises:
            Refused: with the places and problems found; nothing was written.
        """
        read = read_document(document, self.directory.today)
        hashes = {} if is_dry_run or read.problems else self.access.hashes(read.access)
        try:
            with self.database.work():
                report = self.directory.import_document(read, self.journal, actor, is_dry_run=is_dry_run)
                if not is_dry_run:
                    self._tie(report.links, actor)
                    self.access.write(report.access, hashes, actor)
        except ImportRefused as refused:
            found = [f"{one.path}: {one.problem}" for one in refused.problems]
            more = f"; and {len(found) - _MOST_PROBLEMS} more" if len(found) > _MOST_PROBLEMS else ""
            raise Refused("Nothing was imported: " + "; ".join(found[:_MOST_PROBLEMS]) + more) from None
        except (DiaryTaken, UpstreamTaken):
            raise Refused("Nothing was imported: a person or an identity of its links is tied to another one already.") from None
        return {"schools": report.schools, "people": report.people, "links": len(report.links), "is_dry_run": is_dry_run}

    def invite(self, person_id: str, actor: Actor, expires_at: datetime) -> Mapping[str, Any]:
        """A login and a temporary password for the first sign-in, told once; an earlier unused one opens nothing any more.

        Raises:
            Refused: nobody has this identifier.
        """
        try:
            issued = self.access.invitations.issue(person_id, actor, expires_at)
        except LookupError:
            raise Refused("There is no such person.") from None
        return {
            "person_id": person_id,
            "login": issued.login,
            "temporary_password": issued.password,
            "expires_at": expires_at.isoformat(),
        }

    def _tie(self, links: Iterable[ImportLink], actor: Actor) -> None:
        for link in links:
            self.links.tie(_identity_of(link), link.person_id, Evidence.IMPORTED, self.policies.version, actor)

    def show(self, person_id: str) -> Mapping[str, Any]:
        """One card as its school would see it, SNILS and contacts masked. Raises Refused when there is none."""
        person = self.directory.find_person(person_id)
        if person is None:
            raise Refused("There is no such person.")
        link = self.links.of_person(person_id)
        return {
            "person": _described(person),
            "memberships": [
                {
                    "school": place.school.id,
                    "region": place.school.region,
                    "school_is_open": place.school.is_open,
                    "role": place.role.value,
                    "class_name": place.class_name,
                    "left_on": place.left_on.isoformat() if place.left_on else None,
                }
                for place in person.memberships
            ],
            "children": [child.person_id for child in self.directory.children_of(person_id)],
            "link": {"connector": link.connector, "linked_at": link.linked_at.isoformat()} if link else None,
        }


@dataclass(frozen=True, slots=True)
class PauseDesk:
    """Closing somebody's sign-in for a while, by security: no school can open it again."""

    database: Database
    directory: Directory
    pauses: Pauses
    sign_out: SignOut

    def pause(self, person_id: str, reason: PauseReason, actor: Actor) -> Mapping[str, Any]:
        """Close it, with sessions and grants, in one unit of work. Raises Refused: nobody there, or closed already."""
        self._require(person_id)
        with self.database.work():
            if not self.pauses.pause(person_id, reason, actor, by_security=True):
                raise Refused("This person's sign-in is paused already; resume it first to pause it for another reason.")
            ended = self.sign_out.end_others(person_id, "", "paused", actor)
        return {"person": person_id, "paused": True, "reason": reason.value, "sessions_ended": len(ended)}

    def resume(self, person_id: str, actor: Actor) -> Mapping[str, Any]:
        """Open it again, whoever has closed it. Raises Refused: nobody there, or it was open."""
        self._require(person_id)
        if not self.pauses.resume(person_id, actor, by_security=True):
            raise Refused("This person's sign-in is not paused.")
        return {"person": person_id, "paused": False}

    def _require(self, person_id: str) -> None:
        if self.directory.find_person(person_id) is None:
            raise Refused("There is no such person.")


def _identity_of(link: ImportLink) -> UpstreamIdentity:
    """The document names the subject and nothing else; the person's own sign-in will bring the rest."""
    return UpstreamIdentity(
        connector=link.connector,
        subject=link.subject,
        level=Level.CONFIRMED,
        surname=None,
        name=None,
        patronymic=None,
        birth_date=None,
        sex=None,
        snils=None,
        email=None,
        phone=None,
        child_of_parent=False,
        checks_pending=False,
        methods=(),
    )


def _described(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "surname": person.surname,
        "name": person.name,
        "patronymic": person.patronymic,
        "birth_date": person.birth_date.isoformat() if person.birth_date else None,
        "sex": person.sex,
        # The last two digits are the check sum: enough to compare with a paper, useless without it.
        "snils": f"•••-•••-••• {_digits(person.snils)[-2:]}" if person.snils else None,
        "has_email": person.email is not None,
        "has_phone": person.phone is not None,
        "login": person.login,
        "is_blocked": person.is_blocked,
        "is_paused": person.is_paused,
        "is_activated": person.activated_at is not None,
        "staff_roles": list(person.staff_roles),
    }


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())
