"""Whom a line of a list means: by its code, its SNILS, or name and birth date. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from broker.directory.card import Card, Prints
from broker.directory.roster import Entry, Scope
from broker.directory.roster_store import Found
from broker.foundation.normal_forms import name_form, snils_digits, snils_sum_is_right


class Unclear(Exception):
    """The line cannot be taken; `field` and `message` as in RowProblem."""

    def __init__(self, field: str, message: str):
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(slots=True)
class Planned:
    """Who the lines before were about: person by SNILS, by name and birth date, by login; and the card each will have."""

    by_snils: dict[str, str] = field(default_factory=dict)
    by_name: dict[str, list[str]] = field(default_factory=dict)
    by_login: dict[str, str] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)

    def note(self, person_id: str, card: Card, prints: Prints) -> None:
        """Remember a person of a line."""
        self.cards[person_id] = card
        if prints.snils:
            self.by_snils[prints.snils] = person_id
        if prints.name_birth and person_id not in self.by_name.setdefault(prints.name_birth, []):
            self.by_name[prints.name_birth].append(person_id)
        if prints.login:
            self.by_login[prints.login] = person_id


def person_meant(entry: Entry, prints: Prints, scope: Scope, found: Found, planned: Planned) -> str | None:
    """The person a line is about, or None for somebody new.

    Raises:
        Unclear: several fit, or the one that fits is not for this list to touch.
    """
    if entry.person_id:
        is_there = entry.person_id in found.cards or entry.person_id in planned.cards
        if not is_there and not scope.is_whole:
            raise Unclear("id", "code_unknown")
        return entry.person_id if is_there else None
    by_snils = _by_snils(entry, prints, found, planned)
    return by_snils or _by_name(entry, prints, found, planned)


def require_free(person_id: str | None, prints: Prints, found: Found, planned: Planned) -> None:
    """Nobody else has the SNILS and the login of a line; logins of other cards are looked at when all lines are known.

    Raises:
        Unclear: somebody has.
    """
    if prints.snils:
        if planned.by_snils.get(prints.snils, person_id) != person_id:
            raise Unclear("snils", "twice")
        others = [one for one in found.by_snils.get(prints.snils, ()) if one != person_id]
        if others:
            raise Unclear("snils", "snils_taken" if others[0] in found.cards else "snils_elsewhere")
    if prints.login and planned.by_login.get(prints.login, person_id) != person_id:
        raise Unclear("login", "twice")


def _by_snils(entry: Entry, prints: Prints, found: Found, planned: Planned) -> str | None:
    if prints.snils is None:
        return None
    before = planned.by_snils.get(prints.snils)
    if before is not None:
        if not _same_names(entry.card, planned.cards[before]):
            raise Unclear("snils", "twice")
        return before
    everybody = found.by_snils.get(prints.snils, [])
    own = [found.cards[one] for one in everybody if one in found.cards]
    if len(own) > 1:
        raise Unclear("snils", "several")
    if own and not _alike(entry.card, own[0].card):
        raise Unclear("snils", "snils_taken")
    if not own and everybody:
        raise Unclear("snils", "snils_elsewhere")
    return own[0].id if own else None


def _by_name(entry: Entry, prints: Prints, found: Found, planned: Planned) -> str | None:
    if prints.name_birth is None:
        return None
    cards: Mapping[str, Card] = {
        **{one: found.cards[one].card for one in found.by_name.get(prints.name_birth, ()) if one in found.cards},
        **{one: planned.cards[one] for one in planned.by_name.get(prints.name_birth, ())},
    }
    fitting = [one for one, card in cards.items() if may_be(entry.card, card)]
    if len(fitting) > 1:
        raise Unclear("surname", "several")
    return fitting[0] if fitting else None


def may_be(listed: Card, card: Card) -> bool:
    """Whether two people of one name and birth date may be one: unless both have a sound SNILS and these differ.

    A SNILS whose check sum is wrong is a slip that the list corrects.
    """
    here, there = snils_digits(card.snils), snils_digits(listed.snils)
    return here is None or there is None or here == there or not snils_sum_is_right(here)


def _alike(one: Card, other: Card) -> bool:
    """Both names, or one of them and the birth date, agree: enough to believe that a SNILS is not mistyped."""
    same_name = name_form(one.name) == name_form(other.name)
    same_surname = name_form(one.surname) == name_form(other.surname)
    same_day = one.birth_date is not None and one.birth_date == other.birth_date
    return (same_name and same_surname) or (same_day and (same_name or same_surname))


def _same_names(one: Card, other: Card) -> bool:
    return name_form(one.name) == name_form(other.name) and name_form(one.surname) == name_form(other.surname)


