"""A directory of invented people as large as wanted: `python -m bench.big_directory 100000`.

Where it goes the settings of the environment say (BROKER_STORAGE__URL, BROKER_KEYS__MASTER_KEY_FILE); the database must be empty.
The same number makes the same people. Of ten people five are pupils, four parents and one teaches; six of ten are linked.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import insert, text

from broker.directory.card import Card, Cardbox
from broker.directory.tables import CredentialRow, KinshipRow, MembershipRow, PersonRow, SchoolRow
from broker.house import House, open_house
from broker.linking.tables import UpstreamLinkRow
from broker.storage import migrate
from broker.storage.database import Database
from config.load import load_settings
from config.settings import Settings

REGIONS = ("29", "38", "77")
PEOPLE_OF_A_SCHOOL = 1000
TODAY = date(2026, 9, 1)
MADE_AT = datetime(2026, 8, 1, tzinfo=UTC)
SURNAMES = ("Озёрн", "Клён", "Рябин", "Соснов", "Берёзов", "Полев", "Лугов", "Ручьёв", "Ветров", "Снегирёв", "Зимин", "Лесков")
NAMES = ("Алёна", "Ирма", "Пётр", "Лев", "Яна", "Глеб", "Дина", "Тихон", "Вера", "Марк", "Ася", "Егор", "Нина", "Савва")
PATRONYMICS = ("Сергеевна", "Львович", "Петровна", "Глебович", "Марковна", "Тихонович", None)


@dataclass(frozen=True, slots=True)
class Invented:
    """One person as rows need them. `level` is "" for somebody who is not linked."""

    id: str
    card: Card
    school: str
    role: str
    class_name: str | None
    parent: str | None
    level: str
    is_blocked: bool
    is_activated: bool
    left_on: date | None


def people(count: int) -> Iterator[Invented]:
    """The people, by number; every pupil's parent stands before them."""
    dice = random.Random(count)
    for number in range(count):
        yield _person(number, dice)


def _person(number: int, dice: random.Random) -> Invented:
    place = number % 10
    role = "teacher" if place == 0 else "parent" if place < 5 else "pupil"
    age = dice.randrange(7, 18) if role == "pupil" else dice.randrange(25, 65)
    card = Card(
        # The number makes a surname nearly nobody else has, as real ones are spread.
        surname=f"{dice.choice(SURNAMES)}{_letters(number // 3)}ский",
        name=dice.choice(NAMES),
        patronymic=dice.choice(PATRONYMICS),
        birth_date=None if dice.random() < 0.005 else TODAY - timedelta(days=int(age * 365.25) + dice.randrange(365)),
        sex=dice.choice("MF"),
        snils=None if dice.random() < 0.08 else snils_of(number),
        login=f"person.{number}",
    )
    is_linked = dice.random() < 0.6
    levels = ("child",) if age < 14 else ("confirmed", "confirmed", "confirmed", "not_confirmed")
    return Invented(
        id=f"p-{number:08}",
        card=card,
        school=f"s-{number // PEOPLE_OF_A_SCHOOL:05}",
        role=role,
        class_name=f"{max(1, age - 6)}{dice.choice('АБВ')}" if role == "pupil" else None,
        parent=f"p-{number - 4:08}" if role == "pupil" and place < 9 else None,
        level=dice.choice(levels) if is_linked else "",
        is_blocked=dice.random() < 0.002,
        is_activated=is_linked or dice.random() < 0.7,
        left_on=date(2026, 6, 25) if dice.random() < 0.03 else None,
    )


def snils_of(number: int) -> str:
    """The SNILS of a person by number, with a sound check sum."""
    digits = f"{number + 2_000_001:09}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(9, 0, -1), strict=True))
    check = total if total < 100 else total % 101 % 100
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]} {check:02}"


def write(house: House, everybody: Sequence[Invented], cards: Cardbox) -> None:
    """One part of the people, in one unit of work."""
    rows: dict[Any, list[dict[str, Any]]] = {
        PersonRow: [],
        MembershipRow: [],
        KinshipRow: [],
        UpstreamLinkRow: [],
        CredentialRow: [],
    }
    for one in everybody:
        rows[PersonRow].append(_person_row(one, cards))
        rows[MembershipRow].append(_membership_row(one))
        if one.parent is not None:
            rows[KinshipRow].append({"parent_id": one.parent, "child_id": one.id})
        if one.level:
            rows[UpstreamLinkRow].append(_link_row(one))
        if one.is_activated:
            rows[CredentialRow].append(
                {"person_id": one.id, "password_hash": "not a hash: nobody's password", "changed_at": MADE_AT}
            )
    with house.database.work() as connection:
        for table, some in rows.items():
            if some:
                connection.execute(insert(table), some)


def write_schools(house: House, count: int) -> None:
    """As many schools as the people need, spread over the regions."""
    schools = [
        {
            "id": f"s-{number:05}",
            "region": REGIONS[number % len(REGIONS)],
            "name_ru": f"Школа № {number}",
            "name_en": f"School No. {number}",
            "is_open": True,
            "contact": None,
        }
        for number in range(count // PEOPLE_OF_A_SCHOOL + 1)
    ]
    with house.database.work() as connection:
        connection.execute(insert(SchoolRow), schools)


def _person_row(one: Invented, cards: Cardbox) -> dict[str, Any]:
    prints = cards.prints(one.card)
    return {
        "id": one.id,
        "card_sealed": cards.seal(one.id, one.card),
        "snils_print": prints.snils,
        "name_birth_print": prints.name_birth,
        "login_print": prints.login,
        "is_blocked": one.is_blocked,
        "activated_at": MADE_AT if one.is_activated else None,
        "changed_at": MADE_AT,
    }


def _membership_row(one: Invented) -> dict[str, Any]:
    return {
        "person_id": one.id,
        "position": 0,
        "school_id": one.school,
        "role": one.role,
        "class_name": one.class_name,
        "left_on": one.left_on,
    }


def _link_row(one: Invented) -> dict[str, Any]:
    return {
        "id": f"l{one.id}",
        "person_id": one.id,
        "connector": "esia",
        "subject_print": f"{one.id:0>64}",
        "subject_sealed": b"nobody",
        "level": one.level,
        "is_standard": one.card.snils is not None,
        "evidence": "snils_and_name",
        "linked_at": MADE_AT,
        "seen_at": MADE_AT,
    }


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number, 20)
        letters += "абвгдежзиклмнопрстуф"[rest]
    return letters


def fill(house: House, count: int, at_once: int = 5000) -> None:
    """Write `count` people; says how far it is on standard error."""
    cards = house.directory.cards
    write_schools(house, count)
    part: list[Invented] = []
    for number, one in enumerate(people(count), start=1):
        part.append(one)
        if len(part) == at_once or number == count:
            write(house, part, cards)
            part.clear()
            print(f"\r{number} of {count}", end="", file=sys.stderr, flush=True)
    with house.database.work() as connection:
        connection.execute(text("ANALYZE"))
    print(file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.big_directory", description=__doc__)
    parser.add_argument("people", type=int)
    asked = parser.parse_args()
    settings = load_settings()
    make_tables(settings)
    house = open_house(settings)
    with house.app.app_context():
        fill(house, asked.people)


def make_tables(settings: Settings) -> None:
    """The tables of this release, in an application of their own: the house does not open without them."""
    app = Flask("bench")
    database = Database(app, settings.storage)
    with app.app_context():
        migrate.upgrade(database)
    database.close()


if __name__ == "__main__":
    main()
