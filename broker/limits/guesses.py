"""Guessing at what opens a name: slowed down for whoever guesses, as little as possible for whoever owns the name.

Three counts a name. From one place (a network address) a few tries; from all places together many more, against somebody who
has many addresses; and for a device that has signed in by this name before a count of its own, which nobody else's tries touch.
So a stranger closes a name for their own address, a crowd of addresses closes it for every strange device, and nobody closes it
for its owner's telephone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.limits.limits import Limit, Limits, Tries
from broker.limits.places import place_of
from broker.limits.settings import LimitSettings

_LONGEST_NAME = 64
# Tries from here on are counted anew: the number of times that the school has opened the name. Longer than any window of tries.
_OPENED = Limit("password.opened", 1_000_000, timedelta(days=8))


@dataclass(frozen=True, slots=True)
class Guesser:
    """Who tries: from which network address, and as which device that has signed in by this name before, "" for a strange one."""

    unverified_address: str
    device: str = ""


class Guesses:
    """Tries of passwords, of invitations too, by the name they are for. Unknown names are counted just the same."""

    def __init__(self, limits: Limits, settings: LimitSettings):
        self._limits = limits
        self._here = Limit("password", settings.password_tries, settings.password_within)
        self._in_all = Limit("password.in_all", settings.password_tries_in_all, settings.password_in_all_within)
        self._closed = Limit("password.closed", 1, settings.password_within)

    def spend(self, unverified_name: str, guesser: Guesser) -> Tries:
        """Count one try before it is looked at; the stricter of the counts it belongs to.

        Raises:
            RuntimeError: called inside a unit of work.
        """
        name = name_form(unverified_name)
        found = self._limits.spend(self._here, *self._who(name, guesser))
        if found.is_allowed and not guesser.device:
            in_all = self._limits.spend(self._in_all, name)
            found = in_all if in_all.left < found.left or not in_all.is_allowed else found
        if found.is_allowed and not found.left:
            # For the school, which sees that there was trouble and when it ends by itself.
            self._limits.spend(self._closed, name)
        return found

    def forget(self, unverified_name: str, guesser: Guesser) -> None:
        """The right secret came: this place, and all places together, begin anew."""
        name = name_form(unverified_name)
        self._limits.forget(self._here, *self._who(name, guesser))
        if not guesser.device:
            self._limits.forget(self._in_all, name)

    def closed_until(self, unverified_name: str) -> datetime | None:
        """Until when a name is closed for somebody; None while nobody has used up their tries."""
        name = name_form(unverified_name)
        everywhere, somewhere = self._limits.look(self._in_all, name), self._limits.look(self._closed, name)
        return everywhere.opens_at or somewhere.opens_at

    def open_again(self, unverified_name: str) -> None:
        """The school says that it is them: nothing counts that was tried before, from wherever."""
        name = name_form(unverified_name)
        self._limits.spend(_OPENED, name)
        self._limits.forget(self._in_all, name)
        self._limits.forget(self._closed, name)

    def _who(self, name: str, guesser: Guesser) -> tuple[str, ...]:
        times_opened = str(_OPENED.most - self._limits.look(_OPENED, name).left)
        place = ("device", guesser.device) if guesser.device else ("place", place_of(guesser.unverified_address))
        return (name, times_opened, *place)


def name_form(unverified_name: str) -> str:
    """One form of a name for counting."""
    return unverified_name.strip().casefold()[:_LONGEST_NAME]


def sms_limit(settings: LimitSettings) -> Limit:
    """For every SMS that somebody asked for, counted by the number it goes to: each costs money, and may annoy a stranger."""
    return Limit("sms.number", settings.sms_per_number, settings.sms_within)
