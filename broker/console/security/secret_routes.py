"""Every secret that is no signing key: its life, what comes next, and beginning the next one."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from broker.console import secret_actions
from broker.console.refused import Refused
from broker.console.rights import Action
from broker.console.security.calendar_routes import date_line
from broker.console.security.needs import needs
from broker.console.security.visit import SecurityVisit, here
from broker.screens.field_errors import FieldError
from broker.screens.secret_pages import JobLine, SecretLine, SecretsPage
from keys.secrets.purposes import NEVER_ROTATE, State

PAGE: Final = "/admin/secrets"
# Kept elsewhere, with dates of their own.
_OTHERS: Final = frozenset({
    "master_key", "client_secret", "audit_key", "esia_own", "opening_key", "hsm_pin", "scim_token", "initial_token",
})  # fmt: skip


def secret_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the blueprint of security."""

    @blueprint.get(PAGE)
    @needs(Action.SEE_KEYS)
    def secrets() -> AnyResponse:
        return _page(here())

    @blueprint.post(f"{PAGE}/<purpose>/rotate")
    @needs(Action.MOVE_KEYS)
    def rotate_secret(purpose: str) -> AnyResponse:
        return _rotated(here(), purpose)


def _page(visit: SecurityVisit, errors: tuple[FieldError, ...] = ()) -> AnyResponse:
    now = visit.room.outside.now()
    others = (one for one in visit.room.calendar.look().all if one.what in _OTHERS)
    page = SecretsPage(
        frame=visit.frame("secrets", frozenset({"secret_rotates"})),
        secrets=_lines(visit),
        jobs=tuple(
            JobLine(job.kind, job.seen, job.total, job.broken, job.made_at, job.ended_at) for job in visit.room.secrets.jobs()
        ),
        others=tuple(date_line(one, now) for one in others),
        errors=errors,
    )
    return visit.show(page, 422 if errors else 200)


def _lines(visit: SecurityVisit) -> tuple[SecretLine, ...]:
    care = visit.room.secrets
    keys, due = care.status(), {one.name: one.due_at for one in care.expiries()}
    comes = {move.key.id: move.at for move in care.plan()}
    in_motion = {key.purpose for key in keys if key.state is not State.CURRENT}
    found = []
    for key in keys:
        may = visit.may(Action.MOVE_KEYS) and key.purpose not in NEVER_ROTATE and key.purpose not in in_motion
        rotate = visit.form(f"{PAGE}/{key.purpose.value}/rotate") if may else None
        ends_at: datetime | None = due.get(key.purpose.value) if key.state is State.CURRENT else None
        found.append(SecretLine(key.purpose.value, key.state.value, key.made_at, ends_at, comes.get(key.id), rotate))
    return tuple(sorted(found, key=lambda one: (one.purpose_key, one.made_at)))


def _rotated(visit: SecurityVisit, purpose: str) -> AnyResponse:
    def do() -> str:
        secret_actions.rotate(visit.room.secrets, purpose, visit.actor)
        return f"{PAGE}?done=secret_rotates"

    try:
        return visit.once(do)
    except Refused:
        return _page(visit, (FieldError("secrets", "security.not_rotated"),))
