"""The personal part of a card: how it is sealed, and by which fingerprints it is found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from broker.foundation.encoding import canonical_json
from broker.foundation.normal_forms import name_form, patronymic_form, snils_digits
from keys.secrets.fingerprints import Fingerprints
from keys.secrets.sealing import Sealer

_JSON = json.JSONDecoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is personal about a person, as the school wrote it. `snils` may hold a typing mistake."""

    surname: str
    name: str
    patronymic: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    snils: str | None = None
    email: str | None = None
    phone: str | None = None
    login: str | None = None

    def __repr__(self) -> str:
        return "Card(...)"


@dataclass(frozen=True, slots=True)
class Prints:
    """By what a card can be found; None where it lacks the value. `columns` is what its row keeps of it."""

    snils: str | None
    name_birth: str | None
    login: str | None
    columns: Mapping[str, str | None]


class Cardbox:
    """Seals cards for the person they belong to and makes their fingerprints."""

    def __init__(self, sealer: Sealer, fingerprints: Fingerprints):
        self._sealer = sealer
        self._fingerprints = fingerprints

    def seal(self, person_id: str, card: Card) -> bytes:
        """The card for the database; it opens for this person only."""
        kept = {name: value for name, value in asdict(card).items() if value is not None}
        if card.birth_date is not None:
            kept["birth_date"] = card.birth_date.isoformat()
        return self._sealer.seal(canonical_json(kept), f"person:{person_id}")

    def unseal(self, person_id: str, sealed: bytes) -> Card:
        """The card again.

        Raises:
            SealBroken: the record was changed or belongs to somebody else.
        """
        # `json.loads` would first guess the encoding, and look for spaces around what we wrote without any.
        kept, _ = _JSON.raw_decode(self._sealer.unseal(sealed, f"person:{person_id}").decode("utf-8"))
        if "birth_date" in kept:
            kept["birth_date"] = date.fromisoformat(kept["birth_date"])
        return Card(**kept)

    def prints(self, card: Card) -> Prints:
        """The fingerprints of a card. A SNILS that is not eleven digits cannot be looked for."""
        digits = snils_digits(card.snils)
        said = {
            "snils": digits,
            "name_birth": _name_and_birth_date(card.surname, card.name, card.patronymic, card.birth_date),
            "login": login_form(card.login) if card.login else None,
        }
        found = {name: None if value is None else self._fingerprints.of(f"person.{name}", value) for name, value in said.items()}
        return Prints(**found, columns=self._columns(said))

    def of_snils(self, digits: str) -> str:
        return self._fingerprints.of("person.snils", digits)

    def of_name_and_birth_date(
        self, surname: str | None, name: str | None, patronymic: str | None, birth_date: date | None
    ) -> str | None:
        """None unless surname, name and birth date are all there: less would find strangers."""
        value = _name_and_birth_date(surname, name, patronymic, birth_date)
        return None if value is None else self._fingerprints.of("person.name_birth", value)

    def of_login(self, login: str) -> str:
        return self._fingerprints.of("person.login", login_form(login))

    def _columns(self, said: Mapping[str, str | None]) -> dict[str, str | None]:
        kept: dict[str, str | None] = {}
        for name, value in said.items():
            both = None if value is None else self._fingerprints.columns(f"person.{name}", value)
            kept[f"{name}_print"] = None if both is None else both.first
            kept[f"{name}_print_2"] = None if both is None else both.second
        return kept


# Of a card that nobody is to find any more.
NO_PRINTS: Mapping[str, None] = dict.fromkeys(
    f"{name}_print{column}" for name in ("snils", "name_birth", "login") for column in ("", "_2")
)
NO_LOGIN: Mapping[str, None] = {"login_print": None, "login_print_2": None}


def _name_and_birth_date(
    surname: str | None, name: str | None, patronymic: str | None, birth_date: date | None
) -> str | None:
    forms = (name_form(surname), name_form(name), patronymic_form(patronymic))
    if birth_date is None or not forms[0] or not forms[1]:
        return None
    return "\n".join((*forms, birth_date.isoformat()))


def login_form(login: str | None) -> str:
    """A diary login without case and spaces around it; "" when there is none."""
    return (login or "").strip().casefold()
