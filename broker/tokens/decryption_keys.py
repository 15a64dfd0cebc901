"""The keys that services encrypt their requests to: made, renewed in time or at once, each time with its event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from broker.audit.catalogue_services import DecryptionKeysRenewed
from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.foundation.jwe import CannotDecrypt
from broker.storage.database import Database
from keys.opening.opener import OVERLAP, Opener, OpeningKeyInfo


@dataclass(frozen=True, slots=True)
class DecryptionKeys:
    """One a process. `life` is how long a key is published; with zero there are none, and nothing is opened."""

    opener: Opener
    database: Database
    journal: Journal
    life: timedelta

    @property
    def are_on(self) -> bool:
        """Whether services may encrypt to us."""
        return bool(self.life)

    def keep(self) -> int:
        """Make the keys when there are none, renew them when it is time, once whatever the number of workers, and delete those
        whose time is over; how many were deleted. Needs an application context.
        """
        if self.are_on:
            with self.database.work():
                kids = self.opener.renew_if_older(self.life)
                if kids:
                    self.journal.append(DecryptionKeysRenewed(kids, is_emergency=False), SYSTEM)
        return self.opener.drop_ended()

    def renew(self, actor: Actor, *, is_emergency: bool) -> tuple[str, ...]:
        """New keys at once, whose `kid` each is told; in an emergency the ones before open nothing any more.

        Raises:
            ValueError: they are off.
        """
        if not self.are_on:
            raise ValueError("Encrypted requests are off: tokens.decryption_key_life is zero.")
        with self.database.work():
            kids = self.opener.renew(timedelta(0) if is_emergency else OVERLAP)
            self.journal.append(DecryptionKeysRenewed(kids, is_emergency), actor)
        return kids

    def status(self) -> tuple[OpeningKeyInfo, ...]:
        """Every key without its material, oldest first."""
        return self.opener.status()

    def beside(self, published: dict[str, object]) -> dict[str, object]:
        """The key set with the public halves of these."""
        keys = published["keys"]
        return {"keys": [*keys, *self.opener.published()]} if self.are_on and isinstance(keys, list) else published

    def open(self, unverified_token: str) -> str:
        """What a service has encrypted to us (RFC 7516 5.2).

        Raises:
            CannotDecrypt: see Opener.open.
        """
        if not self.are_on:
            raise CannotDecrypt
        return self.opener.open(unverified_token)
