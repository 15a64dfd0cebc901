"""What diaries call people (`externalId`): sealed, and found by fingerprint."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from broker.provisioning.tables import ProvisionedRow
from broker.storage.columns import either
from broker.storage.database import Database
from keys.secrets.fingerprints import Fingerprints
from keys.secrets.sealing import Sealer

_MANY = 400
EXTERNAL_WORD = "provisioned.external"


class ExternalTaken(Exception):
    """The diary calls somebody else so; nothing was written."""


class Externals:
    """The names one diary has for people."""

    def __init__(self, database: Database, sealer: Sealer, fingerprints: Fingerprints, source_id: str):
        self._database = database
        self._sealer = sealer
        self._fingerprints = fingerprints
        self._source_id = source_id

    def of(self, person_ids: Sequence[str]) -> dict[str, str]:
        """By person; whoever has none is left out."""
        found: dict[str, str] = {}
        for start in range(0, len(person_ids), _MANY):
            some = person_ids[start : start + _MANY]
            question = select(ProvisionedRow.person_id, ProvisionedRow.external_sealed).where(
                ProvisionedRow.source_id == self._source_id, ProvisionedRow.person_id.in_(some)
            )
            for row in self._database.session.execute(question):
                found[row.person_id] = self._sealer.unseal(row.external_sealed, self._bound_to(row.person_id)).decode("utf-8")
        return found

    def find(self, external_id: str) -> str | None:
        """Whom the diary calls so."""
        question = select(ProvisionedRow.person_id).where(
            ProvisionedRow.source_id == self._source_id,
            either(ProvisionedRow.external_print, ProvisionedRow.external_print_2, self._print(external_id)),
        )
        found: str | None = self._database.session.execute(question).scalar()
        return found

    def put(self, person_id: str, external_id: str | None) -> None:
        """Call somebody so, or nothing. Call inside `work()`.

        Raises:
            ExternalTaken: the unit of work may go on.
        """
        mine = (ProvisionedRow.source_id == self._source_id, ProvisionedRow.person_id == person_id)
        try:
            with self._database.session.begin_nested():
                self._database.session.execute(delete(ProvisionedRow).where(*mine))
                if external_id is not None:
                    columns = self._fingerprints.columns(EXTERNAL_WORD, external_form(self._source_id, external_id))
                    values = {
                        "source_id": self._source_id,
                        "person_id": person_id,
                        "external_sealed": self._sealer.seal(external_id.encode("utf-8"), self._bound_to(person_id)),
                        "external_print": columns.first,
                        "external_print_2": columns.second,
                    }
                    self._database.session.execute(insert(ProvisionedRow), values)
        except IntegrityError:
            raise ExternalTaken from None

    def _print(self, external_id: str) -> str:
        return self._fingerprints.of(EXTERNAL_WORD, external_form(self._source_id, external_id))

    def _bound_to(self, person_id: str) -> str:
        return bound_to_external(self._source_id, person_id)


def external_form(source_id: str, external_id: str) -> str:
    """What a name is found by: those of two diaries never meet."""
    return f"{source_id}\n{external_id}"


def bound_to_external(source_id: str, person_id: str) -> str:
    """What a name is sealed for."""
    return f"provisioned:{source_id}:{person_id}"
