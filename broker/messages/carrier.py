"""What takes a worded letter out of the house: the port that every way (SMTP, an SMS gateway) fits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Trouble(Enum):
    """Why a letter was not carried; the only words about it that are kept. The far side's own prose never is."""

    NO_WAY = "no_way"
    TOO_LATE = "too_late"
    UNREADABLE = "unreadable"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    LOGIN_REFUSED = "login_refused"
    BUSY = "busy"
    REFUSED = "refused"


# Nobody is there, or nobody lets us in: the next letter would fare no better.
OF_THE_WAY = frozenset({Trouble.UNREACHABLE, Trouble.TLS, Trouble.LOGIN_REFUSED})


class NotCarried(Exception):
    """The letter was not taken over. `is_final`: this letter never will be, so trying again is of no use."""

    def __init__(self, trouble: Trouble, *, is_final: bool = False):
        super().__init__(trouble.value)
        self.trouble = trouble
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Words:
    """A letter in words. `subject` is one line and unused by SMS."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a carrier is given. `letter_id` is the same at every repeat; repr() shows no more than that."""

    letter_id: str
    address: str
    language: str
    words: Words

    def __repr__(self) -> str:
        return f"Parcel(letter_id={self.letter_id!r})"


class Carrier(Protocol):
    """One way out. Used by one thread at a time."""

    def carry(self, parcel: Parcel) -> None:
        """Hand the parcel over; returns when the far side has taken it over.

        Raises:
            NotCarried: it has not.
        """

    def rest(self) -> None:
        """Nothing more to carry for now: let go of connections. Never raises."""
