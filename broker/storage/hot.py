"""The few statements that every sign-in and every token asks: written in Core as all others, run on the driver's own cursor.

SQLAlchemy makes an execution context, a result and a row class for each run, which costs more than SQLite needs for the answer
(docs/performance.md). Text, parameters and values of a statement of this kind are worked out once for each kind of database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect

from broker.storage.columns import UtcInstant

Processor = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Written:
    """One statement for one kind of database. `fixed` are values that stand in the statement itself; `names` is there where the
    driver wants values in order, and what is processed is then a place among them, else a name."""

    text: str
    names: tuple[str, ...] | None
    fixed: Mapping[str, Any]
    binds: tuple[tuple[Any, Processor], ...]
    values: tuple[tuple[int, Processor], ...]

    def parameters(self, given: Mapping[str, Any]) -> Any:
        """What the driver wants."""
        if self.fixed:
            given = {**self.fixed, **given}
        found: Any = dict(given) if self.names is None else [given[name] for name in self.names]
        for place, process in self.binds:
            found[place] = process(found[place])
        return found

    def rows(self, raw: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Values as the columns mean them."""
        if not self.values:
            return raw
        rows = [list(row) for row in raw]
        for row in rows:
            for place, process in self.values:
                row[place] = process(row[place])
        return [tuple(row) for row in rows]


class Hot:
    """A Core statement with named parameters and no lists in it; for an insert, `columns` are those that a row gives.

    Errors, and whoever listens to statements, are served as by SQLAlchemy itself.
    """

    def __init__(self, statement: Any, columns: Sequence[str] | None = None):
        self._statement = statement
        self._columns = columns
        self._written: dict[str, _Written] = {}

    def all(self, connection: Connection, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Every row of the answer, as tuples; none for a statement that has no answer."""
        written = self._written.get(connection.dialect.name) or self._write(connection.dialect)
        cursor = run(connection, written.text, written.parameters(parameters))
        try:
            return written.rows(cursor.fetchall()) if cursor.description else []
        except connection.dialect.loaded_dbapi.Error as error:
            _tell(connection, error, cursor, written.text)
        finally:
            cursor.close()

    def first(self, connection: Connection, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The only row of the answer, or None. A statement of this kind finds by a unique value."""
        found = self.all(connection, parameters)
        return found[0] if found else None

    def change(self, connection: Connection, parameters: Mapping[str, Any]) -> int:
        """How many rows the statement changed."""
        written = self._written.get(connection.dialect.name) or self._write(connection.dialect)
        cursor = run(connection, written.text, written.parameters(parameters))
        changed = int(cursor.rowcount)
        cursor.close()
        return changed

    def _write(self, dialect: Dialect) -> _Written:
        compiled = self._statement.compile(dialect=dialect, column_keys=self._columns)
        if "POSTCOMPILE" in compiled.string or getattr(compiled, "insert_prefetch", None):
            raise RuntimeError("a hot statement has neither lists nor columns that are filled in for it")
        names = tuple(compiled.positiontup) if compiled.positional else None
        processed = {name: _writing(bind.type, dialect) for name, bind in compiled.binds.items()}
        binds = [(place, processed[name]) for place, name in enumerate(names)] if names is not None else processed.items()
        kinds = [column.type for column in getattr(self._statement, "exported_columns", ())]
        values = [(place, _reading(kind, dialect)) for place, kind in enumerate(kinds)]
        # Two threads may both do it; they write the same.
        self._written[dialect.name] = written = _Written(
            text=str(compiled),
            names=names,
            fixed={name: bind.value for name, bind in compiled.binds.items() if not bind.required},
            binds=tuple((place, process) for place, process in binds if process is not None),
            values=tuple((place, process) for place, process in values if process is not None),
        )
        return written


def _writing(kind: Any, dialect: Dialect) -> Processor | None:
    if isinstance(kind, UtcInstant) and dialect.name == "sqlite":
        return _text_of
    process: Processor | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return process


def _reading(kind: Any, dialect: Dialect) -> Processor | None:
    if isinstance(kind, UtcInstant) and dialect.name == "sqlite":
        return _instant
    process: Processor | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return process


def _instant(text: str | None) -> datetime | None:
    """An instant as SQLite keeps it: text in UTC that does not say so."""
    return None if text is None else datetime.fromisoformat(text + "+00:00")


def _text_of(instant: datetime | None) -> str | None:
    """The way back. Instants are compared as text, so each has all its digits."""
    if instant is None:
        return None
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC).isoformat(" ", "microseconds").removesuffix("+00:00")


def run(connection: Connection, text: str, parameters: Any) -> Any:
    """A cursor on which the statement was run; whoever listens to statements of its engine hears of it."""
    told = connection.engine.dispatch
    driver: Any = connection.connection.dbapi_connection
    cursor = driver.cursor()
    for tell in told.before_cursor_execute:
        tell(connection, cursor, text, parameters, None, False)
    try:
        cursor.execute(text, parameters)
    except connection.dialect.loaded_dbapi.Error as error:
        _tell(connection, error, cursor, text)
    for tell in told.after_cursor_execute:
        tell(connection, cursor, text, parameters, None, False)
    return cursor


def begin(connection: Connection) -> None:
    """Begin a transaction in SQL, under the write lock of the file; whoever listens to transactions hears of it."""
    connection.dispatch.begin(connection)
    run(connection, "BEGIN IMMEDIATE", ()).close()


def commit(connection: Connection) -> None:
    """End a transaction that was begun in SQL. Where none is open, this raises: then nothing has been kept."""
    connection.dispatch.commit(connection)
    driver: Any = connection.connection.dbapi_connection
    cursor = driver.cursor()
    try:
        cursor.execute("COMMIT")
    except connection.dialect.loaded_dbapi.Error as error:
        _tell(connection, error, cursor, "COMMIT")
    cursor.close()


def roll_back(connection: Connection) -> None:
    """Undo a transaction that was begun in SQL, if the database has not done so itself."""
    if connection.closed or connection.invalidated:
        return
    connection.dispatch.rollback(connection)
    try:
        connection.connection.rollback()
    except connection.dialect.loaded_dbapi.Error as error:
        _tell(connection, error, None, "ROLLBACK")


def _tell(connection: Connection, error: BaseException, cursor: Any, text: str) -> NoReturn:
    # Parameters are left out: an exception's text ends in a log. A lost connection leaves the pool here, as always.
    connection._handle_dbapi_exception(error, text, None, cursor, None)
