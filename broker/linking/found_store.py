"""By what links are found, made again from the sealed subject."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Table

from broker.linking.links import SUBJECT_WORD, subject_form
from broker.linking.tables import UpstreamLinkRow
from broker.storage.found_columns import Found, both
from keys.secrets.fingerprints import Fingerprints
from keys.secrets.sealing import Sealer


def found_links(sealer: Sealer, fingerprints: Fingerprints) -> tuple[Found, ...]:
    """Links by their upstream subject."""

    def of_link(row: Mapping[str, Any]) -> Mapping[str, str | None]:
        subject = sealer.unseal(row["subject_sealed"], f"link:{row['id']}").decode("utf-8")
        return both("subject_print", fingerprints.columns(SUBJECT_WORD, subject_form(row["connector"], subject)))

    return (Found(cast("Table", UpstreamLinkRow.__table__), ("subject_print", "subject_print_2"), of_link),)
