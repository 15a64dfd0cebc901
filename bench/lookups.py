"""How long it takes to find a card: `python -m bench.lookups`, over the directory that bench.big_directory has made.

Where it is the settings of the environment say. Prints the time of whole look-ups (fingerprint, question, unsealing) and, on
PostgreSQL, the plans of their questions.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Sequence
from statistics import median, quantiles
from time import perf_counter

from sqlalchemy import Select, func, select, text

from bench.big_directory import Invented, people
from broker.directory.store import PEOPLE
from broker.directory.tables import PersonRow
from broker.foundation.normal_forms import snils_digits
from broker.house import House, open_house
from config.load import load_settings


def sample(count: int, size: int) -> list[Invented]:
    """Some of the people the directory was made of, at random."""
    chosen = set(random.Random(7).sample(range(count), min(size, count)))
    return [one for number, one in enumerate(people(count)) if number in chosen]


def by_snils(house: House, some: Sequence[Invented]) -> list[Callable[[], bool]]:
    """Look-ups that must each find exactly their person."""
    return [_looking_for(house, one.id, snils_digits(one.card.snils) or "") for one in some if one.card.snils]


def _looking_for(house: House, person_id: str, digits: str) -> Callable[[], bool]:
    return lambda: [found.id for found in house.directory.with_snils(digits)] == [person_id]


def by_name(house: House, some: Sequence[Invented]) -> list[Callable[[], bool]]:
    """Look-ups that must find their person, and perhaps a namesake born on the same day."""
    return [_looking_for_namesakes(house, one) for one in some if one.card.birth_date]


def _looking_for_namesakes(house: House, one: Invented) -> Callable[[], bool]:
    card = one.card

    def look() -> bool:
        found = house.directory.with_name_and_birth_date(card.surname, card.name, card.patronymic, card.birth_date)
        return one.id in [person.id for person in found]

    return look


def measured(title: str, look_ups: Sequence[Callable[[], bool]]) -> None:
    """Run each once and print how long one takes, in milliseconds."""
    times = []
    for look in look_ups:
        begun = perf_counter()
        found = look()
        times.append((perf_counter() - begun) * 1000)
        if not found:
            raise SystemExit(f"{title}: a look-up did not find its person")
    ordered = sorted(times)
    steps = quantiles(ordered, n=100)
    figures = {"median": median(ordered), "95 %": steps[94], "99 %": steps[98], "worst": ordered[-1]}
    print(f"{title}: {len(times)} look-ups, ms: " + ", ".join(f"{name} {value:.2f}" for name, value in figures.items()))


def plan(house: House, title: str, question: Select[tuple[object, ...]]) -> None:
    """Print how PostgreSQL answers a question."""
    engine = house.database.engine
    asked = question.compile(engine, compile_kwargs={"literal_binds": True})
    with engine.connect() as connection:
        lines = connection.execute(text(f"EXPLAIN (ANALYZE, BUFFERS) {asked}".replace(":", r"\:"))).scalars()
        print(f"\n{title}\n" + "\n".join(f"    {line}" for line in lines))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.lookups", description=__doc__)
    parser.add_argument("--look-ups", type=int, default=2000)
    asked = parser.parse_args()
    house = open_house(load_settings())
    with house.app.app_context():
        count = house.database.session.execute(select(func.count()).select_from(PersonRow)).scalar_one()
        print(f"{count} people")
        some = sample(count, asked.look_ups)
        measured("warming up", by_snils(house, some[:100]))
        measured("by SNILS", by_snils(house, some))
        measured("by name and birth date", by_name(house, some))
        if not house.database.is_sqlite:
            prints = house.directory.cards.prints(next(one.card for one in some if one.card.snils and one.card.birth_date))
            plan(house, "by SNILS", PEOPLE.where(PersonRow.snils_print == prints.snils))
            plan(house, "by name and birth date", PEOPLE.where(PersonRow.name_birth_print == prints.name_birth))


if __name__ == "__main__":
    main()
