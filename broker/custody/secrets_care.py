"""The rotation of secret keys: what an officer begins, and what then happens by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from broker.audit.catalogue_secrets import MasterKeyChanged, SecretKeyDestroyed, SecretKeyMade, SecretKeyMoved
from broker.audit.event import SYSTEM, Actor
from broker.custody import jobs_indexing, jobs_sealing
from broker.custody.jobs_indexing import FoundPart
from broker.custody.jobs_sealing import SealedPart
from broker.custody.jobs_store import Job
from broker.custody.jobs_walk import Walk, WalkTools
from keys.secrets.purposes import NEVER_ROTATE, Purpose, State
from keys.secrets.sealing import sealed_under
from keys.secrets.secret_life import SecretInfo, SecretMove, SecretWaits, next_move
from keys.vault import Vault

_LOOKS_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Expiry:
    """When something of the house has to be changed. `name` tells two of a kind apart; `what` is a word: secret_key, master_key,
    esia_certificate. `due_at` is when it should be, `ends_at` when it stops working, if it does."""

    name: str
    what: str
    since: datetime | None
    due_at: datetime | None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ages:
    """`kept_for` as in SecretWaits; `secret_age` is how old a current key may get before it is due."""

    reload_every: timedelta
    kept_for: Mapping[Purpose, timedelta]
    secret_age: timedelta

    def waits(self) -> SecretWaits:
        """Twice the time in which every process reads the keys anew: one may be reading just now, and clocks differ."""
        return SecretWaits(self.reload_every * 2 + timedelta(seconds=30), self.kept_for)


class SecretCare:
    """One a process. Every move and its event are one unit of work."""

    def __init__(self, tools: WalkTools, vault: Vault, parts: tuple[Sequence[SealedPart], Sequence[FoundPart]], ages: Ages):
        self._database, self._journal, self._outside = tools.database, tools.journal, tools.outside
        self._vault = vault
        self._sealed = parts[0]
        self.sealing = Walk(jobs_sealing.KIND, tools, parts[0])
        self.indexing = Walk(jobs_indexing.KIND, tools, parts[1])
        self._ages = ages
        self._waits = ages.waits()
        self._looked_at: datetime | None = None

    def status(self) -> tuple[SecretInfo, ...]:
        """Every secret key without its material, oldest first."""
        return self._vault.secrets.status()

    def plan(self) -> tuple[SecretMove, ...]:
        """What comes next by itself, the nearest first. A key that still has records under it stays longer."""
        moves = (next_move(info, self._waits) for info in self.status())
        return tuple(sorted((move for move in moves if move is not None), key=lambda move: move.at))

    def expiries(self) -> tuple[Expiry, ...]:
        """When each current key should be followed by another. Those that never rotate are not due."""
        return tuple(
            Expiry(info.purpose.value, "secret_key", info.made_at, info.made_at + self._ages.secret_age)
            for info in self.status()
            if info.state is State.CURRENT and info.purpose not in NEVER_ROTATE
        )

    def rotate(self, purpose: Purpose, actor: Actor) -> tuple[SecretInfo, ...]:
        """Make the next key of a purpose; the rest follows by itself. Every key that was made, the wanted one last.

        Raises:
            RotationRefused: it never rotates, or its rotation is under way.
        """
        with self._database.work():
            made = self._vault.secrets.announce(purpose)
            for info in made:
                self._journal.append(SecretKeyMade(info.id, info.purpose.value, info.state.value), actor)
            if purpose is Purpose.PERSONAL:
                self.sealing.begin()
        return made

    def tick(self, actor: Actor = SYSTEM) -> tuple[SecretMove, ...]:
        """Take every step whose time has come. Twice is once; whoever is killed in it has done nothing."""
        with self._database.work():
            moved = self._vault.secrets.advance(self._waits, self._may)
            for move in moved:
                self._journal.append(_told(move), actor)
        return moved

    def step(self) -> bool:
        """The small work of a worker: a look at the keys once a minute, else one batch of a job. Whether there is more."""
        now = self._outside.now()
        if self._looked_at is None or not timedelta(0) <= now - self._looked_at < _LOOKS_EVERY:
            self._looked_at = now
            self.tick()
        return self.work()

    def work(self) -> bool:
        """One batch of each job; whether there is more to do here."""
        return any([self.sealing.step(), self.indexing.step()])

    def jobs(self) -> tuple[Job, ...]:
        """The youngest job of each kind, ended or not."""
        return tuple(job for job in (self.sealing.last(), self.indexing.last()) if job is not None)

    def change_master(self, actor: Actor) -> int:
        """Bring every key of the database under the present master key; how many were not.

        Raises:
            VaultLocked: a key opens with neither master key; nothing is changed.
        """
        with self._database.work():
            rows = self._vault.relock()
            if rows:
                self._journal.append(MasterKeyChanged(rows), actor)
        return rows

    def _may(self, move: SecretMove) -> bool:
        if move.key.purpose is Purpose.PERSONAL and move.to is None:
            return self._is_empty(move.key)
        if move.key.purpose is Purpose.FINGERPRINTS and move.to is State.CURRENT:
            return self._is_indexed(move)
        return True

    def _is_empty(self, key: SecretInfo) -> bool:
        """A sealing key goes when nothing lies under it any more. A worker that had not read the new key when the job went by has
        left something there: then the job goes round once more."""
        if self.sealing.find() is not None:
            return False
        if sum(part.under(_heads(key)) for part in self._sealed) == 0:
            return True
        if self.sealing.may_begin_again():
            self.sealing.begin()
        return False

    def _is_indexed(self, move: SecretMove) -> bool:
        """Nobody looks by the next key before every row is found by it. The round begins when every process writes it too, so
        that no row is left behind."""
        if self.indexing.ended_since(move.at):
            return True
        if self.indexing.find() is None:
            self.indexing.begin()
        return False


def _heads(key: SecretInfo) -> Sequence[bytes]:
    return sealed_under(UUID(key.id))


def _told(move: SecretMove) -> SecretKeyMoved | SecretKeyDestroyed:
    if move.to is None:
        return SecretKeyDestroyed(move.key.id, move.key.purpose.value)
    return SecretKeyMoved(move.key.id, move.key.purpose.value, move.to.value)
