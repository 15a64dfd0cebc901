"""Opening, finding, checking again and closing cases."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import timedelta

from broker.audit.catalogue import CaseAttached, CaseClosed, CaseFixed, CaseOpened, OldCasesRemoved
from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.cases.case import Case, Failure, State
from broker.cases.move_store import MoveStore
from broker.cases.store import CaseStore, Finding
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.secrets.fingerprints import Fingerprints

LIFE = timedelta(days=14)
REPORTED = 5001
_SAID = "case.said"
_NUMBERS = 10**8
_MOST_REMOVED_AT_ONCE = 1000


class CaseTaken(Exception):
    """Somebody was faster: the case is tied to a card already, or closed."""


class Cases:
    """Cases live fourteen days from the last try; nobody can read from them what Gosuslugi said."""

    def __init__(self, database: Database, fingerprints: Fingerprints, journal: Journal, outside: Outside):
        self._database = database
        self._fingerprints = fingerprints
        self._journal = journal
        self._outside = outside
        self._store = CaseStore(database)
        self._moves = MoveStore(database)

    def open(self, failure: Failure) -> Case:
        """The case of a failure: a new one, or the open one of the same account and cause, seen once more.

        The same is: the same Gosuslugi account (else the same card) and the same *shown* cause. Were the real cause or the card
        a part of it, somebody with a self-typed name could read from the number what the page does not say (screens.md 2.2, L1).
        """
        with self._database.work():
            return self._opened(failure, ())

    def report(self, person_id: str, region: str, wrong_fields: Collection[str]) -> Case:
        """The person said on the first step of the wizard that these fields are wrong (cause 5001)."""
        failure = Failure(cause=REPORTED, real_cause=REPORTED, region=region, person_id=person_id)
        with self._database.work():
            return self._opened(failure, tuple(sorted(set(wrong_fields))))

    def find(self, unverified_number: str) -> Case | None:
        """The case with this number, however it is spaced, if it is younger than fourteen days."""
        digits = re.sub(r"[\s\u2010-\u2015-]", "", unverified_number[:40])
        if re.fullmatch(r"[0-9]{8}", digits) is None:
            return None
        return self._store.by_number(f"{digits[:4]}-{digits[4:]}", self._outside.now())

    def of_people(self, person_ids: Collection[str], *, closed: bool = False) -> tuple[Case, ...]:
        """The cases of these people, the newest first; open and fixed ones, or with `closed` the closed ones."""
        found = self._store.of_people(person_ids, closed, self._outside.now())
        return tuple(sorted(found, key=lambda case: (case.seen_at, case.number), reverse=True))

    def of_region(self, region: str, most: int = 200) -> tuple[Case, ...]:
        """The open and fixed cases of a region, the newest first: for its support, who also helps where no card was found."""
        return self._store.of_region(region, self._outside.now(), most)

    def check_again(self, case: Case, card: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Compare the normal forms of a card, by field, with what Gosuslugi said then; words of policy's Match.

        The fields are those that were compared when it failed, in that order.
        """
        said = self._store.said(case.id)
        return tuple((field, self._word(case.id, (field, card.get(field)), said.get(field))) for field, _ in case.compared)

    def mark_fixed(self, case_id: str, compared: tuple[tuple[str, str], ...], actor: Actor) -> None:
        """The school has done its part. Nothing happens to a case that is not open."""
        with self._database.work():
            if self._store.fix(case_id, compared, self._outside.now()):
                self._journal.append(CaseFixed(case_id), actor)

    def attach(self, case_id: str, person_id: str, actor: Actor) -> None:
        """The school has found out whose case it is.

        Raises:
            CaseTaken: it is over, or somebody has said so before, of this person or of another.
        """
        with self._database.work():
            if not self._store.attach(case_id, person_id):
                raise CaseTaken
            self._journal.append(CaseAttached(case_id, person_id), actor)

    def move(self, from_id: str, to_id: str, actor: Actor, only: Collection[str] | None = None) -> tuple[str, ...]:
        """Cases of one card are another card's now, closed ones too; their identifiers. With `only` just those of these."""
        with self._database.work():
            moved = self._moves.move(from_id, to_id, only)
            for case_id in moved:
                self._journal.append(CaseAttached(case_id, to_id), actor)
        return moved

    def close(self, case_id: str, why: str, actor: Actor) -> None:
        """Over. `why` is a word for the journal: signed_in, fixed, not_ours, old. Closing twice is closing once."""
        with self._database.work():
            if self._store.close(case_id, why, self._outside.now()):
                self._journal.append(CaseClosed(case_id, why), actor)

    def close_of(self, person_id: str, subject_print: str | None, still: Collection[int] = ()) -> int:
        """The person is in: every open or fixed case of theirs, or of their Gosuslugi account, closes by itself. How many.

        Another account's failure at the same card is not theirs. What they have reported themselves (5001) stays open until the
        school has fixed it. `still` are causes that hold although the person is in, such as a SNILS that differs (F15).
        """
        with self._database.work():
            closed = self._store.close_of((person_id, subject_print), still, REPORTED, self._outside.now())
            for case_id in closed:
                self._journal.append(CaseClosed(case_id, "signed_in"), SYSTEM)
        return len(closed)

    def tidy(self) -> int:
        """Remove what is older than it may be kept; how many. At most a thousand, so that nobody waits long; call again."""
        with self._database.work():
            removed = self._store.remove_old(self._outside.now(), _MOST_REMOVED_AT_ONCE)
            if removed:
                self._journal.append(OldCasesRemoved(removed), SYSTEM)
        return removed

    def _opened(self, failure: Failure, wrong_fields: tuple[str, ...]) -> Case:
        sameness = self._sameness(failure)
        # Every turn but the last ends because another request was faster, or because of one clash in a hundred million numbers.
        for _ in range(100):
            found = self._seen_again(sameness, failure, wrong_fields) or self._added(sameness, failure, wrong_fields)
            if found is not None:
                return found
        raise RuntimeError("no free case number was found")

    def _seen_again(self, sameness: tuple[str, ...], failure: Failure, wrong_fields: tuple[str, ...]) -> Case | None:
        known = None if not sameness else self._store.alive(sameness, self._outside.now())
        if known is None:
            return None
        case_id, state = known
        case = self._store.see_again(case_id, self._finding(case_id, failure, wrong_fields))
        if state is State.FIXED:
            # It did not help: somebody must act again.
            self._journal.append(CaseOpened(case.id, case.cause, case.real_cause, case.person_id), SYSTEM)
        return case

    def _added(self, sameness: tuple[str, ...], failure: Failure, wrong_fields: tuple[str, ...]) -> Case | None:
        case = self._fresh(failure)
        added = self._store.add(case, next(iter(sameness), None), self._finding(case.id, failure, wrong_fields))
        if added is not None:
            self._journal.append(CaseOpened(added.id, added.cause, added.real_cause, added.person_id), SYSTEM)
        return added

    def _fresh(self, failure: Failure) -> Case:
        now, drawn = self._outside.now(), int.from_bytes(self._outside.random(12)) % _NUMBERS
        digits = f"{drawn:08}"
        return Case(
            id=self._outside.uuid(),
            number=f"{digits[:4]}-{digits[4:]}",
            cause=failure.cause,
            real_cause=failure.real_cause,
            region=failure.region,
            client_id=failure.client_id,
            person_id=failure.person_id,
            compared=failure.compared,
            wrong_fields=(),
            times=1,
            state=State.OPEN,
            opened_at=now,
            seen_at=now,
            fixed_at=None,
            closed_at=None,
            closed_why="",
            ends_at=now + LIFE,
        )

    def _finding(self, case_id: str, failure: Failure, wrong_fields: tuple[str, ...]) -> Finding:
        now = self._outside.now()
        return Finding(
            real_cause=failure.real_cause,
            person_id=failure.person_id,
            subject_print=failure.subject_print,
            compared=failure.compared,
            wrong_fields=wrong_fields,
            said={field: self._print(case_id, field, value) for field, value in failure.said.items()},
            seen_at=now,
            ends_at=now + LIFE,
        )

    def _sameness(self, failure: Failure) -> tuple[str, ...]:
        """What finds the case of the same failure: as it is written now, and as it may have been before a rotation."""
        if failure.asked:
            return self._fingerprints.every("case.sameness", f"asked\n{failure.asked}\n{failure.cause}")
        if failure.subject_print is None and failure.person_id is None:
            return ()
        whose = f"account\n{failure.subject_print}" if failure.subject_print is not None else f"card\n{failure.person_id}"
        return self._fingerprints.every("case.sameness", f"{whose}\n{failure.cause}")

    def _print(self, case_id: str, field: str, value: str) -> str:
        return self._fingerprints.of(_SAID, _about(case_id, field, value))

    def _word(self, case_id: str, on_card: tuple[str, str | None], said: str | None) -> str:
        field, value = on_card
        if value is None:
            return "missing_here"
        if said is None:
            return "missing_there"
        about = _about(case_id, field, value).encode("utf-8")
        return "matches" if self._fingerprints.fits(_SAID, about, bytes.fromhex(said)) else "differs"


def _about(case_id: str, field: str, value: str) -> str:
    # The case and the field are hashed too: equal values of two cases, or of two fields, cannot be seen to be equal.
    return f"{case_id}\n{field}\n{value}"
