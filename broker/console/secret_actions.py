"""What staff may do with secret keys, and know of them: never their material."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from broker.audit.event import Actor
from broker.console.refused import Refused
from broker.custody.jobs_store import Job
from broker.custody.secrets_care import SecretCare
from broker.foundation.outside import Outside
from keys.master import make_master_key_file, read_master_key_file
from keys.secrets.purposes import NEVER_ROTATE, Purpose
from keys.secrets.secret_keys import VaultLocked
from keys.secrets.secret_life import RotationRefused, SecretInfo, SecretMove
from keys.vault import Vault


def status(care: SecretCare) -> Mapping[str, Any]:
    """Every secret key, what is being rewritten, and when each key should be followed by another."""
    due = {expiry.name: expiry.due_at for expiry in care.expiries()}
    return {
        "keys": [_shown(info) | {"due_at": _time(due.get(info.purpose.value))} for info in care.status()],
        "never_rotate": sorted(purpose.value for purpose in NEVER_ROTATE),
        "jobs": [job_shown(job) for job in care.jobs()],
    }


def plan(care: SecretCare) -> Mapping[str, Any]:
    """What comes next by itself, and what is due to be begun."""
    moves = [_move(move) | {"at": _time(move.at)} for move in care.plan()]
    due = sorted(((expiry.due_at, expiry.name) for expiry in care.expiries() if expiry.due_at), key=lambda one: one[0])
    return {"moves": moves, "due": [{"purpose": name, "at": _time(at)} for at, name in due]}


def rotate(care: SecretCare, purpose: str, actor: Actor) -> Mapping[str, Any]:
    """Begin a rotation. Raises Refused for an unknown purpose, one that never rotates, or one that is being rotated."""
    try:
        made = care.rotate(_purpose(purpose), actor)
    except RotationRefused as refused:
        raise Refused(refused.reason[:1].upper() + refused.reason[1:] + ".") from None
    return {"made": [_shown(info) for info in made], **plan(care)}


def tick(care: SecretCare, actor: Actor) -> Mapping[str, Any]:
    """Take every step whose time has come."""
    return {"moved": [_move(move) for move in care.tick(actor)]}


def work(care: SecretCare, progress: Callable[[Job], None]) -> Mapping[str, Any]:
    """Bring a job under way to its end, beside whatever workers do. `progress` is told after every batch."""
    while care.work():
        for job in care.jobs():
            if job.ended_at is None:
                progress(job)
    return {"jobs": [job_shown(job) for job in care.jobs()]}


def new_master_file(path: Path, outside: Outside) -> Mapping[str, Any]:
    """Write a fresh master key. Raises Refused if there is such a file."""
    if path.exists():
        raise Refused("There is a file of that name already.")
    try:
        make_master_key_file(path, outside.random)
    except OSError as error:
        raise Refused(f"The file cannot be written ({error.strerror}).") from None
    return {"master_key_file": str(path)}


def change_master(care: SecretCare, vault: Vault, new_file: Path, actor: Actor) -> Mapping[str, Any]:
    """Bring every key of the database under the master key in this file, all or none.

    Raises:
        Refused: the settings do not name it as the present one beside the one before, or a key opens with neither.
    """
    try:
        key = read_master_key_file(new_file)
    except ValueError as broken:
        raise Refused(f"{str(broken)[:1].upper()}{str(broken)[1:]}.") from None
    if not vault.is_master_key(key):
        raise Refused(
            "First let keys.master_key_file name the new file and keys.master_key_previous_file the old one, on every node, and"
            " start each of them again."
        )
    try:
        return {"rows": care.change_master(actor)}
    except VaultLocked:
        raise Refused("A key of this database opens with neither master key. Nothing was changed.") from None


def job_shown(job: Job) -> dict[str, Any]:
    """How far a job has come."""
    return {
        "job_id": job.id,
        "kind": job.kind,
        "part": job.part,
        "seen": job.seen,
        "changed": job.changed,
        "broken": job.broken,
        "total": job.total,
        "made_at": _time(job.made_at),
        "ended_at": _time(job.ended_at),
    }


def _purpose(word: str) -> Purpose:
    try:
        return Purpose(word)
    except ValueError:
        raise Refused("Unknown purpose. There are: " + ", ".join(purpose.value for purpose in Purpose) + ".") from None


def _shown(info: SecretInfo) -> dict[str, Any]:
    return {
        "key_id": info.id,
        "purpose": info.purpose.value,
        "state": info.state.value,
        "made_at": _time(info.made_at),
        "moved_at": _time(info.moved_at),
    }


def _move(move: SecretMove) -> dict[str, Any]:
    return {"key_id": move.key.id, "purpose": move.key.purpose.value, "to": move.to.value if move.to else "gone"}


def _time(at: Any) -> str | None:
    return None if at is None else at.isoformat()
