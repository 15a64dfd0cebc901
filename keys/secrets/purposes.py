"""Which secret key does what, and which of them rotate: the whole table, for whoever must know what a stolen key opens."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Purpose(Enum):
    """What a secret key is for.

    personal seals records at rest. fingerprints finds people by what must not be readable. tokens, cookies and notes prove that a
    value is ours until that value ends. pairwise, journal and names never rotate: what they make is a name that somebody outside
    keeps, and another key would make every pupil a stranger to their services, every line of the journal one about nobody, and
    every sign-out one of an unknown session. A stolen one of these three lets its thief tell who is who, and opens nothing.
    """

    PERSONAL = "personal"
    FINGERPRINTS = "fingerprints"
    PAIRWISE = "pairwise"
    TOKENS = "tokens"
    COOKIES = "cookies"
    NOTES = "notes"
    JOURNAL = "journal"
    NAMES = "names"

    # There is one of each; usually its name is hashed, by a Python function, and every mark and seal looks a key up by purpose.
    __hash__ = object.__hash__


class State(Enum):
    """next: believed by all, used by nobody. current: the one for new work. old: goes on opening and proving what it made."""

    NEXT = "next"
    CURRENT = "current"
    OLD = "old"


# These have no key of their own in a house of an earlier release, which made all its marks with one key: they use that one until
# the first rotation gives each its own.
BORROWERS = (Purpose.TOKENS, Purpose.COOKIES, Purpose.NOTES, Purpose.JOURNAL, Purpose.NAMES)
LENDER = Purpose.FINGERPRINTS

NEVER_ROTATE = frozenset({Purpose.PAIRWISE, Purpose.JOURNAL, Purpose.NAMES})
ROTATE = tuple(purpose for purpose in Purpose if purpose not in NEVER_ROTATE)

# The words that rooms give with what is to be marked, up to a colon.
WORDS: Mapping[str, Purpose] = {
    "person.snils": Purpose.FINGERPRINTS,
    "person.name_birth": Purpose.FINGERPRINTS,
    "person.login": Purpose.FINGERPRINTS,
    "contact.email": Purpose.FINGERPRINTS,
    "contact.phone": Purpose.FINGERPRINTS,
    "link.subject": Purpose.FINGERPRINTS,
    "provisioned.external": Purpose.FINGERPRINTS,
    "access": Purpose.TOKENS,
    "refresh": Purpose.TOKENS,
    "dpop.nonce": Purpose.TOKENS,
    "rehearsal.code": Purpose.TOKENS,
    "rehearsal.access": Purpose.TOKENS,
    "rehearsal.key": Purpose.TOKENS,
    "device.known": Purpose.COOKIES,
    "case.asked": Purpose.NOTES,
    "case.said": Purpose.NOTES,
    "case.sameness": Purpose.NOTES,
    # After a rotation a finding is told once more; nothing worse.
    "link.kin": Purpose.NOTES,
    "invitation.password": Purpose.NOTES,
    "phone.code": Purpose.NOTES,
    "recovery.code": Purpose.NOTES,
    "tries": Purpose.NOTES,
    "key.place": Purpose.NOTES,
    "audit.subject": Purpose.JOURNAL,
    "audit.head": Purpose.JOURNAL,
    "audit.start": Purpose.JOURNAL,
    "sid": Purpose.NAMES,
    "browser.state": Purpose.NAMES,
}


def purpose_of(word: str) -> Purpose:
    """Whose key marks what is called so.

    Raises:
        ValueError: nobody has decided that yet; a mark under a guessed key would not survive a rotation.
    """
    try:
        return WORDS[word.split(":", 1)[0]]
    except KeyError:
        raise ValueError("the purpose of a mark must be in keys/secrets/purposes.py") from None
