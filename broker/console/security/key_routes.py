"""A3 and A4: which key signs, what comes next, and how a stolen one goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.console.key_history import key_tracks
from broker.console.refused import Refused
from broker.console.rights import Action
from broker.console.security.entrance import not_here
from broker.console.security.needs import needs
from broker.console.security.visit import SecurityVisit, here
from broker.custody.emergency import Aftermath
from broker.custody.two_people import GROUNDS
from broker.custody.two_people_store import TwoPersonRequest
from broker.screens.field_errors import FieldError
from broker.screens.key_pages import (
    KeyLine,
    KeysPage,
    Lasting,
    NextDate,
    Revocation,
    RevokePage,
    RotatePage,
    WaitingRequest,
    short,
    timeline,
)  # fmt: skip
from keys.signing.key import KeyInfo, KeyState, KeyUse
from keys.signing.plan import PlannedMove

PAGE: Final = "/admin/keys"
_BEFORE, _AFTER, _PLANNED = timedelta(days=30), timedelta(days=120), timedelta(days=366)
_DATES = 3
_GONE = (KeyState.DESTROYED, KeyState.REVOKED)


def key_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the blueprint of security."""
    blueprint.add_url_rule(PAGE, "keys", needs(Action.SEE_KEYS)(_keys), methods=["GET"])
    blueprint.add_url_rule(f"{PAGE}/rotate/<algorithm>", "rotate_ask", needs(Action.SEE_KEYS)(_rotate_page), methods=["GET"])
    blueprint.add_url_rule(f"{PAGE}/rotate/<algorithm>", "rotate", needs(Action.MOVE_KEYS)(_rotate), methods=["POST"])
    blueprint.add_url_rule(
        f"{PAGE}/rotate/<algorithm>/anyway", "rotate_anyway", needs(Action.OVERRIDE_EVIDENCE)(_rotate_anyway), methods=["POST"]
    )
    blueprint.add_url_rule(f"{PAGE}/<kid>/revoke", "revoke_ask", needs(Action.SEE_KEYS)(_revoke_page), methods=["GET"])
    blueprint.add_url_rule(f"{PAGE}/<kid>/revoke", "revoke", needs(Action.REVOKE_KEY)(_revoke), methods=["POST"])
    blueprint.add_url_rule(f"{PAGE}/<kid>/break-glass", "break_glass", needs(Action.BREAK_GLASS)(_break), methods=["POST"])
    blueprint.add_url_rule(
        f"{PAGE}/requests/<request_id>/confirm", "confirm_revoke", needs(Action.CONFIRM_REQUEST)(_confirm), methods=["POST"]
    )
    blueprint.add_url_rule(
        f"{PAGE}/requests/<request_id>/withdraw", "withdraw_revoke", needs(Action.REVOKE_KEY)(_withdraw), methods=["POST"]
    )


def _keys() -> AnyResponse:
    visit = here()
    actions, emergency, now = visit.room.keys, visit.room.emergency.emergency, visit.room.outside.now()
    keys = actions.vault.keeper.all()
    plan = actions.plan(now + _PLANNED)
    coming = {move.kid: move for move in reversed(actions.vault.keeper.upcoming())}
    tracks = key_tracks(keys, plan, now, now + _AFTER)
    lasting = [
        Lasting(
            f"{track.family.algorithms[0]} {short(track.kid) or '+'}",
            tuple((one.state, one.begins, one.ends, one.is_planned) for one in track.stretches),
        )
        for track in tracks
        if track.use is KeyUse.TOKENS
    ]
    page = KeysPage(
        frame=visit.frame("keys", frozenset({"key_announced", "key_promoted", "key_asked", "key_revoked", "key_kept"})),
        keys=tuple(_line(visit, key, coming.get(key.kid)) for key in keys if key.state is not KeyState.DESTROYED),
        picture=timeline(lasting, now, _BEFORE, _AFTER),
        following=tuple(NextDate(move.to.value, move.family.algorithms[0], short(move.kid), move.at) for move in plan[:_DATES]),
        waiting=tuple(_waiting(visit, one) for one in emergency.waiting()),
        revocations=tuple(map(_revocation, emergency.aftermath())),
        reports=tuple((kid, short(kid)) for kid in sorted(actions.office.reports.kids())),
        failing=tuple(sorted(actions.office.book.failed_checks())),
        algorithms=tuple(dict.fromkeys(key.algorithms[0] for key in keys if key.use is KeyUse.TOKENS))
        if visit.may(Action.MOVE_KEYS)
        else (),
    )
    return visit.show(page)


def _line(visit: SecurityVisit, key: KeyInfo, upcoming: PlannedMove | None) -> KeyLine:
    evidence = visit.room.keys.evidence(key.kid) if key.state is KeyState.ANNOUNCED else None
    return KeyLine(
        kid=key.kid,
        algorithms=", ".join(key.algorithms),
        use_key=key.use.value,
        state=key.state.value,
        where_key=key.where,
        made_at=key.made_at,
        moved_at=key.moved_at,
        next_key=upcoming.to.value if upcoming else "",
        next_at=upcoming.at if upcoming else None,
        fetched=(len(evidence.seen), len(evidence.all)) if evidence else None,
        missing=tuple(one.client_id for one in evidence.unseen) if evidence else (),
        can_be_revoked=key.state not in _GONE and visit.may(Action.REVOKE_KEY),
    )


def _waiting(visit: SecurityVisit, one: TwoPersonRequest) -> WaitingRequest:
    address = f"{PAGE}/requests/{one.id}"
    may_confirm = visit.may(Action.CONFIRM_REQUEST) and one.asked_by != visit.staff.id
    confirm = visit.form(f"{address}/confirm") if may_confirm else None
    withdraw = visit.form(f"{address}/withdraw") if visit.may(Action.REVOKE_KEY) else None
    return WaitingRequest(one.about, one.asked_by, one.ends_at, confirm, withdraw)


def _revocation(one: Aftermath) -> Revocation:
    unanswered = tuple((each.client_id, each.deliveries) for each in one.unanswered)
    return Revocation(one.fallout.kid, one.fallout.made_at, one.fallout.sessions, one.fallout.ended_at is not None, unanswered)


def _rotate_page(algorithm: str) -> AnyResponse:
    return _asked_to_rotate(here(), algorithm)


def _asked_to_rotate(visit: SecurityVisit, algorithm: str, why: str = "", errors: tuple[FieldError, ...] = ()) -> AnyResponse:
    now, keeper = visit.room.outside.now(), visit.room.keys.vault.keeper
    like = [key for key in keeper.all() if key.use is KeyUse.TOKENS and algorithm in key.algorithms]
    if not like:
        return not_here(visit.room)
    signer = next((key for key in like if key.state is KeyState.SIGNING), None)
    coming = next((key for key in like if key.state is KeyState.ANNOUNCED), None)
    ready_at = keeper.earliest(coming, KeyState.SIGNING) if coming else None
    step = "announce" if ready_at is None else "promote" if ready_at <= now else "wait"
    missing = tuple(one.client_id for one in visit.room.keys.evidence(coming.kid).unseen) if coming else ()
    address = f"{PAGE}/rotate/{algorithm}"
    plain = visit.may(Action.MOVE_KEYS) and (step == "announce" or (step == "promote" and not missing))
    anyway = visit.may(Action.OVERRIDE_EVIDENCE) and step == "promote" and bool(missing)
    page = RotatePage(
        frame=visit.frame("keys"),
        algorithm=algorithm,
        step=step,
        kid=coming.kid if coming else "",
        before=signer.kid if signer else "",
        ready_at=ready_at,
        missing=missing if step == "promote" else (),
        form=visit.form(address) if plain else None,
        override=visit.form(f"{address}/anyway") if anyway else None,
        why=why,
        errors=errors,
    )
    return visit.show(page, 422 if errors else 200)


def _rotate(algorithm: str) -> AnyResponse:
    visit = here()
    return _done(visit, lambda: _rotated(visit, algorithm, ""), lambda: _asked_to_rotate(visit, algorithm))


def _rotate_anyway(algorithm: str) -> AnyResponse:
    visit, why = here(), request.form.get("why", "").strip()
    if not why:
        return _asked_to_rotate(visit, algorithm, why, (FieldError("why", "security.why"),))
    return _done(visit, lambda: _rotated(visit, algorithm, why), lambda: _asked_to_rotate(visit, algorithm, why))


def _rotated(visit: SecurityVisit, algorithm: str, why: str) -> str:
    moved = visit.room.keys.rotate(algorithm, KeyUse.TOKENS, visit.actor, why)["moved"]
    word = "key_announced" if moved and moved[0]["state"] == KeyState.ANNOUNCED.value else "key_promoted"
    return f"{PAGE}?done={word}" if moved else f"{PAGE}/rotate/{algorithm}"


def _revoke_page(kid: str) -> AnyResponse:
    return _asked_to_revoke(here(), kid)


def _asked_to_revoke(visit: SecurityVisit, kid: str, errors: tuple[FieldError, ...] = ()) -> AnyResponse:
    try:
        found = visit.room.emergency.consequences(kid)
    except Refused:
        return not_here(visit.room)
    address = f"{PAGE}/{found['kid']}"
    page = RevokePage(
        frame=visit.frame("keys"),
        kid=found["kid"],
        people=found["people"],
        sessions=found["sessions"],
        services=tuple(found["services"]),
        grounds=GROUNDS,
        form=visit.form(f"{address}/revoke"),
        alone=visit.form(f"{address}/break-glass") if visit.may(Action.BREAK_GLASS) else None,
        errors=errors,
    )
    return visit.show(page, 422 if errors else 200)


def _revoke(kid: str) -> AnyResponse:
    visit, typed, grounds = here(), request.form.get("kid", ""), request.form.get("grounds", "")
    if grounds not in GROUNDS:
        return _asked_to_revoke(visit, kid, (FieldError("grounds", "security.grounds"),))
    if typed.strip() != kid:
        return _asked_to_revoke(visit, kid, (FieldError("kid", "security.kid"),))

    def do() -> str:
        visit.room.emergency.ask(kid, typed, grounds, visit.staff.id)
        return f"{PAGE}?done=key_asked"

    return _done(visit, do, lambda: redirect(PAGE, 303))


def _break(kid: str) -> AnyResponse:
    visit, grounds = here(), request.form.get("grounds", "")

    def do() -> str:
        visit.room.emergency.break_glass(kid, grounds, visit.actor)
        return f"{PAGE}?done=key_revoked"

    return _done(visit, do, lambda: redirect(PAGE, 303))


def _confirm(request_id: str) -> AnyResponse:
    visit = here()

    def do() -> str:
        visit.room.emergency.confirm(request_id, visit.staff.id)
        return f"{PAGE}?done=key_revoked"

    return _done(visit, do, lambda: redirect(PAGE, 303))


def _withdraw(request_id: str) -> AnyResponse:
    visit = here()

    def do() -> str:
        visit.room.emergency.withdraw(request_id, visit.staff.id)
        return f"{PAGE}?done=key_kept"

    return _done(visit, do, lambda: redirect(PAGE, 303))


def _done(visit: SecurityVisit, do: Callable[[], str], otherwise: Callable[[], AnyResponse]) -> AnyResponse:
    """Once; what was refused has changed nothing, and the page as it is now says why."""
    try:
        return visit.once(do)
    except Refused:
        return otherwise()
