"""Making two cards one and two again, with everything of other rooms that hangs on a card."""

from __future__ import annotations

from dataclasses import dataclass

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.cases.case import State
from broker.cases.cases import Cases
from broker.connectors.identity import Level, UpstreamIdentity
from broker.consent.store import Consents
from broker.directory.across_schools import AcrossSchools
from broker.directory.duplicates import Duplicates, Pair
from broker.directory.duplicates_store import Carried, Merged
from broker.directory.invitations import Invitations
from broker.directory.pauses import Pauses
from broker.directory.school_cards import SchoolCards
from broker.linking.link import DiaryTaken, Link, UpstreamTaken
from broker.linking.links import Links
from broker.messages.outbox import Notices
from broker.signout.sign_out import SignOut
from broker.signout.untie import UntieCause, Untying
from broker.storage.database import Database

DUPLICATE = 3108


class BothLinked(Exception):
    """Each of the two has a Gosuslugi link; the school first decides which of them is right."""


@dataclass(frozen=True, slots=True)
class DuplicateDesk:
    """The actions. `policy_version` stands in the journal beside a link that moves."""

    database: Database
    duplicates: Duplicates
    links: Links
    untying: Untying
    sign_out: SignOut
    invitations: Invitations
    pauses: Pauses
    consents: Consents
    cases: Cases
    notices: Notices
    journal: Journal
    policy_version: str

    def pairs(self, cards: SchoolCards) -> tuple[Pair, ...]:
        """Pairs of this school."""
        return self.duplicates.pairs(cards)

    def recent(self, cards: SchoolCards) -> tuple[Merged, ...]:
        """Merges that can still be undone."""
        return self.duplicates.recent(cards)

    def has_link(self, person_id: str) -> bool:
        """Whether a card is connected to Gosuslugi."""
        return self.links.of_person(person_id) is not None

    def merge(self, cards: SchoolCards | AcrossSchools, kept_id: str, merged_id: str, actor: Actor) -> None:
        """One card of two, in one unit of work. Which of the two wins, kind by kind:

        * fields, login with password, contacts: the kept card's, and the other's where it has none (`Duplicates.merge`);
        * the Gosuslugi link: whichever has one; permissions: the kept card's own, and the other's for services it has none for;
        * cases: all of them are the kept card's; a pause of either shuts the kept card;
        * what can be begun again ends: sessions and grants of the card that goes, its invitation, requests its parents have not
          answered yet. Services know the kept card by the identifier they have always known it by.

        Raises:
            NotHere, CardGuarded, OtherSchoolInvolved.
            BothLinked: nothing was changed.
        """
        with self.database.work():
            kept, merged = self.links.of_person(kept_id), self.links.of_person(merged_id)
            if kept is not None and merged is not None:
                raise BothLinked
            has_password = self.duplicates.merge(
                cards, kept_id, merged_id, actor, lambda: self._carry(kept_id, merged_id, actor)
            )
            if merged is not None:
                self._move_link(merged, kept_id, actor)
            self.sign_out.end_others(merged_id, "", "merged", actor)
            # With the other card's login came its password: the paper of the kept card names a login that is no more.
            for person_id in (merged_id, kept_id) if has_password else (merged_id,):
                invitation = self.invitations.of_person(person_id)
                if invitation is not None:
                    self.invitations.cancel(invitation.id, actor)
            if self.pauses.find(kept_id) is not None:
                self.sign_out.end_others(kept_id, "", "merged", actor)
            self._settle((kept_id,), actor)

    def undo(self, cards: SchoolCards, merge_id: str, actor: Actor) -> None:
        """Two cards again; what came over goes back as far as it is the same still. Raises NotHere, CardMoved.

        Whoever is in is signed out: nobody can say by whose link or password it was.
        """
        with self.database.work():
            found = self.duplicates.undo(cards, merge_id, actor)
            link = self.links.of_person(found.kept_id)
            # Another identity may have been tied to the kept card since: that one has never been the other card's.
            carried = found.carried
            if link is not None and carried.link and carried.link == self.links.print_of(found.kept_id):
                self._move_link(link, found.merged_id, actor)
            for consent_id in carried.consents:
                self.consents.withdraw(consent_id, found.kept_id, self.journal, actor)
            self.cases.move(found.kept_id, found.merged_id, actor, carried.cases)
            if carried.paused:
                self.pauses.resume(found.kept_id, actor)
            self.sign_out.end_others(found.kept_id, "", "parted", actor)

    def keep_apart(self, cards: SchoolCards, one_id: str, other_id: str, actor: Actor) -> None:
        """They are two people. Raises NotHere."""
        with self.database.work():
            self.duplicates.keep_apart(cards, one_id, other_id, actor)
            self._settle((one_id, other_id), actor)

    def _carry(self, kept_id: str, merged_id: str, actor: Actor) -> Carried:
        return Carried(
            link=self.links.print_of(merged_id),
            consents=self.consents.carry(merged_id, kept_id, self.journal, actor),
            cases=self.cases.move(merged_id, kept_id, actor),
            paused=self.pauses.copy(merged_id, kept_id),
        )

    def _settle(self, person_ids: tuple[str, ...], actor: Actor) -> None:
        """The school has done what cause 3108 asks for: whoever it stopped may try again."""
        for case in self.cases.of_people(person_ids):
            if case.real_cause == DUPLICATE and case.state is State.OPEN and case.person_id is not None:
                self.cases.mark_fixed(case.id, case.compared, actor)
                self.notices.tell(case.person_id, "case_fixed")

    def _move_link(self, link: Link, to_id: str, actor: Actor) -> None:
        """Untied and tied anew, so that what rested on it ends: the next sign-in opens the right card."""
        subject = self.links.subject_of(link.person_id)
        if subject is None:
            return
        self.untying.untie(link.person_id, UntieCause.SCHOOL, actor)
        try:
            self.links.tie(_identity(link, subject), to_id, link.evidence, self.policy_version, actor)
        except (DiaryTaken, UpstreamTaken):
            raise BothLinked from None


def _identity(link: Link, subject: str) -> UpstreamIdentity:
    """What the link remembers; the person's own sign-in will bring the rest."""
    return UpstreamIdentity(
        connector=link.connector,
        subject=subject,
        level=Level(link.level),
        surname=None,
        name=None,
        patronymic=None,
        birth_date=None,
        sex=None,
        snils="checked" if link.is_standard else None,
        email=None,
        phone=None,
        child_of_parent=link.is_of_parent,
        checks_pending=False,
        methods=(),
    )
