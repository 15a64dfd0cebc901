"""Showing a passkey on the way in, making the first one, and keeping one's own."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.console.refused import Refused
from broker.console.rights import Action
from broker.console.security.confirming import PASSKEY_FIELD, who
from broker.console.security.needs import needs
from broker.console.security.visit import SecurityVisit, here
from broker.passkeys.passkey import PasskeyRefused
from broker.screens.field_errors import FieldError
from broker.screens.forms import FormStale, Repeat
from broker.screens.security_pages import NoPasskeyPage, PasskeyLine, PasskeysPage, ShowPasskeyPage

SHOW: Final = "/admin/passkey"
OWN: Final = "/admin/passkeys"
MAKE: Final = "/admin/passkeys/make"
LONGEST_NAME: Final = 40
_ENTER: Final = "enter"
_MAKE_ONE: Final = "make a passkey"


def passkey_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the blueprint of security."""

    @blueprint.get(SHOW)
    @needs(Action.KEEP_OWN_PASSKEYS)
    def ask_passkey() -> AnyResponse:
        return _ask(here())

    @blueprint.post(SHOW)
    @needs(Action.KEEP_OWN_PASSKEYS)
    def show_passkey() -> AnyResponse:
        return _shown(here())

    @blueprint.get(OWN)
    @needs(Action.KEEP_OWN_PASSKEYS)
    def own_passkeys() -> AnyResponse:
        return _own(here())

    # The passkey at hand says yes to making another: a stolen cookie could not.
    @blueprint.post(OWN)
    @needs(Action.CHANGE_OWN_PASSKEYS)
    def another_passkey() -> AnyResponse:
        return _allow_another(here())

    @blueprint.get(MAKE)
    @needs(Action.KEEP_OWN_PASSKEYS)
    def ask_to_make() -> AnyResponse:
        return _making(here())

    @blueprint.post(MAKE)
    @needs(Action.KEEP_OWN_PASSKEYS)
    def make_passkey() -> AnyResponse:
        return _made(here())

    @blueprint.post(f"{OWN}/<passkey_id>/remove")
    @needs(Action.CHANGE_OWN_PASSKEYS)
    def remove_passkey(passkey_id: str) -> AnyResponse:
        return _removed(here(), passkey_id)


def _ask(visit: SecurityVisit, *, refused: bool = False) -> AnyResponse:
    ceremonies = visit.room.ceremonies
    if not ceremonies.store.of_person(visit.staff.id):
        if not _may_make_first(visit):
            return visit.show(NoPasskeyPage(visit.frame("")), 403)
        return _making(visit, refused=refused)
    options = ceremonies.ask_to_show(who(visit), _ENTER)
    return visit.show(ShowPasskeyPage(visit.frame(""), visit.form(SHOW), options, refused), 403 if refused else 200)


def _shown(visit: SecurityVisit) -> AnyResponse:
    if not visit.room.ceremonies.store.of_person(visit.staff.id) and not isinstance(visit.use, Repeat):
        if not _may_make_first(visit):
            return visit.show(NoPasskeyPage(visit.frame("")), 403)
        return _made(visit, is_first=True)

    def do() -> str:
        if isinstance(visit.use, Repeat):
            raise FormStale
        visit.room.ceremonies.show(who(visit), _ENTER, request.form.get(PASSKEY_FIELD, ""))
        visit.room.presence.note(visit.session.id)
        return "/admin"

    try:
        return visit.once(do)
    except (PasskeyRefused, FormStale):
        return _ask(visit, refused=True)


def _may_make_first(visit: SecurityVisit) -> bool:
    """A one-time link was used in this session; or the deployment is a demonstration."""
    allowed = visit.room.presence.may_make_first(visit.session.id, visit.staff.id)
    return allowed or visit.room.settings.first_passkey_without_link


def _own(visit: SecurityVisit) -> AnyResponse:
    held = visit.room.ceremonies.store.of_person(visit.staff.id)
    lines = tuple(
        PasskeyLine(
            name=one.name,
            made_at=one.made_at,
            used_at=one.used_at,
            is_synced=one.is_synced,
            remove=visit.form(f"{OWN}/{one.id}/remove") if len(held) > 1 else None,
        )
        for one in held
    )
    return visit.show(PasskeysPage(visit.frame("passkeys"), lines, visit.form(OWN), ""))


def _allow_another(visit: SecurityVisit) -> AnyResponse:
    def do() -> str:
        visit.room.presence.allow_act(visit.session.id, _MAKE_ONE, visit.room.settings.fresh_within)
        return MAKE

    return visit.once(do)


def _making(visit: SecurityVisit, *, refused: bool = False, name: str = "", errors: tuple[FieldError, ...] = ()) -> AnyResponse:
    is_first = not visit.room.ceremonies.store.of_person(visit.staff.id)
    options = visit.room.ceremonies.ask_to_make(who(visit))
    form = visit.form(SHOW if is_first else MAKE)
    page = PasskeysPage(visit.frame("passkeys"), (), form, options, name, is_first, refused, errors)
    return visit.show(page, 422 if errors or refused else 200)


def _made(visit: SecurityVisit, *, is_first: bool = False) -> AnyResponse:
    name = " ".join(request.form.get("name", "").split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        return _making(visit, name=name[:LONGEST_NAME], errors=(FieldError("name", "passkey_name"),))

    def do() -> str:
        # Spent before the ceremony: one yes makes one passkey, however many answers come at once.
        if not is_first and not visit.room.presence.take_act(visit.session.id, _MAKE_ONE):
            raise PasskeyRefused("not allowed")
        visit.room.ceremonies.make(who(visit), name, request.form.get(PASSKEY_FIELD, ""))
        if is_first:
            visit.room.presence.note(visit.session.id)
        return "/admin?done=passkey" if is_first else f"{OWN}?done=passkey"

    try:
        return visit.once(do)
    except (PasskeyRefused, FormStale):
        return redirect(OWN, 303) if not is_first else _making(visit, refused=True, name=name)


def _removed(visit: SecurityVisit, passkey_id: str) -> AnyResponse:
    def do() -> str:
        visit.room.staff.remove_passkey(visit.staff.id, passkey_id, visit.actor)
        return f"{OWN}?done=passkey_removed"

    try:
        return visit.once(do)
    except Refused:
        return redirect(OWN, 303)
