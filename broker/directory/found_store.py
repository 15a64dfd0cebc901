"""By what people and their contacts are found, made again from their cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Table

from broker.directory.card import NO_PRINTS, Cardbox
from broker.directory.tables import ContactRow, PersonRow
from broker.storage.found_columns import Found, both
from keys.secrets.fingerprints import Fingerprints
from keys.secrets.sealing import Sealer


def found_in_directory(sealer: Sealer, fingerprints: Fingerprints) -> tuple[Found, ...]:
    """People and contacts."""
    cards = Cardbox(sealer, fingerprints)

    def of_person(row: Mapping[str, Any]) -> Mapping[str, str | None]:
        return cards.prints(cards.unseal(row["id"], row["card_sealed"])).columns

    def of_contact(row: Mapping[str, Any]) -> Mapping[str, str | None]:
        value = sealer.unseal(row["value_sealed"], f"contact:{row['person_id']}:{row['kind']}").decode("utf-8")
        return both("value_print", fingerprints.columns(f"contact.{row['kind']}", value))

    return (
        Found(cast("Table", PersonRow.__table__), tuple(NO_PRINTS), of_person),
        Found(cast("Table", ContactRow.__table__), ("value_print", "value_print_2"), of_contact),
    )
