"""Opening, finding, checking again and closing cases."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.cases.case import Case, Failure
from broker.foundation.outside import Outside
from broker.storage.database import Database
from keys.fingerprints import Fingerprints


class Cases:
    """Cases live fourteen days from the last try; nobody can read from them what Gosuslugi said."""

    def __init__(self, database: Database, fingerprints: Fingerprints, journal: Journal, outside: Outside):
        self._database = database
        self._fingerprints = fingerprints
        self._journal = journal
        self._outside = outside

    def open(self, failure: Failure) -> Case:
        """The case of a failure: a new one, or the open one of the same person and real cause, seen once more."""
        raise NotImplementedError

    def report(self, person_id: str, region: str, wrong_fields: Collection[str]) -> Case:
        """The person said on the first step of the wizard that these fields are wrong (cause 5001)."""
        raise NotImplementedError

    def find(self, unverified_number: str) -> Case | None:
        """The case with this number, however it is spaced, if it is younger than fourteen days."""
        raise NotImplementedError

    def of_people(self, person_ids: Collection[str], *, closed: bool = False) -> tuple[Case, ...]:
        """The cases of these people, the newest first; open and fixed ones, or with `closed` the closed ones."""
        raise NotImplementedError

    def check_again(self, case: Case, card: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Compare the normal forms of a card, by field, with what Gosuslugi said then; words of policy's Match."""
        raise NotImplementedError

    def mark_fixed(self, case_id: str, compared: tuple[tuple[str, str], ...], actor: Actor) -> None:
        """The school has done its part."""
        raise NotImplementedError

    def attach(self, case_id: str, person_id: str, actor: Actor) -> None:
        """The school has found out whose case it is."""
        raise NotImplementedError

    def close(self, case_id: str, why: str, actor: Actor) -> None:
        """Over. `why` is a word for the journal: signed_in, fixed, not_ours, old."""
        raise NotImplementedError

    def close_of(self, person_id: str, subject_print: str | None) -> int:
        """The person is in: every open or fixed case of theirs, or of their Gosuslugi account, closes by itself. How many."""
        raise NotImplementedError

    def tidy(self) -> int:
        """Remove what is older than it may be kept; how many."""
        raise NotImplementedError
