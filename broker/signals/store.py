"""The rows of streams, and of the people they are not told of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Executable, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from broker.foundation.outside import Outside
from broker.signals.stream import Stream
from broker.signals.tables import LeftOutRow, StreamRow
from broker.storage.database import Database
from keys.secrets.sealing import Sealer

_TABLE: Any = StreamRow.__table__
_C = _TABLE.c
_COLUMNS = (
    _C.id, _C.client_id, _C.delivery, _C.endpoint_url, _C.authorization, _C.events, _C.description, _C.status, _C.reason,
)  # fmt: skip
_BY_ID = select(*_COLUMNS).where(_C.id == bindparam("id_"))
_OF_CLIENT = select(*_COLUMNS).where(_C.client_id == bindparam("client_id_"))
_DELETE = delete(_TABLE).where(_C.id == bindparam("id_"))
_LEFT: Any = LeftOutRow.__table__
_THIS = (_LEFT.c.stream_id == bindparam("stream_id_"), _LEFT.c.sub == bindparam("sub_"))
_IS_LEFT = select(_LEFT.c.sub).where(*_THIS)
_LET_IN = delete(_LEFT).where(*_THIS)
_LET_ALL_IN = delete(_LEFT).where(_LEFT.c.stream_id == bindparam("stream_id_"))


class StreamTaken(Exception):
    """The client has a stream already."""


class Streams:
    """Every stream there is; one a client. Changes belong inside `work()`."""

    def __init__(self, database: Database, sealer: Sealer, outside: Outside):
        self._database = database
        self._sealer = sealer
        self._outside = outside
        insert_row = sqlite.insert if database.is_sqlite else postgresql.insert
        self._leave_out = insert_row(LeftOutRow).on_conflict_do_nothing(index_elements=["stream_id", "sub"])

    def add(self, stream: Stream) -> None:
        """Keep a new stream.

        Raises:
            StreamTaken: the client has one; the unit of work is then lost.
        """
        try:
            self._database.session.execute(insert(_TABLE), self._values(stream) | {"made_at": self._outside.now()})
        except IntegrityError:
            raise StreamTaken from None

    def replace(self, stream: Stream) -> None:
        """Keep a stream as it has become."""
        values = self._values(stream)
        self._database.session.execute(update(_TABLE).where(_C.id == stream.id).values(**values))

    def delete(self, stream_id: str) -> None:
        """Forget a stream and whom it was not told of."""
        self._database.session.execute(_LET_ALL_IN, {"stream_id_": stream_id})
        self._database.session.execute(_DELETE, {"id_": stream_id})

    def find(self, stream_id: str) -> Stream | None:
        """A stream, or None."""
        return self._stream(self._database.session.execute(_BY_ID, {"id_": stream_id}).first())

    def of_client(self, client_id: str) -> Stream | None:
        """The stream of a client, or None."""
        return self._stream(self._database.session.execute(_OF_CLIENT, {"client_id_": client_id}).first())

    def leave_out(self, stream_id: str, sub: str) -> bool:
        """Tell nothing of somebody any more; False if nothing was told already."""
        return bool(self._run(self._leave_out, {"stream_id": stream_id, "sub": sub}).rowcount)

    def let_in(self, stream_id: str, sub: str) -> bool:
        """Tell of somebody again; False if they were told of all the time."""
        return bool(self._run(_LET_IN, {"stream_id_": stream_id, "sub_": sub}).rowcount)

    def is_left_out(self, stream_id: str, sub: str) -> bool:
        """Whether nothing is to be told of somebody."""
        return self._database.session.execute(_IS_LEFT, {"stream_id_": stream_id, "sub_": sub}).first() is not None

    def _run(self, change: Executable, values: Mapping[str, str]) -> Any:
        return self._database.session.execute(change, values)

    def _values(self, stream: Stream) -> dict[str, object]:
        sealed = self._sealer.seal(stream.authorization.encode("ascii"), _owner(stream.id)) if stream.authorization else None
        plain = {name: getattr(stream, name) for name in ("id", "client_id", "delivery", "endpoint_url", "description")}
        state = {"status": stream.status, "reason": stream.reason}
        return plain | state | {"authorization": sealed, "events": " ".join(stream.requested)}

    def _stream(self, row: Any) -> Stream | None:
        if row is None:
            return None
        header = self._sealer.unseal(row.authorization, _owner(row.id)).decode("ascii") if row.authorization else ""
        events = tuple(row.events.split())
        return Stream(
            row.id, row.client_id, row.delivery, row.endpoint_url, header, events, row.description, row.status, row.reason
        )


def _owner(stream_id: str) -> str:
    return f"signal_stream:{stream_id}"
