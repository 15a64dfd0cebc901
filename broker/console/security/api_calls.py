"""What the JSON API at /api/admin can do: one line a call, over the same actions as the pages and the command line."""

from __future__ import annotations

from dataclasses import asdict

from broker.console import calendar_actions, secret_actions
from broker.console.rights import Action
from broker.console.security.api_call import Answer, Asked, Call
from broker.console.security.api_policy_calls import POLICY_CALLS
from broker.console.security.api_story_calls import STORY_CALLS
from keys.signing.key import KeyUse


def _decide(asked: Asked) -> Answer:
    verdict = (asked.flag("approve"), asked.word("grounds"))
    return asked.room.registration.decide_as_staff(asked.about["client_id"], asked.words("about"), verdict, asked.actor)


def _rotate(asked: Asked, why: str) -> Answer:
    return asked.room.keys.rotate(asked.word("algorithm"), KeyUse.TOKENS, asked.actor, why)


def _report(asked: Asked) -> Answer:
    signed, report = asked.room.keys.reported(asked.about["kid"])
    return {**asdict(report), "signed": signed}


CALLS: tuple[Call, ...] = (
    Call("overview", "GET", "/overview", Action.SEE_OVERVIEW, lambda asked: asked.room.overview.described()),
    Call("clients", "GET", "/clients", Action.SEE_CLIENTS, lambda asked: asked.room.clients.all()),
    Call("waiting", "GET", "/clients/waiting", Action.SEE_CLIENTS, lambda asked: asked.room.registration.waiting()),
    Call(
        "client", "GET", "/clients/<client_id>", Action.SEE_CLIENTS,
        lambda asked: asked.room.clients.show(asked.about["client_id"]),
    ),
    Call("decide", "POST", "/clients/<client_id>/decide", Action.APPROVE_CLIENT, _decide),
    Call(
        "enable", "POST", "/clients/<client_id>/enable", Action.PAUSE_CLIENT,
        lambda asked: asked.room.clients.set_enabled(asked.about["client_id"], asked.flag("enabled"), asked.actor),
    ),
    Call("keys", "GET", "/keys", Action.SEE_KEYS, lambda asked: asked.room.keys.status()),
    Call("key_report", "GET", "/keys/<kid>/report", Action.SEE_KEYS, _report),
    Call("rotate_key", "POST", "/keys/rotate", Action.MOVE_KEYS, lambda asked: _rotate(asked, "")),
    Call(
        "rotate_key_anyway", "POST", "/keys/rotate-anyway", Action.OVERRIDE_EVIDENCE,
        lambda asked: _rotate(asked, asked.word("why")),
    ),
    Call("calendar", "GET", "/calendar", Action.SEE_CALENDAR, lambda asked: calendar_actions.dates(asked.room.calendar)),
    Call("secrets", "GET", "/secrets", Action.SEE_KEYS, lambda asked: secret_actions.status(asked.room.secrets)),
    Call("secrets_plan", "GET", "/secrets/plan", Action.SEE_KEYS, lambda asked: secret_actions.plan(asked.room.secrets)),
    Call(
        "rotate_secret", "POST", "/secrets/rotate", Action.MOVE_KEYS,
        lambda asked: secret_actions.rotate(asked.room.secrets, asked.word("purpose"), asked.actor),
    ),
    Call("emergency", "GET", "/keys/revocations", Action.SEE_KEYS, lambda asked: asked.room.emergency.status()),
    Call(
        "consequences", "GET", "/keys/<kid>/consequences", Action.SEE_KEYS,
        lambda asked: asked.room.emergency.consequences(asked.about["kid"]),
    ),
    Call(
        "revoke_key", "POST", "/keys/<kid>/revoke", Action.REVOKE_KEY,
        lambda asked: asked.room.emergency.ask(asked.about["kid"], asked.word("kid"), asked.word("grounds"), asked.actor.id),
    ),
    Call(
        "break_glass", "POST", "/keys/<kid>/break-glass", Action.BREAK_GLASS,
        lambda asked: asked.room.emergency.break_glass(asked.about["kid"], asked.word("grounds"), asked.actor),
    ),
    Call(
        "confirm_revocation", "POST", "/keys/revocations/<request_id>/confirm", Action.CONFIRM_REQUEST,
        lambda asked: asked.room.emergency.confirm(asked.about["request_id"], asked.actor.id),
    ),
    Call(
        "withdraw_revocation", "POST", "/keys/revocations/<request_id>/withdraw", Action.REVOKE_KEY,
        lambda asked: asked.room.emergency.withdraw(asked.about["request_id"], asked.actor.id),
    ),
    Call("staff", "GET", "/staff", Action.SEE_STAFF, lambda asked: asked.room.staff.all()),
    Call(
        "add_staff", "POST", "/staff", Action.CHANGE_STAFF,
        lambda asked: asked.room.officers.add(asked.word("person_id"), asked.word("role"), asked.actor),
    ),
    Call("waiting_staff", "GET", "/staff/requests", Action.SEE_STAFF, lambda asked: asked.room.officers.waiting()),
    Call(
        "agree_staff", "POST", "/staff/requests/<request_id>/agree", Action.CONFIRM_REQUEST,
        lambda asked: asked.room.officers.agree(asked.about["request_id"], asked.actor),
    ),
    Call(
        "remove_staff", "POST", "/staff/<person_id>/remove", Action.CHANGE_STAFF,
        lambda asked: asked.room.officers.remove(asked.about["person_id"], asked.word("role"), asked.actor),
    ),
    Call(
        "link_staff", "POST", "/staff/<person_id>/link", Action.CHANGE_STAFF,
        lambda asked: asked.room.staff.new_link(asked.about["person_id"], asked.actor),
    ),
    *POLICY_CALLS,
    *STORY_CALLS,
)  # fmt: skip
