"""The report of a rotation that is over: what moved when, by whom, who had been seen. Pure; the public key verifies it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from broker.audit.aliases import PEOPLE
from broker.audit.checkpoint import Forged, PublicKeys, instant
from broker.audit.entry import Entry
from keys.signing.key import KeyInfo

REPORT_TYPE = "rotation-report+jwt"
PROMOTED = "key.promoted"
_PLAIN = ("kid", "before", "use", "signed_from", "before_ended", "overridden", "why")


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the journal about one of the two keys. `by` is empty for a person: the entry `seq` says who, while anybody may
    know it. `hash` ties the report to the chain."""

    seq: int
    at: str
    name: str
    kid: str
    actor: str
    by: str
    hash: str


@dataclass(frozen=True, slots=True)
class RotationReport:
    """`kid` came and `before` went. The first token of `kid` is not older than `signed_from`, the last of `before` not younger
    than that plus the time in which every process reads the keys. Services are named by client_id."""

    kid: str
    before: str
    use: str
    algorithms: tuple[str, ...]
    signed_from: str
    before_ended: str
    seen: tuple[str, ...]
    unseen: tuple[str, ...]
    overridden: bool
    why: str
    steps: tuple[Step, ...]
    made_at: str


def report_of(new: KeyInfo, old: KeyInfo, entries: Iterable[Entry], made_at: datetime) -> RotationReport:
    """From the journal's entries about both keys, oldest first; the promotion must be among them."""
    told = tuple(entries)
    promotion = next(entry for entry in told if entry.name == PROMOTED and entry.fields["kid"] == new.kid)
    fields = promotion.fields
    return RotationReport(
        kid=new.kid,
        before=old.kid,
        use=new.use.value,
        algorithms=new.algorithms,
        signed_from=instant(promotion.at),
        before_ended=old.state.value,
        seen=tuple(fields["seen"]),
        unseen=tuple(fields["unseen"]),
        overridden=bool(fields["overridden"]),
        why=str(fields["why"]),
        steps=tuple(_step(entry) for entry in told),
        made_at=instant(made_at),
    )


def claims_of(report: RotationReport) -> dict[str, Any]:
    """What is signed; `at` is when."""
    steps = [{name: getattr(step, name) for name in Step.__dataclass_fields__} for step in report.steps]
    plain = {name: getattr(report, name) for name in RotationReport.__dataclass_fields__ if name not in ("steps", "made_at")}
    lists = {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}
    return lists | {"steps": steps, "at": report.made_at}


def read_report(document: str, trusted: PublicKeys) -> RotationReport:
    """The report that one of these keys signed.

    Raises:
        Forged: none of them did, or it is a document of another kind.
    """
    _kid, claims = trusted.claims(document.strip(), REPORT_TYPE)
    try:
        return _report(claims)
    except (KeyError, TypeError):
        raise Forged("is a document of another kind") from None


def _report(claims: Mapping[str, Any]) -> RotationReport:
    plain: dict[str, Any] = {name: claims[name] for name in _PLAIN}
    lists: dict[str, Any] = {name: tuple(claims[name]) for name in ("algorithms", "seen", "unseen")}
    steps = tuple(Step(**{name: step[name] for name in Step.__dataclass_fields__}) for step in _list(claims["steps"]))
    return RotationReport(**plain, **lists, steps=steps, made_at=claims["at"])


def _list(value: Any) -> Sequence[Mapping[str, Any]]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _step(entry: Entry) -> Step:
    actor = entry.actor
    by = "" if actor.kind in PEOPLE else actor.id
    return Step(entry.seq, instant(entry.at), entry.name, str(entry.fields.get("kid", "")), actor.kind, by, entry.hash)
