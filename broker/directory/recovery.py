"""Getting back in by a code: neutral towards everybody, bound to one browser, five tries, fifteen minutes."""

from __future__ import annotations

from dataclasses import dataclass

from broker.directory.contacts import Contact, Contacts
from broker.directory.directory import Directory
from broker.foundation.outside import Outside
from broker.storage.shelf import Shelf
from keys.fingerprints import Fingerprints
from keys.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Sending:
    """What has to be sent: a code to one contact. Nobody but the messages room sees it."""

    person_id: str
    contact: Contact
    code: str

    def __repr__(self) -> str:
        return "Sending(...)"


@dataclass(frozen=True, slots=True)
class Begun:
    """A request for a code. `id` goes into the form; `sendings` is empty for somebody we do not know."""

    id: str
    sendings: tuple[Sending, ...]


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
        """Ask for a code by login, phone or e-mail; bound to a browser. With a contact that several people share, each gets a code
        of their own only if they also have no other way: see the code."""
        raise NotImplementedError

    def check(self, unverified_id: str, browser_secret: str, unverified_code: str) -> CodeAnswer:
        """Spend one of five tries."""
        raise NotImplementedError

    def take(self, unverified_id: str, browser_secret: str) -> str | None:
        """The person whose code was right, once: the new password is set with it. None for anybody else, and the second time."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class CodeAnswer:
    """`state`: right, wrong, or gone (late, used up or never there: 6002). `left` are further tries."""

    state: str
    left: int
