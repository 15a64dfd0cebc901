"""By what diaries find the people they have sent, made again from the sealed name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Table

from broker.provisioning.external_store import EXTERNAL_WORD, bound_to_external, external_form
from broker.provisioning.tables import ProvisionedRow
from broker.storage.found_columns import Found, both
from keys.secrets.fingerprints import Fingerprints
from keys.secrets.sealing import Sealer


def found_provisioned(sealer: Sealer, fingerprints: Fingerprints) -> tuple[Found, ...]:
    """Names that diaries have given."""

    def of_provisioned(row: Mapping[str, Any]) -> Mapping[str, str | None]:
        source_id, sealed = row["source_id"], row["external_sealed"]
        external_id = sealer.unseal(sealed, bound_to_external(source_id, row["person_id"])).decode("utf-8")
        return both("external_print", fingerprints.columns(EXTERNAL_WORD, external_form(source_id, external_id)))

    return (Found(cast("Table", ProvisionedRow.__table__), ("external_print", "external_print_2"), of_provisioned),)
