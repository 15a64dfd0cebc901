"""A dangerous act: the sign-in is younger than five minutes, and a passkey says yes to this act, with these fields, once.

A stolen cookie is worth nothing here: the passkey's answer is bound to the session, the address, the action and every field.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Final

from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.audit.catalogue_staff import StaffActConfirmed
from broker.console.rights import Action
from broker.console.security.handing_over import sign_in_url
from broker.console.security.visit import SecurityVisit
from broker.foundation.encoding import canonical_json, digest
from broker.passkeys.ceremonies import Who
from broker.passkeys.passkey import PasskeyRefused
from broker.screens.forms import FORM_FIELD, FirstUse, FormBusy, FormStale, Repeat
from broker.screens.security_pages import ConfirmPage

PASSKEY_FIELD: Final = "passkey"
_PENDING: Final = "security.pending"
_KEPT_FOR: Final = timedelta(minutes=10)
_LONGEST_KEPT: Final = 32_768

Fields = tuple[tuple[str, str], ...]


def confirm(visit: SecurityVisit, action: Action) -> AnyResponse | None:
    """None when the act is confirmed and may be done; otherwise what to answer instead."""
    fields = _fields()
    if not is_fresh(visit):
        _keep(visit, action, request.path, fields)
        return redirect(sign_in_url(visit.room, again=True), 303)
    shown = request.form.get(PASSKEY_FIELD, "")
    if not shown:
        return ask(visit, action, request.path, fields)
    if isinstance(visit.use, Repeat):
        return _first_answer(visit, action, fields)
    assert isinstance(visit.use, FirstUse), "the entrance takes the key of every POST"
    try:
        visit.room.ceremonies.show(who(visit), purpose_of_act(action, request.path, fields), shown)
    except PasskeyRefused as refused:
        return ask(visit, action, request.path, fields, refused.why)
    with visit.room.database.work():
        visit.room.journal.append(StaffActConfirmed(visit.staff.id, action.value, request.path[:128]), visit.actor)
    return None


def ask(visit: SecurityVisit, action: Action, path: str, fields: Fields, problem: str = "") -> AnyResponse:
    """The page that asks for the passkey; it carries the answers of the form that led here."""
    options = visit.room.ceremonies.ask_to_show(who(visit), purpose_of_act(action, path, fields))
    page = ConfirmPage(visit.frame(""), action.value, visit.form(path), fields, options, bool(problem))
    return visit.show(page, 403)


def again(visit: SecurityVisit) -> AnyResponse:
    """After signing in again: the act that was interrupted for it, if any, is asked for once more."""
    kept = visit.room.shelf.take(_PENDING, visit.session.id)
    if kept is None or not is_fresh(visit):
        return redirect("/admin", 303)
    said = json.loads(visit.room.sealer.unseal(kept, _bound(visit)))
    return ask(visit, Action(said["action"]), said["path"], tuple((name, value) for name, value in said["fields"]))


def is_fresh(visit: SecurityVisit) -> bool:
    """Whether the person has signed in a moment ago."""
    return visit.room.outside.now() - visit.session.authenticated_at < visit.room.settings.fresh_within


def who(visit: SecurityVisit) -> Who:
    """Whose passkey is asked for. The browser shows a first name and a letter: the computer may be shared."""
    return Who(visit.staff.id, visit.session.id, f"{visit.staff.name} {visit.staff.surname[:1]}.")


def purpose_of_act(action: Action, path: str, fields: Fields) -> str:
    """What a passkey says yes to: the action, the address it is about, and every answer of the form."""
    return f"act:{action.value}:{path}:{digest(canonical_json(sorted(fields)).decode('utf-8'))}"


def _fields() -> Fields:
    left_out = (FORM_FIELD, PASSKEY_FIELD)
    return tuple((name, value) for name, value in request.form.items(multi=True) if name not in left_out)


def _keep(visit: SecurityVisit, action: Action, path: str, fields: Fields) -> None:
    said = canonical_json({"action": action.value, "path": path, "fields": fields})
    if len(said) <= _LONGEST_KEPT:
        visit.room.shelf.put(_PENDING, visit.session.id, visit.room.sealer.seal(said, _bound(visit)), _KEPT_FOR)


def _bound(visit: SecurityVisit) -> str:
    return f"{_PENDING}:{visit.session.id}"


def _first_answer(visit: SecurityVisit, action: Action, fields: Fields) -> AnyResponse:
    """A double press: the first one's answer; the act is not done again, whatever its view would do."""
    assert visit.use is not None

    def never() -> str:
        raise FormStale

    try:
        return redirect(visit.room.form_keys.answer_once(visit.use, never), 303)
    except (FormStale, FormBusy):
        return ask(visit, action, request.path, fields)
