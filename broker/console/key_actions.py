"""What staff do with signing keys: look, follow the plan, move one by hand, read the report of a rotation."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from broker.audit.checkpoint import AuditKey, Forged, PublicKeys
from broker.audit.event import Actor
from broker.console.refused import Refused
from broker.custody.evidence import Evidence, PromotionHeld, ServiceSeen
from broker.custody.key_moves import Override
from broker.custody.key_office import KeyOffice
from broker.custody.rotation_report import RotationReport, read_report
from broker.custody.rotation_reports import NotOver
from keys.signing.key import KeyInfo, KeyState, KeyUse
from keys.signing.lifecycle import MoveRefused
from keys.signing.plan import PlannedMove
from keys.signing.rotation import UnknownKey
from keys.store import MovedTooLate
from keys.vault import Vault

_LONGEST_WHY = 200
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class KeyActions:
    """`now` is the clock of the house."""

    vault: Vault
    office: KeyOffice
    now: Callable[[], datetime]

    def status(self) -> Mapping[str, Any]:
        """Every signing key without its material, what comes next for it, and whether tokens can be signed at all."""
        now = self.now()
        keys = self.vault.keeper.all()
        coming = {move.kid: move for move in reversed(self.vault.keeper.upcoming())}
        failed = self.office.book.failed_checks()
        return {
            "can_sign": self.vault.ring.can_sign(),
            "keys": [
                shown_key(key)
                | ({"next": _next(coming[key.kid], now)} if key.kid in coming else {})
                | (self._evidence(key) if key.state is KeyState.ANNOUNCED else {})
                for key in keys
            ],
            "fail_with_a_new_key": [{"client_id": name, "checked_at": _at(at)} for name, at in sorted(failed.items())],
        }

    def evidence(self, kid: str) -> Evidence:
        """Which active services have fetched a key.

        Raises:
            Refused: there is no such key.
        """
        for key in self.vault.keeper.all():
            if key.kid == kid:
                return self.office.book.evidence_of(key)
        raise Refused("There is no key with this kid.")

    def plan(self, until: datetime) -> Sequence[PlannedMove]:
        """Every planned move from now until an instant."""
        return self.vault.keeper.plan(self.now(), until)

    def tick(self, actor: Actor) -> Mapping[str, Any]:
        """Make what is due now."""
        moved = _allowed(lambda: self.office.moves.tick(actor))
        reported = self.office.reports.make_due()
        held = [move.kid for move in self.vault.keeper.due(self.now())]
        return {"moved": [shown_key(key) for key in moved], "reported": list(reported), "waiting": held}

    def announce(self, algorithm: str, use: KeyUse, actor: Actor) -> Mapping[str, Any]:
        """Make and publish a key that is to follow."""
        return shown_key(_allowed(lambda: self.office.moves.announce(algorithm, use, actor)))

    def promote(self, kid: str, actor: Actor, why: str = "") -> Mapping[str, Any]:
        """Make an announced key the signer; with `why` even if a service has not fetched it."""
        override = _override(why)
        return _moved(_allowed(lambda: self.office.moves.promote(kid, actor, override)))

    def retire(self, kid: str, actor: Actor) -> Mapping[str, Any]:
        """Publish and believe a key no longer."""
        return shown_key(_allowed(lambda: self.office.moves.retire(kid, actor)))

    def destroy(self, kid: str, actor: Actor) -> Mapping[str, Any]:
        """Wipe the private half of a retired key."""
        return shown_key(_allowed(lambda: self.office.moves.destroy(kid, actor)))

    def rotate(self, algorithm: str, use: KeyUse, actor: Actor, why: str = "") -> Mapping[str, Any]:
        """Follow the plan now as far as is safe; says when the next step may come."""
        override = _override(why)
        done = _allowed(lambda: self.office.moves.rotate(algorithm, use, actor, override))
        following = {"next": done.next_to.value, "not_before": _at(done.next_at)} if done.next_to and done.next_at else {}
        return _moved(done.moved) | following

    def report(self, kid: str, actor: Actor) -> str:
        """The signed report of the rotation in which a key came."""
        try:
            return self.office.reports.get(kid, actor)
        except NotOver:
            raise Refused("There is nothing to report yet: the key before this one still verifies, or there was none.") from None

    def reported(self, kid: str) -> tuple[str, RotationReport]:
        """A report that is there already, as it was signed and as it reads; its signature is checked. Raises Refused where there
        is none."""
        signed = self.office.reports.find(kid)
        if signed is None:
            raise Refused("There is no report about this key.")
        return signed, verify_report(signed, kid, self.trusted())

    def trusted(self) -> PublicKeys:
        """The public keys of the journal, as this house knows them."""
        history = self.vault.audit_ring.history()
        return PublicKeys(AuditKey(jwk, info.state.value, info.made_at, info.moved_at) for info, jwk in history)

    def _evidence(self, key: KeyInfo) -> dict[str, Any]:
        found = self.office.book.evidence_of(key)
        return {"seen": [shown_service(one) for one in found.seen], "unseen": [shown_service(one) for one in found.unseen]}


def verify_report(document: str, kid: str, trusted: PublicKeys) -> RotationReport:
    """The report, if one of these keys signed it and it is about this key.

    Raises:
        Refused: one sentence that says what is wrong.
    """
    try:
        report = read_report(document, trusted)
    except Forged as forged:
        raise Refused(f"The report {forged.problem}.") from None
    if report.kid != kid:
        raise Refused("The report is about another key.")
    return report


def keys_in(jwks: Path) -> PublicKeys:
    """The public keys of a JWK Set in a file, such as /audit/jwks.json; they count without an end.

    Raises:
        Refused: the file holds none.
    """
    try:
        found = json.loads(jwks.read_text(encoding="utf-8"))["keys"]
        moment = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
        return PublicKeys([AuditKey(jwk, "signing", moment, moment) for jwk in found])
    except (OSError, ValueError, KeyError, TypeError):
        raise Refused("This is no file with a JWK Set.") from None


def shown_key(key: KeyInfo) -> dict[str, Any]:
    """A key as commands print it."""
    return {
        "kid": key.kid,
        "use": key.use.value,
        "algorithms": list(key.algorithms),
        "state": key.state.value,
        "where": key.where,
        "made_at": _at(key.made_at),
        "moved_at": _at(key.moved_at),
    }


def shown_move(move: PlannedMove) -> dict[str, Any]:
    """A planned move as commands print it."""
    return {
        "at": _at(move.at),
        "kid": move.kid,
        "use": move.use.value,
        "algorithms": list(move.family.algorithms),
        "to": move.to.value,
        "follows_from": f"keys.{move.reason}",
    }


def shown_service(one: ServiceSeen) -> dict[str, Any]:
    """A service as it was seen."""
    return {"client_id": one.client_id, "how": one.how, "seen_at": _at(one.seen_at) if one.seen_at else None}


def _allowed(do: Callable[[], _Made]) -> _Made:
    try:
        return do()
    except PromotionHeld as held:
        names = ", ".join(one.client_id for one in held.evidence.unseen)
        raise Refused(f"Active services have not fetched this key yet: {names}. Wait, or override with a reason.") from None
    except MoveRefused as refused:
        when = f", not before {_at(refused.ready_at)}" if refused.ready_at else ""
        raise Refused(f"Not done: {refused.reason}{when}.") from None
    except UnknownKey:
        raise Refused("There is no key with this kid.") from None
    except ValueError:
        raise Refused("No key of this use serves this algorithm.") from None
    except MovedTooLate:
        raise Refused("It took too long, so nothing was changed. Try again.") from None


def _override(why: str) -> Override | None:
    if len(why) > _LONGEST_WHY or not why.isprintable():
        raise Refused(f"A reason has at most {_LONGEST_WHY} printable characters.")
    return Override(why) if why.strip() else None


def _moved(moved: Sequence[KeyInfo]) -> dict[str, Any]:
    return {"moved": [shown_key(key) for key in moved]}


def _next(move: PlannedMove, now: datetime) -> dict[str, Any]:
    return {"to": move.to.value, "at": _at(max(move.at, now))}


def _at(at: datetime) -> str:
    return at.isoformat()
