"""D4: what came back from a sign-in, message by message, each looked at as a careful service would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from broker.audit.entry import OfClient
from broker.clients.client import Client
from broker.console.developers.room import DevRoom
from broker.console.developers.states import REFUSED, cause_shown, step_of
from broker.console.developers.walk import Walk, Walked, request_url, same
from broker.console.developers.wire import Reply, Request
from broker.foundation.jose import BadToken, claims_without_checking_signature
from broker.screens.developer_service_pages import Message

# Errors of RFC 6749 4.1.2.1 and OpenID Connect Core 3.1.2.6 with the cause that explains them.
_CAUSE_OF: Final = {
    "access_denied": "7005", "login_required": "7006", "consent_required": "7006", "interaction_required": "7006",
    "unmet_authentication_requirements": "7008",
}  # fmt: skip
_ANY_OTHER: Final = "7004"
# Shown by their first signs only: whoever looks over the shoulder must not be able to use them.
_SECRET: Final = ("access_token", "refresh_token", "id_token")
_SIGNS: Final = 12
_LONGEST: Final = 4_000


def walked(room: DevRoom, walk: Walk, twin: Client, answer: Mapping[str, str]) -> Walked:
    """The whole walk. `answer` are the fields of the authorization response, whose state has been compared."""
    request = Message("request", "GET " + request_url(room.service, walk, twin).replace("&", "\n    &"))
    shown = {name: _cut(value) if name == "code" else value[:200] for name, value in answer.items()}
    arrived = "GET " + urlsplit(twin.redirect_uris[0]).path + "?" + urlencode(shown)
    if not same(answer.get("iss", ""), room.service.issuer):
        return _stopped(walk, (request, Message("code", arrived, "issuer")), "code", "")
    if "error" in answer or not answer.get("code"):
        cause = _CAUSE_OF.get(answer.get("error", ""), _ANY_OTHER)
        problem = "denied" if cause == "7005" else "refused"
        step = "consent" if cause == "7005" else "code"
        return _stopped(walk, (request, Message(step, arrived, problem, cause)), step, cause)
    before = (request, Message("consent", ""), Message("code", arrived))
    return _exchanged(room, walk, twin, (answer["code"], before))


def stopped_on_our_page(room: DevRoom, walk: Walk, twin: Client) -> Walked | None:
    """A walk whose person was stopped on a page of ours: the service hears nothing of it, the journal has the cause."""
    since = datetime.fromisoformat(walk.began_at)
    found = room.journal.of_client(OfClient(twin.client_id, (REFUSED,), since), 1)
    if not found:
        return None
    cause = cause_shown(dict(found[0].fields))
    step = step_of(cause)
    request = Message("request", "GET " + request_url(room.service, walk, twin).replace("&", "\n    &"))
    return Walked(walk.client_id, (request, Message(step, "", "stayed", str(cause))), step, str(cause))


def _exchanged(room: DevRoom, walk: Walk, twin: Client, got: tuple[str, tuple[Message, ...]]) -> Walked:
    """The code for tokens (RFC 6749 4.1.3), and what they say."""
    code, before = got
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": twin.redirect_uris[0],
        "client_id": twin.client_id,
        "code_verifier": walk.verifier,
    }
    asked = _as_text(form | {"code": _cut(code), "code_verifier": _cut(walk.verifier)})
    path = urlsplit(room.service.endpoints["token_endpoint"]).path
    reply = room.ask(Request(path, form))
    said = _json(reply)
    told = f"POST {path}\n{asked}\n\nHTTP {reply.status}\n{_pretty(_veiled(said))}"
    if reply.status != 200 or "id_token" not in said:
        return _stopped(walk, (*before, Message("exchange", told, "exchange", _ANY_OTHER)), "exchange", _ANY_OTHER)
    claims = _claims(str(said["id_token"]))
    # The signature is ours and came over our own endpoint (OpenID Connect Core 3.1.3.7); the nonce is what a service checks.
    if not same(str(claims.get("nonce", "")), walk.nonce):
        return _stopped(walk, (*before, Message("exchange", told, "nonce")), "exchange", "")
    exchange = Message("exchange", f"{told}\n\nid_token:\n{_pretty(claims)}")
    return _told(room, walk, str(said.get("access_token", "")), (*before, exchange))


def _told(room: DevRoom, walk: Walk, access: str, before: tuple[Message, ...]) -> Walked:
    """The claims of the person (OpenID Connect Core 5.3)."""
    path = urlsplit(room.service.endpoints["userinfo_endpoint"]).path
    reply = room.ask(Request(path, None, {"Authorization": f"Bearer {access}"}))
    told = f"GET {path}\nAuthorization: Bearer {_cut(access)}\n\nHTTP {reply.status}\n{_pretty(_json(reply))}"
    if reply.status != 200:
        return _stopped(walk, (*before, Message("claims", told, "claims")), "claims", "")
    return Walked(walk.client_id, (*before, Message("claims", told)))


def _stopped(walk: Walk, messages: tuple[Message, ...], step: str, cause: str) -> Walked:
    return Walked(walk.client_id, messages, step, cause)


def _claims(token: str) -> Mapping[str, Any]:
    try:
        return claims_without_checking_signature(token)
    except BadToken:
        return {}


def _json(reply: Reply) -> dict[str, Any]:
    try:
        found = json.loads(reply.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _veiled(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _cut(str(value)) if name in _SECRET else value for name, value in said.items()}


def _cut(secret: str) -> str:
    return f"{secret[:_SIGNS]}…"


def _pretty(said: Mapping[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, indent=2)[:_LONGEST]


def _as_text(form: Mapping[str, str]) -> str:
    return "\n".join(f"{name}={value}" for name, value in form.items())
