"""Getting back in by a code: neutral towards everybody, bound to one browser, five tries, fifteen minutes.

A request lives on the shelf. A code belongs to one person: where people share a contact, each gets a message with their own
login and code, and the code that comes back says whose password is set.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from broker.directory.contact import form_of
from broker.directory.contacts import Contact, Contacts, Kind
from broker.directory.directory import Directory
from broker.directory.invitation_words import number_below
from broker.directory.person import Person
from broker.foundation.encoding import canonical_json, digest
from broker.foundation.outside import Outside
from broker.storage.shelf import Shelf
from keys.secrets.fingerprints import Fingerprints
from keys.secrets.sealing import SealBroken, Sealer

CODE_LIVES = timedelta(minutes=15)
MOST_TRIES = 5
MOST_PEOPLE = 5
_WORD = "recovery.code"
_REQUEST, _TRY, _RIGHT = "recovery", "recovery-try", "recovery-right"


@dataclass(frozen=True, slots=True)
class Sending:
    """What has to be sent: a code to one contact. Nobody but the messages room sees it.

    `kind` is the kind of letter: `code`, or `code_for_login` where several people share the contact.
    """

    person_id: str
    contact: Contact
    code: str
    login: str
    kind: str

    def __repr__(self) -> str:
        return "Sending(...)"


@dataclass(frozen=True, slots=True)
class Begun:
    """A request for a code. `id` goes into the form; `sendings` is empty for somebody we do not know."""

    id: str
    sendings: tuple[Sending, ...]


@dataclass(frozen=True, slots=True)
class CodeAnswer:
    """`state`: right, wrong, or gone (late, used up or never there: 6002). `left` are further tries."""

    state: str
    left: int


class Recovery:
    """Codes for a new password. A request exists for unknown people too, and behaves the same."""

    def __init__(
        self,
        shelf: Shelf,
        sealer: Sealer,
        fingerprints: Fingerprints,
        people: tuple[Directory, Contacts],
        outside: Outside,
    ):
        self._shelf = shelf
        self._sealer = sealer
        self._fingerprints = fingerprints
        self._directory, self._contacts = people
        self._outside = outside

    def begin(self, unverified_name: str, browser_secret: str) -> Begun:
        """Ask for a code by login, phone or e-mail; bound to a browser.

        By login the code goes to every confirmed contact of that person, by a contact to this contact only. Never call it
        inside a unit of work: the request is kept on the shelf.
        """
        request_id = self._outside.token()
        key, found, codes = digest(request_id), self._people(unverified_name), self._codes()
        macs = [self._fingerprints.mac(_WORD, _about(key, code)).hex() for code in codes]
        # The unknown have the same five codes, and none of them is anybody's.
        owners = [person.id for person, _ in found] + [""] * (MOST_PEOPLE - len(found))
        self._keep(_REQUEST, key, {"browser": digest(browser_secret), "codes": list(zip(owners, macs, strict=True))})
        kind = "code" if len(found) < 2 else "code_for_login"
        return Begun(
            request_id,
            tuple(
                Sending(person.id, contact, code, person.login or "", kind)
                for (person, contacts), code in zip(found, codes, strict=False)
                for contact in contacts
            ),
        )

    def check(self, unverified_id: str, browser_secret: str, unverified_code: str) -> CodeAnswer:
        """Spend one of five tries. A right code is spent too: from then on only `take` remains, for another fifteen minutes."""
        key = digest(unverified_id)
        request = self._request(_REQUEST, key, browser_secret)
        if request is None:
            return CodeAnswer("gone", 0)
        # Each try is claimed by its number, so parallel ones cannot share a number and a sixth finds none.
        number = next((n for n in range(MOST_TRIES) if self._shelf.claim(_TRY, f"{key}:{n}", CODE_LIVES)), None)
        if number is None:
            return CodeAnswer("gone", 0)
        about = _about(key, "".join(unverified_code.split())[:20])
        fits = [self._fingerprints.fits(_WORD, about, bytes.fromhex(kept)) for _, kept in request["codes"]]
        owners = [owner for (owner, _), right in zip(request["codes"], fits, strict=True) if right and owner]
        if not owners:
            return CodeAnswer("wrong", MOST_TRIES - 1 - number)
        if self._shelf.take(_REQUEST, key) is not None:
            self._keep(_RIGHT, key, {"browser": request["browser"], "person": owners[0]})
        return CodeAnswer("right", MOST_TRIES - 1 - number)

    def find_proven(self, unverified_id: str, browser_secret: str) -> str | None:
        """The person whose code was right, without spending it: a new password is looked at before `take`."""
        proven = self._request(_RIGHT, digest(unverified_id), browser_secret)
        return None if proven is None else str(proven["person"])

    def take(self, unverified_id: str, browser_secret: str) -> str | None:
        """The person whose code was right, once: the new password is set with it. None for anybody else, and the second time."""
        # Looked at first: a stranger's browser must not be able to spend it.
        person_id = self.find_proven(unverified_id, browser_secret)
        if person_id is None or self._shelf.take(_RIGHT, digest(unverified_id)) is None:
            return None
        return person_id

    def logins_of(self, unverified_text: str) -> tuple[tuple[str, Contact, str], ...]:
        """Who gets a message with their login when this e-mail or phone was typed: (person_id, contact, login)."""
        found = self._by_contact(unverified_text)
        return tuple((person.id, contact, person.login or "") for person, contacts in found for contact in contacts)

    def _people(self, unverified_name: str) -> list[tuple[Person, tuple[Contact, ...]]]:
        """Whom a name means, each with the contacts their code goes to; five people at most."""
        is_contact = any(form_of(kind, unverified_name) is not None for kind in Kind)
        return self._by_contact(unverified_name) if is_contact else self._by_login(unverified_name)

    def _by_login(self, unverified_login: str) -> list[tuple[Person, tuple[Contact, ...]]]:
        person = self._directory.find_by_login(unverified_login.strip())
        contacts = self._contacts.of("" if person is None else person.id)
        confirmed = tuple(found for found in contacts if found.confirmed_at is not None)
        return [] if person is None or person.is_shut_out or not confirmed else [(person, confirmed)]

    def _by_contact(self, unverified_text: str) -> list[tuple[Person, tuple[Contact, ...]]]:
        holders = self._contacts.holders(unverified_text)
        people = self._directory.find_people([person_id for person_id, _ in holders])
        usable: list[tuple[Person, tuple[Contact, ...]]] = [
            (people[person_id], (contact,))
            for person_id, contact in holders
            if people[person_id].login and not people[person_id].is_shut_out
        ]
        return usable[:MOST_PEOPLE]

    def _codes(self) -> list[str]:
        """Five different codes of six digits."""
        codes: dict[str, None] = {}
        while len(codes) < MOST_PEOPLE:
            codes[f"{number_below(1_000_000, self._outside.random):06d}"] = None
        return list(codes)

    def _keep(self, kind: str, key: str, value: dict[str, Any]) -> None:
        self._shelf.put(kind, key, self._sealer.seal(canonical_json(value), f"{kind}:{key}"), CODE_LIVES)

    def _request(self, kind: str, key: str, browser_secret: str) -> dict[str, Any] | None:
        """What is kept under a key, if it is this browser's."""
        sealed = self._shelf.get(kind, key)
        try:
            kept: dict[str, Any] = json.loads(self._sealer.unseal(sealed or b"", f"{kind}:{key}"))
        except SealBroken:
            return None
        return kept if hmac.compare_digest(digest(browser_secret), str(kept["browser"])) else None


def _about(key: str, code: str) -> bytes:
    return f"{key}\n{code}".encode()
