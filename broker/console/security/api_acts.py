"""A dangerous call of a program waits for its person: at the console they show a passkey for exactly this call, once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.audit.catalogue_staff import StaffActConfirmed
from broker.console.rights import Action
from broker.console.security.confirming import PASSKEY_FIELD, is_fresh, who
from broker.console.security.entrance import not_for, not_here
from broker.console.security.handing_over import sign_in_url
from broker.console.security.needs import needs
from broker.console.security.room import SecurityRoom
from broker.console.security.visit import SecurityVisit, here
from broker.foundation.encoding import canonical_json, digest
from broker.passkeys.passkey import PasskeyRefused
from broker.screens.forms import FormStale, Repeat
from broker.screens.security_pages import ConfirmPage

CONFIRM: Final = "/admin/confirm"
_KIND: Final = "security.act"
_WAITS: Final = timedelta(minutes=10)
_LONGEST: Final = 64


@dataclass(frozen=True, slots=True)
class Act:
    """One call: what it does, at which address, with which body (its digest)."""

    action: Action
    path: str
    body: str

    @property
    def name(self) -> str:
        """What the passkey says yes to."""
        return f"{self.action.value}:{self.path}:{self.body}"


def pending(room: SecurityRoom, session_id: str, act: Act) -> str:
    """Remember a call that waits; returns where its person confirms it."""
    key = room.outside.token(16)
    said = canonical_json({"session": session_id, "action": act.action.value, "path": act.path, "body": act.body})
    room.shelf.put(_KIND, digest(key), said, _WAITS)
    return f"{room.origin}{CONFIRM}/{key}"


def act_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the blueprint of security."""

    @blueprint.get(f"{CONFIRM}/<key>")
    @needs(Action.SEE_OVERVIEW)
    def ask_act(key: str) -> AnyResponse:
        return _asked(here(), key)

    @blueprint.post(f"{CONFIRM}/<key>")
    @needs(Action.SEE_OVERVIEW)
    def confirm_act(key: str) -> AnyResponse:
        return _confirmed(here(), key)


def _waiting(visit: SecurityVisit, key: str) -> Act | None:
    """The call that waits for this session; None for anybody else's."""
    kept = visit.room.shelf.get(_KIND, digest(key)) if len(key) <= _LONGEST else None
    said = json.loads(kept) if kept is not None else {}
    if said.get("session") != visit.session.id:
        return None
    return Act(Action(said["action"]), said["path"], said["body"])


def _asked(visit: SecurityVisit, key: str, *, refused: bool = False) -> AnyResponse:
    act = _waiting(visit, key)
    if act is None:
        return not_here(visit.room)
    if not visit.may(act.action):
        return not_for(visit)
    if not is_fresh(visit):
        return redirect(sign_in_url(visit.room, again=True), 303)
    options = visit.room.ceremonies.ask_to_show(who(visit), f"act:{act.name}")
    page = ConfirmPage(visit.frame(""), act.action.value, visit.form(f"{CONFIRM}/{key}"), (), options, refused, act.path)
    return visit.show(page, 403 if refused else 200)


def _confirmed(visit: SecurityVisit, key: str) -> AnyResponse:
    act = _waiting(visit, key)
    if act is None or not visit.may(act.action) or not is_fresh(visit):
        return _asked(visit, key)

    def do() -> str:
        if isinstance(visit.use, Repeat):
            raise FormStale
        visit.room.ceremonies.show(who(visit), f"act:{act.name}", request.form.get(PASSKEY_FIELD, ""))
        visit.room.presence.allow_act(visit.session.id, act.name, visit.room.settings.fresh_within)
        with visit.room.database.work():
            visit.room.journal.append(StaffActConfirmed(visit.staff.id, act.action.value, act.path[:128]), visit.actor)
        return "/admin?done=confirmed"

    try:
        return visit.once(do)
    except (PasskeyRefused, FormStale):
        return _asked(visit, key, refused=True)
