"""POST /aas/oauth2/v3/te: one fixed order of checks for both grants."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import Blueprint, Response, jsonify, request

from broker.mock_esia.faults.board import flaw_of_this_request
from broker.mock_esia.gost import streebog
from broker.mock_esia.oauth.authorization import AuthorizationRequest
from broker.mock_esia.oauth.client_proof import CODE_ORDER, REFRESH_ORDERS, require_proof, require_uuid
from broker.mock_esia.oauth.disturbed import require_undisturbed, spoilt_answer
from broker.mock_esia.oauth.grants import Grant
from broker.mock_esia.oauth.refusals import EsiaRefusal
from broker.mock_esia.stand import Stand
from broker.mock_esia.tokens.mint import ACCESS_SECONDS

_SHARED = ("client_id", "grant_type", "client_secret", "client_certificate_hash", "scope", "state", "timestamp")
MANDATORY = {
    "authorization_code": (*_SHARED, "redirect_uri", "token_type", "code"),
    "refresh_token": (*_SHARED, "refresh_token"),
}
_ORDERS = {"authorization_code": (CODE_ORDER,), "refresh_token": REFRESH_ORDERS}


def token_routes(stand: Stand) -> Blueprint:
    """The token endpoint."""
    routes = Blueprint("token", __name__)

    @routes.post("/aas/oauth2/v3/te")
    def token() -> Response:
        try:
            # Only a form is read: a JSON body looks like a request without parameters, as at ESIA.
            fields = _single(request.form.to_dict(flat=False))
            require_undisturbed()
            grant = _redeemed(stand, fields)
        except EsiaRefusal as refusal:
            return _refused(refusal, request.form.get("state"))
        return _answered(stand, grant, fields["state"])

    return routes


def _single(unverified: Mapping[str, Sequence[str]]) -> dict[str, str]:
    if any(len(values) > 1 for values in unverified.values()):
        raise EsiaRefusal("007003")
    return {name: values[0] for name, values in unverified.items()}


def _redeemed(stand: Stand, fields: Mapping[str, str]) -> Grant:
    """Who asks, then the grant itself, spent by the act of reading it."""
    kind = fields.get("grant_type", "")
    if kind and kind not in MANDATORY:
        raise EsiaRefusal("007012")
    missing = [name for name in MANDATORY[kind or "authorization_code"] if not fields.get(name)]
    if missing:
        raise EsiaRefusal("007014", missing)
    require_uuid(fields["state"])
    client = stand.registry.get(fields["client_id"])
    require_proof(client, fields, _ORDERS[kind], stand.proof_rules())
    if kind == "refresh_token":
        return _refreshed(stand, fields)
    return _exchanged(stand, fields)


def _exchanged(stand: Stand, fields: Mapping[str, str]) -> Grant:
    grant = stand.memory.codes.take(fields["code"])
    if grant is None or grant.request.client_id != fields["client_id"]:
        raise EsiaRefusal("007011")
    if grant.request.redirect_uri != fields["redirect_uri"] or grant.request.scope_text != fields["scope"]:
        raise EsiaRefusal("007011")
    require_verifier(grant.request, fields.get("code_verifier"))
    return grant


def _refreshed(stand: Stand, fields: Mapping[str, str]) -> Grant:
    grant = stand.memory.refresh_tokens.take(fields["refresh_token"])
    if grant is None or grant.request.client_id != fields["client_id"]:
        raise EsiaRefusal("007011")
    narrowed = tuple(dict.fromkeys(fields["scope"].split(" ")))
    if not set(narrowed) <= set(grant.request.scopes):
        raise EsiaRefusal("007019")
    return replace(grant, request=replace(grant.request, scopes=narrowed, scope_text=fields["scope"]))


def require_verifier(asked: AuthorizationRequest, unverified_verifier: str | None) -> None:
    """PKCE (RFC 7636 section 4.6), with Streebog instead of SHA-256 where the client chose it. Raises 007039 or 007040."""
    if asked.code_challenge is None:
        if unverified_verifier:
            raise EsiaRefusal("007039")
        return
    verifier = (unverified_verifier or "").encode()
    digest = streebog(verifier) if asked.code_challenge_method == "GOST3411" else hashlib.sha256(verifier).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=")
    if not unverified_verifier or not hmac.compare_digest(made, asked.code_challenge.encode()):
        raise EsiaRefusal("007040")


def _answered(stand: Stand, grant: Grant, state: str) -> Response:
    flaw = flaw_of_this_request()
    shape = stand.shape(grant.request.client_id, flaw)
    body: dict[str, object] = {"access_token": stand.mint.access_token(grant, shape)}
    if grant.request.offline:
        refresh_token = str(uuid.uuid4())
        stand.memory.refresh_tokens.put(refresh_token, grant)
        body["refresh_token"] = refresh_token
    if "openid" in grant.request.scopes:
        body["id_token"] = stand.mint.id_token(grant, shape)
    body |= {"state": state, "token_type": "Bearer", "expires_in": ACCESS_SECONDS}
    return _json(spoilt_answer(body, flaw), 200)


def _refused(refusal: EsiaRefusal, unverified_state: str | None) -> Response:
    body: dict[str, object] = {"error": refusal.error, "error_description": refusal.description}
    if unverified_state:
        body["state"] = unverified_state
    return _json(body, 400)


def _json(body: Mapping[str, object], status: int) -> Response:
    answer = jsonify(body)
    answer.status_code = status
    answer.headers["Content-Type"] = "application/json;charset=UTF-8"
    return answer
