"""Making two cards one and two again, with everything of other rooms that hangs on a card."""

from __future__ import annotations

from dataclasses import dataclass

from broker.audit.event import Actor
from broker.connectors.identity import Level, UpstreamIdentity
from broker.directory.duplicates import Duplicates, Pair
from broker.directory.duplicates_store import Merged
from broker.directory.invitations import Invitations
from broker.directory.school_cards import SchoolCards
from broker.linking.link import DiaryTaken, Link, UpstreamTaken
from broker.linking.links import Links
from broker.signout.sign_out import SignOut
from broker.signout.untie import UntieCause, Untying
from broker.storage.database import Database


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

    def merge(self, cards: SchoolCards, kept_id: str, merged_id: str, actor: Actor) -> None:
        """One card of two, in one unit of work. Whoever is in by the card that goes is signed out.

        Raises:
            NotHere, CardGuarded, OtherSchoolInvolved.
            BothLinked: nothing was changed.
        """
        with self.database.work():
            kept, merged = self.links.of_person(kept_id), self.links.of_person(merged_id)
            if kept is not None and merged is not None:
                raise BothLinked
            self.duplicates.merge(cards, kept_id, merged_id, actor, moved_link=self.links.print_of(merged_id))
            if merged is not None:
                self._move_link(merged, kept_id, actor)
            self.sign_out.end_others(merged_id, "", "merged", actor)
            invitation = self.invitations.of_person(merged_id)
            if invitation is not None:
                self.invitations.cancel(invitation.id, actor)

    def undo(self, cards: SchoolCards, merge_id: str, actor: Actor) -> None:
        """Two cards again; a link that came over goes back if it is still there. Raises NotHere, CardMoved."""
        with self.database.work():
            found = self.duplicates.undo(cards, merge_id, actor)
            link = self.links.of_person(found.kept_id)
            # Another identity may have been tied to the kept card since: that one has never been the other card's.
            if link is not None and found.moved_link and found.moved_link == self.links.print_of(found.kept_id):
                self._move_link(link, found.merged_id, actor)

    def keep_apart(self, cards: SchoolCards, one_id: str, other_id: str, actor: Actor) -> None:
        """They are two people. Raises NotHere."""
        self.duplicates.keep_apart(cards, one_id, other_id, actor)

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
        child_of_parent=False,
        checks_pending=False,
        methods=(),
    )
