"""The rows of merges: what was taken over is written down sealed, so that it can be given back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from broker.directory.card import NO_PRINTS, Card, Cardbox
from broker.directory.school_person import CardMoved, SchoolPerson
from broker.directory.tables import KinshipRow, MembershipRow, MergeRow, PersonRow
from broker.directory.ways_in_store import WaysInStore
from broker.foundation.encoding import canonical_json
from broker.storage.database import Database
from keys.secrets.sealing import Sealer

# What a kept card takes over where it has nothing. A login comes only with the password that belongs to it.
_TAKEN_OVER: Final = ("patronymic", "birth_date", "sex", "snils", "email", "phone")


@dataclass(frozen=True, slots=True)
class Carried:
    """What other rooms have brought over, to be given back: the link as a fingerprint ("" for none), identifiers of the new
    permissions and of the cases, and whether a pause came along."""

    link: str = ""
    consents: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge. `gained` says what the kept card took over in this room, `carried` what it did in others."""

    id: str
    kept_id: str
    merged_id: str
    at: datetime
    carried: Carried
    gained: dict[str, Any]

    def __repr__(self) -> str:
        return f"Merged(id={self.id!r})"


class DuplicatesStore:
    """Call every change inside `work()`."""

    def __init__(self, database: Database, cards: Cardbox, sealer: Sealer):
        self._database = database
        self._cards = cards
        self._sealer = sealer
        self._ways = WaysInStore(database, sealer)

    def lock(self, ids: Iterable[str]) -> None:
        """One order of locks for everybody."""
        for person_id in sorted(ids):
            self._run(select(PersonRow.id).where(PersonRow.id == person_id).with_for_update())

    def merge(self, merge: tuple[str, str], pair: tuple[SchoolPerson, SchoolPerson], now: datetime, carried: Carried) -> bool:
        """Take over what the kept card lacks, write down what that was, and put the other card out of sight.

        `merge` are the identifiers of the merge and of the school, `pair` the card that is kept and the one that goes. Whether
        the password came over, and with it the login.
        """
        (merge_id, school_id), (kept, merged) = merge, pair
        taken = [one for one in _TAKEN_OVER if not getattr(kept.person, one) and getattr(merged.person, one)]
        gone = {**NO_PRINTS, "is_blocked": True, "changed_at": now}
        # First of all: the login is free from here on.
        self._run(update(PersonRow).where(PersonRow.id == merged.id).values(**gone))
        has_password = self._ways.copy_password(kept.id, merged.id, now, has_login=bool(merged.person.login))
        taken += ["login"] if has_password else []
        gained = {
            "carried": asdict(carried),
            "fields": taken,
            "password": has_password,
            "login_before": kept.person.login,
            "contacts": self._ways.copy_contacts(kept.id, merged.id, now),
            "places": self._move_places(kept.id, merged.id),
            "kin": self._move_kin(kept.id, merged.id),
            "activated": kept.person.activated_at is None and merged.person.activated_at is not None,
            "was_blocked": merged.person.is_blocked,
        }
        self._write_card(kept.id, _card(kept, {one: getattr(merged.person, one) for one in taken}), now)
        if gained["activated"]:
            self._run(update(PersonRow).where(PersonRow.id == kept.id).values(activated_at=merged.person.activated_at))
        values = {
            "id": merge_id,
            "school_id": school_id,
            "kept_id": kept.id,
            "merged_id": merged.id,
            "before_sealed": self._sealer.seal(canonical_json(gained), _owner(merge_id)),
            "at": now,
            "undone_at": None,
        }
        self._run(insert(MergeRow), values)
        return has_password

    def recent(self, school_id: str, since: datetime) -> tuple[Merged, ...]:
        question = select(MergeRow.__table__).where(
            MergeRow.school_id == school_id, MergeRow.at > since, MergeRow.undone_at.is_(None)
        )
        return tuple(map(self._merged, self._run(question.order_by(MergeRow.at.desc(), MergeRow.id))))

    def claim_undo(self, merge_id: str, now: datetime) -> bool:
        """True for the one caller that may undo it."""
        mine = update(MergeRow).where(MergeRow.id == merge_id, MergeRow.undone_at.is_(None)).values(undone_at=now)
        return bool(self._run(mine).rowcount)

    def undo(self, kept: SchoolPerson, found: Merged, now: datetime) -> None:
        """Give back what was taken over, where it is still as it was taken. Both are locked."""
        gained, merged = found.gained, self._unsealed(found.merged_id)
        back = [one for one in gained["fields"] if getattr(kept.person, one) == getattr(merged, one)]
        before = dict.fromkeys(back) | ({"login": gained["login_before"]} if "login" in back else {})
        self._write_card(kept.id, _card(kept, before), now)
        if gained["password"]:
            self._ways.return_password(kept.id, found.merged_id, now)
        self._ways.return_contacts(kept.id, found.merged_id, gained["contacts"])
        if gained["activated"]:
            self._run(update(PersonRow).where(PersonRow.id == kept.id).values(activated_at=None))
        self._run(update(PersonRow).where(PersonRow.id == found.merged_id).values(is_blocked=gained["was_blocked"]))
        self._return_places(found)
        self._return_kin(found)
        self._write_card(found.merged_id, merged, now)

    def _unsealed(self, person_id: str) -> Card:
        row = self._run(select(PersonRow.card_sealed).where(PersonRow.id == person_id)).one()
        return self._cards.unseal(person_id, row.card_sealed)

    def _write_card(self, person_id: str, card: Card, now: datetime) -> None:
        prints = self._cards.prints(card)
        values = {
            "card_sealed": self._cards.seal(person_id, card),
            **prints.columns,
            "changed_at": now,
        }
        try:
            self._run(update(PersonRow).where(PersonRow.id == person_id).values(**values))
        except IntegrityError:
            # Somebody has taken the login of the merged card meanwhile.
            raise CardMoved from None

    def _move_places(self, kept_id: str, merged_id: str) -> list[dict[str, Any]]:
        """Every place of the merged card goes; those that the kept card has not come to it, behind its own."""
        rows = {one: self._places(one) for one in (kept_id, merged_id)}
        held = {(row.school_id, row.role) for row in rows[kept_id] if row.left_on is None}
        behind = 1 + max((row.position for row in rows[kept_id]), default=-1)
        self._run(delete(MembershipRow).where(MembershipRow.person_id == merged_id))
        moved = []
        for number, row in enumerate(rows[merged_id]):
            is_new = (row.school_id, row.role) not in held or row.left_on is not None
            position = behind + number if is_new else None
            if position is not None:
                self._run(insert(MembershipRow), {**row._mapping, "person_id": kept_id, "position": position})
            left_on = row.left_on.isoformat() if row.left_on else None
            moved.append({**row._mapping, "left_on": left_on, "position": row.position, "kept_position": position})
        return moved

    def _return_places(self, found: Merged) -> None:
        for place in found.gained["places"]:
            kept_position = place["kept_position"]
            if kept_position is not None:
                mine = delete(MembershipRow).where(
                    MembershipRow.person_id == found.kept_id, MembershipRow.position == kept_position
                )
                self._run(mine)
            left_on = date.fromisoformat(place["left_on"]) if place["left_on"] else None
            values = {name: place[name] for name in ("position", "school_id", "role", "class_name")}
            self._run(insert(MembershipRow), {**values, "person_id": found.merged_id, "left_on": left_on})

    def _move_kin(self, kept_id: str, merged_id: str) -> list[list[Any]]:
        """(parent, child, whether the kept card has got this tie by the merge) for every tie of the merged card."""
        mine = (KinshipRow.parent_id == merged_id) | (KinshipRow.child_id == merged_id)
        rows = self._run(select(KinshipRow.parent_id, KinshipRow.child_id).where(mine)).all()
        self._run(delete(KinshipRow).where(mine))
        moved: list[list[Any]] = []
        for parent_id, child_id in rows:
            pair = (kept_id if parent_id == merged_id else parent_id, kept_id if child_id == merged_id else child_id)
            is_new = pair[0] != pair[1] and self._add_kin(*pair)
            moved.append([parent_id, child_id, is_new])
        return moved

    def _return_kin(self, found: Merged) -> None:
        for parent_id, child_id, is_new in found.gained["kin"]:
            if is_new:
                pair = [found.kept_id if one == found.merged_id else one for one in (parent_id, child_id)]
                self._run(delete(KinshipRow).where(KinshipRow.parent_id == pair[0], KinshipRow.child_id == pair[1]))
            self._add_kin(parent_id, child_id)

    def _add_kin(self, parent_id: str, child_id: str) -> bool:
        there = select(KinshipRow.parent_id).where(KinshipRow.parent_id == parent_id, KinshipRow.child_id == child_id)
        if self._run(there).first() is not None:
            return False
        self._run(insert(KinshipRow), {"parent_id": parent_id, "child_id": child_id})
        return True

    def _places(self, person_id: str) -> Sequence[Any]:
        question = select(MembershipRow.__table__).where(MembershipRow.person_id == person_id)
        found: Sequence[Any] = self._run(question.order_by(MembershipRow.position)).all()
        return found

    def _merged(self, row: Any) -> Merged:
        gained = json.loads(self._sealer.unseal(row.before_sealed, _owner(row.id)))
        found = gained["carried"]
        carried = Carried(found["link"], tuple(found["consents"]), tuple(found["cases"]), found["paused"])
        return Merged(row.id, row.kept_id, row.merged_id, row.at, carried, gained)

    def _run(self, statement: Any, values: Any = None) -> Any:
        return self._database.session.execute(statement, values)


def _card(found: SchoolPerson, changes: dict[str, Any]) -> Card:
    kept = {one.name: getattr(found.person, one.name) for one in fields(Card)}
    return Card(**kept | changes)


def _owner(merge_id: str) -> str:
    return f"card_merge:{merge_id}"
