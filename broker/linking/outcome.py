"""What a match can say. The type is the verdict; `grounds` say why."""

from __future__ import annotations

from dataclasses import dataclass, field

from broker.audit.catalogue import MatchDecided
from broker.directory.person import Person
from broker.linking.evidence import Evidence
from broker.linking.link import Link
from broker.policy.decision import Match as Compared


@dataclass(frozen=True, slots=True)
class Grounds:
    """`causes` may be shown, the first one on the page; `hidden_causes` are the real ones where the page may not say them: they
    are for the journal and for a case. `fields` names what differs, and may be shown; `compared` is the whole comparison and
    may not.

    `region` is the one that decided, for the journal and for a case; a page may name it only with cause 3112, where it is the
    person's own, or beside a school. `school_id` is set only if the page may name the school. `person_id` is the card that was
    looked at, for the journal and for a case only.
    """

    causes: tuple[int, ...] = ()
    hidden_causes: tuple[int, ...] = ()
    fields: tuple[str, ...] = ()
    compared: tuple[tuple[str, Compared], ...] = ()
    rule: str = ""
    policy_version: str = ""
    region: str = ""
    school_id: str = ""
    person_id: str | None = None
    warning_key: str | None = None


@dataclass(frozen=True, slots=True)
class Certain:
    """This person, without a question. `link` is there when the two were tied before; otherwise tie them on `evidence`."""

    person: Person
    evidence: Evidence
    link: Link | None = None
    grounds: Grounds = field(default_factory=Grounds)


@dataclass(frozen=True, slots=True)
class Prove:
    """Perhaps somebody we know: show the diary login and password once."""

    grounds: Grounds


@dataclass(frozen=True, slots=True)
class Nobody:
    """No card, or none we may speak of."""

    grounds: Grounds


@dataclass(frozen=True, slots=True)
class Refused:
    """A card, and it may not be opened."""

    grounds: Grounds


@dataclass(frozen=True, slots=True)
class Doubt:
    """The diary password was right, yet one thing differs that the rule does not compare: ask if this is their diary (E8)."""

    person: Person
    grounds: Grounds


Match = Certain | Prove | Nobody | Refused
Proven = Certain | Doubt | Refused


def as_event(match: Match | Proven) -> MatchDecided:
    """The decision for the journal, with the real causes. The verdict of a doubt is `doubt`."""
    grounds = match.grounds
    causes = grounds.hidden_causes or grounds.causes
    verdict = type(match).__name__.lower()
    return MatchDecided(verdict, causes, grounds.rule, grounds.policy_version, grounds.person_id)
