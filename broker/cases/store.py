"""The rows of cases. That one failure makes one case is the database's doing: `sameness` is unique."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from broker.cases.case import Case, State
from broker.cases.tables import CaseRow
from broker.storage.database import Database

_TABLE: Any = CaseRow.__table__
_C = _TABLE.c
_COLUMNS = tuple(
    _C[name]
    for name in (
        *("id", "number", "cause", "real_cause", "region", "client_id", "person_id", "compared", "wrong_fields"),
        *("times", "state", "opened_at", "seen_at", "fixed_at", "closed_at", "closed_why", "ends_at"),
    )
)
_ALIVE = _C.state.in_((State.OPEN.value, State.FIXED.value))
_BY_NUMBER = select(*_COLUMNS).where(_C.number == bindparam("number_"), _C.ends_at > bindparam("now_"))
_SAID = select(_C.said).where(_C.id == bindparam("id_"))
# Far below what one statement may carry on either database.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """What one failure tells about a case, new or known: the columns that the newest try decides."""

    real_cause: int
    person_id: str | None
    subject_print: str | None
    compared: tuple[tuple[str, str], ...]
    wrong_fields: tuple[str, ...]
    said: Mapping[str, str]
    seen_at: datetime
    ends_at: datetime

    def values(self) -> dict[str, Any]:
        return {
            "real_cause": self.real_cause,
            "subject_print": self.subject_print,
            "compared": json.dumps(self.compared),
            "wrong_fields": json.dumps(self.wrong_fields),
            "said": json.dumps(dict(self.said)),
            "seen_at": self.seen_at,
            "ends_at": self.ends_at,
            "state": State.OPEN.value,
            "fixed_at": None,
        }


class CaseStore:
    """Frozen cases in and out. Everything that writes is called inside `work()`."""

    def __init__(self, database: Database):
        self._database = database
        fresh = (sqlite.insert if database.is_sqlite else postgresql.insert)(_TABLE)
        # A number given out before or a case opened meanwhile: whoever comes second inserts nothing.
        self._insert = fresh.on_conflict_do_nothing().returning(*_COLUMNS)

    def alive(self, sameness: Collection[str], now: datetime) -> tuple[str, State] | None:
        """Identifier and state of the case that a failure belongs to, locked until the unit of work ends; or None."""
        asked = select(_C.id, _C.state).where(_C.sameness.in_(sameness), _C.ends_at > now).with_for_update()
        row = self._database.session.execute(asked).first()
        return None if row is None else (row.id, State(row.state))

    def see_again(self, case_id: str, finding: Finding) -> Case:
        """Count one more try. A card found before, or attached by the school, stays unless this try found another."""
        values = {**finding.values(), "times": _C.times + 1, "person_id": func.coalesce(finding.person_id, _C.person_id)}
        changed = update(_TABLE).where(_C.id == case_id).values(values).returning(*_COLUMNS)
        return _case(self._database.session.execute(changed).one())

    def add(self, case: Case, sameness: str | None, finding: Finding) -> Case | None:
        """The new case, or None if its number or its sameness is taken. One older than may be kept gives way to it."""
        if sameness is not None:
            self._release(sameness, case.opened_at)
        values = {
            **finding.values(),
            "id": case.id,
            "number": case.number,
            "cause": case.cause,
            "region": case.region,
            "client_id": case.client_id,
            "person_id": case.person_id,
            "sameness": sameness,
            "times": 1,
            "opened_at": case.opened_at,
            "closed_at": None,
            "closed_why": "",
        }
        row = self._database.session.execute(self._insert, values).first()
        return None if row is None else _case(row)

    def by_number(self, number: str, now: datetime) -> Case | None:
        row = self._database.session.execute(_BY_NUMBER, {"number_": number, "now_": now}).first()
        return None if row is None else _case(row)

    def of_people(self, person_ids: Collection[str], closed: bool, now: datetime) -> Iterator[Case]:
        """The cases of these people that are still kept, in no order."""
        state = _C.state == State.CLOSED.value if closed else _ALIVE
        everybody = sorted(set(person_ids))
        for start in range(0, len(everybody), _AT_ONCE):
            some = everybody[start : start + _AT_ONCE]
            asked = select(*_COLUMNS).where(_C.person_id.in_(some), state, _C.ends_at > now)
            yield from map(_case, self._database.session.execute(asked).all())

    def of_region(self, region: str, now: datetime, most: int) -> tuple[Case, ...]:
        """The open and fixed cases of a region, the newest first."""
        asked = select(*_COLUMNS).where(_C.region == region, _ALIVE, _C.ends_at > now).order_by(_C.seen_at.desc(), _C.number)
        return tuple(map(_case, self._database.session.execute(asked.limit(most)).all()))

    def said(self, case_id: str) -> dict[str, str]:
        """The keyed hashes of what Gosuslugi said, by field; empty when the case is gone."""
        row = self._database.session.execute(_SAID, {"id_": case_id}).first()
        return {} if row is None else json.loads(row.said)

    def fix(self, case_id: str, compared: tuple[tuple[str, str], ...], now: datetime) -> bool:
        """True for the one caller that fixed an open case."""
        values = {"state": State.FIXED.value, "fixed_at": now, "compared": json.dumps(compared)}
        return self._change(and_(_C.id == case_id, _C.state == State.OPEN.value), values) == (case_id,)

    def attach(self, case_id: str, person_id: str) -> bool:
        """True for the one caller whose person the case, alive and nobody's before, belongs to from now on."""
        nobodys = and_(_C.id == case_id, _ALIVE, _C.person_id.is_(None))
        return self._change(nobodys, {"person_id": person_id}) == (case_id,)

    def close(self, case_id: str, why: str, now: datetime) -> bool:
        """True for the one caller that closed it."""
        return self._close(_C.id == case_id, why, now) == (case_id,)

    def close_of(self, whose: tuple[str, str | None], still: Collection[int], reported: int, now: datetime) -> tuple[str, ...]:
        """The cases closed because this person, with this account, is in.

        Somebody else's account that failed at the same card stays a case. What a person has reported (cause `reported`) waits
        for the school, whether or not they get in meanwhile; causes of `still` hold true and wait too.
        """
        person_id, subject_print = whose
        mine = and_(_C.person_id == person_id, _C.subject_print.is_(None))
        theirs = mine if subject_print is None else or_(mine, _C.subject_print == subject_print)
        waits = and_(_C.real_cause == reported, _C.state == State.OPEN.value)
        return self._close(and_(theirs, ~waits, _C.real_cause.not_in(tuple(still))), "signed_in", now)

    def remove_old(self, now: datetime, most: int) -> int:
        """How many were removed: at most `most`."""
        old = select(_C.id).where(_C.ends_at <= now).limit(most)
        return int(self._database.session.execute(delete(_TABLE).where(_C.id.in_(old))).rowcount)

    def _release(self, sameness: str, now: datetime) -> None:
        values = {"sameness": None, "state": State.CLOSED.value, "closed_at": now, "closed_why": "old"}
        self._database.session.execute(update(_TABLE).where(_C.sameness == sameness, _C.ends_at <= now).values(values))

    def _close(self, condition: ColumnElement[bool], why: str, now: datetime) -> tuple[str, ...]:
        # What Gosuslugi said is of no more use, so not even its hashes stay.
        values = {"state": State.CLOSED.value, "closed_at": now, "closed_why": why, "sameness": None, "said": "{}"}
        return self._change(and_(condition, _ALIVE), values)

    def _change(self, condition: ColumnElement[bool], values: Mapping[str, Any]) -> tuple[str, ...]:
        changed = update(_TABLE).where(condition).values(values).returning(_C.id)
        return tuple(self._database.session.execute(changed).scalars())


def _case(row: Any) -> Case:
    return Case(
        id=row.id,
        number=row.number,
        cause=row.cause,
        real_cause=row.real_cause,
        region=row.region,
        client_id=row.client_id,
        person_id=row.person_id,
        compared=tuple((field, word) for field, word in json.loads(row.compared)),
        wrong_fields=tuple(json.loads(row.wrong_fields)),
        times=row.times,
        state=State(row.state),
        opened_at=row.opened_at,
        seen_at=row.seen_at,
        fixed_at=row.fixed_at,
        closed_at=row.closed_at,
        closed_why=row.closed_why,
        ends_at=row.ends_at,
    )
