"""A parent's children as the upstream names them, beside those whose parent the school says they are.

Nothing is given by this: whose parent somebody is stays the school's word alone. It only shows the school where to look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from broker.connectors.identity import Level, UpstreamChild, UpstreamIdentity
from broker.directory.directory import Directory
from broker.directory.person import Person, Role
from broker.foundation.normal_forms import age_on
from broker.linking.facts import card_fields
from broker.policy.compare import compare
from broker.policy.decision import Fields, Match

_FIELDS = ("surname", "name", "patronymic", "birth_date", "snils")
_OF_AGE = 18
# The rows of a case: who is not on the card, who is not named by the upstream.
UNRECORDED, UNNAMED = ("children_named", Match.MISSING_HERE.value), ("children_recorded", Match.MISSING_THERE.value)


@dataclass(frozen=True, slots=True)
class Pair:
    """A child of the upstream and a card that are one child. `differing` are names of fields."""

    subject: str
    person_id: str
    differing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KinFound:
    """What a comparison gave. `unrecorded` are children of the upstream who have a card that is not tied to this parent,
    `unnamed` cards tied to this parent that the upstream does not name, `elsewhere` how many have no card in this diary: of those
    no school here has a record to be compared."""

    pairs: tuple[Pair, ...]
    unrecorded: tuple[str, ...]
    unnamed: tuple[str, ...]
    elsewhere: int = 0

    @property
    def is_equal(self) -> bool:
        return not (self.unrecorded or self.unnamed or any(pair.differing for pair in self.pairs))

    @property
    def compared(self) -> tuple[tuple[str, str], ...]:
        """As rows of a case: names of fields and words of `Match`, never a value and never how many."""
        differing = {field for pair in self.pairs for field in pair.differing}
        rows = [(f"child_{field}", Match.DIFFERS.value) for field in _FIELDS if field in differing]
        return tuple([UNRECORDED] * bool(self.unrecorded) + [UNNAMED] * bool(self.unnamed) + rows)

    @property
    def form(self) -> str:
        """The same text for the same finding, to be known again by; without names, dates and numbers of documents."""
        pairs = sorted(f"{pair.subject}={pair.person_id}:{','.join(pair.differing)}" for pair in self.pairs)
        return "\n".join((*pairs, *sorted(f"{one}=" for one in self.unrecorded), *sorted(f"={one}" for one in self.unnamed)))


class Kin:
    """Compares; changes nothing."""

    def __init__(self, directory: Directory):
        self._directory = directory

    def compared(self, identity: UpstreamIdentity, person: Person, day: date) -> KinFound | None:
        """What differs for a parent on a local day; None when there is nothing to compare: the upstream has not told its
        children or has not confirmed who tells them, or the school does not know this person as a parent."""
        if identity.children is None or identity.level is not Level.CONFIRMED:
            return None
        recorded = [child.person_id for child in self._directory.children_of(person.id)]
        if not recorded and Role.PARENT not in person.roles_on(day):
            return None
        cards = sorted(self._directory.find_people(recorded).values(), key=lambda card: card.id) if recorded else []
        pairs, alone, unnamed = paired(identity.children, cards)
        known = [child.subject for child in alone if is_minor(child.birth_date, day) and self._has_card(child)]
        minors = [card.id for card in unnamed if is_minor(card.birth_date, day)]
        return KinFound(pairs, tuple(known), tuple(minors), len(alone) - len(known))

    def _has_card(self, child: UpstreamChild) -> bool:
        if child.snils is not None and self._directory.with_snils(child.snils):
            return True
        named = (child.surname, child.name, child.patronymic, child.birth_date)
        return bool(self._directory.with_name_and_birth_date(*named))


def paired(
    told: Sequence[UpstreamChild], cards: Sequence[Person]
) -> tuple[tuple[Pair, ...], tuple[UpstreamChild, ...], tuple[Person, ...]]:
    """Children and cards that are one, best fits first, so that twins find each their own; then who is left on either side."""
    fits = [(likeness(child, card), place, at) for place, child in enumerate(told) for at, card in enumerate(cards)]
    pairs: dict[int, int] = {}
    for score, place, at in sorted(fits, key=lambda fit: (-fit[0], fit[1], fit[2])):
        if score and place not in pairs and at not in pairs.values():
            pairs[place] = at
    found = tuple(
        Pair(told[place].subject, cards[at].id, _differing(told[place], cards[at])) for place, at in sorted(pairs.items())
    )
    alone = tuple(child for place, child in enumerate(told) if place not in pairs)
    return found, alone, tuple(card for at, card in enumerate(cards) if at not in pairs.values())


def likeness(child: UpstreamChild, card: Person) -> int:
    """How surely they are one child; 0 when nothing says so. One SNILS says it, two of surname, name and birth date do. With two
    different SNILS it takes name and birth date: brothers and sisters share the rest."""
    found = dict(compare(_FIELDS, card_fields(card), _told(child)))
    same = [field for field in ("surname", "name", "birth_date") if found[field] is Match.SAME]
    if found["snils"] is Match.SAME:
        return 4 + len(same)
    if found["snils"] is Match.DIFFERS and not {"name", "birth_date"} <= set(same):
        return 0
    return len(same) if len(same) > 1 else 0


def is_minor(birth_date: date | None, day: date) -> bool:
    """Whether somebody counts as a child on a day; whose age nobody knows does."""
    return birth_date is None or age_on(birth_date, day) < _OF_AGE


def _differing(child: UpstreamChild, card: Person) -> tuple[str, ...]:
    found = compare(_FIELDS, card_fields(card), _told(child))
    differing = (field for field, match in found if match is Match.DIFFERS)
    # Without a name nothing says that there is no patronymic: it was not granted either.
    return tuple(field for field in differing if field != "patronymic" or child.name is not None)


def _told(child: UpstreamChild) -> Fields:
    return Fields(child.surname, child.name, child.patronymic, child.birth_date, child.sex, child.snils)
