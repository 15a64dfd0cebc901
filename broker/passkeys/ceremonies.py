"""The two ceremonies of a passkey: made, and shown. Each challenge serves one session, one purpose and one answer."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from broker.audit.catalogue_staff import PasskeyAdded, PasskeyRejected, PasskeyShown
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.foundation.encoding import b64url, digest, from_b64url
from broker.foundation.outside import Outside
from broker.passkeys.passkey import Passkey, PasskeyRefused
from broker.passkeys.store import PasskeyStore
from broker.passkeys.wire import (
    Site,
    challenge_of,
    creation_options,
    read_answer,
    read_made,
    read_shown,
    request_options,
)
from broker.storage.database import Database
from broker.storage.shelf import Shelf

_KIND: Final = "passkey.challenge"
_TTL: Final = timedelta(minutes=5)
_BYTES: Final = 32
MAKE: Final = "make"


@dataclass(frozen=True, slots=True)
class Who:
    """Whose ceremony it is. `shown_name` is what the browser writes beside the passkey."""

    person_id: str
    session_id: str
    shown_name: str = ""


class Ceremonies:
    """`site` is where passkeys of this house count."""

    def __init__(self, database: Database, shelf: Shelf, outside: Outside, journal: Journal, site: Site):
        self._database = database
        self._shelf = shelf
        self._outside = outside
        self._journal = journal
        self._site = site
        self._store = PasskeyStore(database, outside)

    @property
    def store(self) -> PasskeyStore:
        return self._store

    def ask_to_make(self, who: Who) -> str:
        """Options of a new passkey, as JSON for the page.

        Raises:
            ShelfUnavailable: the store did not answer.
        """
        known = self._store.of_person(who.person_id)
        handle = hashlib.sha256(f"passkey:{who.person_id}".encode()).digest()
        return creation_options(self._site, (handle, who.shown_name or "staff"), self._challenge(who, MAKE), known)

    def make(self, who: Who, name: str, unverified_answer: str) -> str:
        """Keep the passkey that the browser has made; returns its identifier. `name` is already checked.

        Raises:
            PasskeyRefused: the answer is not one to a question of ours, or anything in it is wrong.
            ShelfUnavailable: the store did not answer.
        """
        answer = read_answer(unverified_answer)
        made = read_made(self._site, answer, self._answered(who, MAKE, answer))
        with self._database.work():
            passkey_id = self._store.add(who.person_id, name, made)
            self._journal.append(PasskeyAdded(who.person_id, passkey_id), Actor("staff", who.person_id))
        return passkey_id

    def ask_to_show(self, who: Who, purpose: str) -> str:
        """Options for showing a passkey, as JSON for the page. `purpose` is what it will be good for, and nothing else."""
        return request_options(self._site, self._challenge(who, purpose), self._store.of_person(who.person_id))

    def show(self, who: Who, purpose: str, unverified_answer: str) -> Passkey:
        """The passkey that was shown for this purpose, in this session, now.

        Raises:
            PasskeyRefused: as in `make`; or the passkey is somebody else's, removed, or a copy.
            ShelfUnavailable: the store did not answer.
        """
        try:
            return self._shown(who, purpose, read_answer(unverified_answer))
        except PasskeyRefused as refused:
            with self._database.work():
                self._journal.append(PasskeyRejected(who.person_id, refused.why), Actor("staff", who.person_id))
            raise

    def _shown(self, who: Who, purpose: str, answer: Mapping[str, Any]) -> Passkey:
        challenge = self._answered(who, purpose, answer)
        passkey = self._store.find_credential(_credential_of(answer))
        if passkey is None or passkey.person_id != who.person_id:
            raise PasskeyRefused("unknown")
        sign_count = read_shown(self._site, answer, challenge, passkey)
        with self._database.work():
            self._store.note_shown(passkey, sign_count)
            self._journal.append(PasskeyShown(who.person_id, passkey.id), Actor("staff", who.person_id))
        return passkey

    def _challenge(self, who: Who, purpose: str) -> bytes:
        challenge = self._outside.random(_BYTES)
        self._shelf.put(_KIND, digest(b64url(challenge)), _bound(who, purpose), _TTL)
        return challenge

    def _answered(self, who: Who, purpose: str, answer: Mapping[str, Any]) -> bytes:
        """The challenge, spent; only if it was asked of this session for this purpose."""
        said = challenge_of(answer)
        bound = self._shelf.take(_KIND, digest(said))
        if bound is None or not hmac.compare_digest(bound, _bound(who, purpose)):
            raise PasskeyRefused("challenge")
        return from_b64url(said)


def _bound(who: Who, purpose: str) -> bytes:
    return digest(f"{len(who.session_id)}:{who.session_id}:{len(who.person_id)}:{who.person_id}:{purpose}").encode("ascii")


def _credential_of(answer: Mapping[str, Any]) -> bytes:
    try:
        return from_b64url(answer["rawId"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise PasskeyRefused("answer") from None
