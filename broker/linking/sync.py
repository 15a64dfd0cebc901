"""What flows from the upstream into the card after a sign-in: gaps are filled, nothing is overwritten, a difference is told."""

from __future__ import annotations

from dataclasses import dataclass

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.connectors.identity import Level, UpstreamIdentity
from broker.directory.contacts import Contacts, Kind
from broker.directory.directory import Directory
from broker.directory.person import Person
from broker.foundation.normal_forms import snils_digits
from broker.linking.facts import card_fields, identity_fields
from broker.policy.compare import compare
from broker.policy.decide import DIFFERS
from broker.policy.decision import Match

_DUPLICATE = 3108
_WATCHED = ("surname", "name", "patronymic", "snils", "birth_date")


@dataclass(frozen=True, slots=True)
class Differences:
    """What a sign-in found. `compared` is for a case and may not be shown; `causes` are those of the catalogue, the most
    important first, empty when there is nothing for the school to do; `filled` names what the card lacked and has now.
    """

    compared: tuple[tuple[str, Match], ...] = ()
    causes: tuple[int, ...] = ()
    filled: tuple[str, ...] = ()


class Synchronise:
    """Data flows one way (requirements.md F15): the school's word stands, the upstream completes it."""

    def __init__(self, directory: Directory, contacts: Contacts, journal: Journal):
        self._directory = directory
        self._contacts = contacts
        self._journal = journal

    def after(self, identity: UpstreamIdentity, person: Person) -> Differences:
        """Complete the card of somebody who is tied to `identity` and has just signed in, and say what differs.

        Only what the upstream has checked counts: a confirmed account, or one whose SNILS was checked. While name, birth date or
        SNILS differ, the account may be another person's, tied by mistake: its SNILS is not written, and its phone and e-mail do
        not become a way to a new diary password that would outlive the mended link.
        """
        if not is_checked(identity):
            return Differences()
        compared = compare(_WATCHED, card_fields(person), identity_fields(identity))
        causes = tuple(dict.fromkeys(DIFFERS[field] for field, found in compared if found is Match.DIFFERS))
        filled = () if causes else tuple(kind.value for kind in Kind if self._vouched(identity, person, kind))
        if not causes and dict(compared)["snils"] is Match.MISSING_HERE and identity.snils is not None:
            if self._is_anothers(identity.snils, person):
                return Differences(compared, (_DUPLICATE,), filled)
            filled += self._directory.fill_gaps(person.id, identity.snils, self._journal, Actor("person", person.id))
        return Differences(compared, causes, filled)

    def _vouched(self, identity: UpstreamIdentity, person: Person, kind: Kind) -> bool:
        said, on_card = (identity.email, person.email) if kind is Kind.EMAIL else (identity.phone, person.phone)
        return said is not None and not on_card and self._contacts.vouch(person.id, kind, said)

    def _is_anothers(self, snils: str, person: Person) -> bool:
        """Two cards of one person: which of them stays is for the school to say."""
        holders = self._directory.with_snils(snils_digits(snils) or "")
        return any(holder.id != person.id for holder in holders)


def is_checked(identity: UpstreamIdentity) -> bool:
    """Whether the upstream has checked who this is."""
    return identity.level is Level.CONFIRMED or identity.snils is not None
