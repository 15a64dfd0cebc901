"""POST /aas/oauth2/v3/te, /v2/te and the older /te: one fixed order of checks for all grants."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, Response, jsonify, request

from broker.mock_esia.faults.board import flaw_of_this_request
from broker.mock_esia.gost import streebog
from broker.mock_esia.journal.story import say, story
from broker.mock_esia.oauth.authorization import CONSENT, AuthorizationRequest
from broker.mock_esia.oauth.client_proof import require_proof, require_state, require_v1_proof
from broker.mock_esia.oauth.disturbed import require_undisturbed, spoilt_answer
from broker.mock_esia.oauth.grants import Grant
from broker.mock_esia.oauth.refusals import EsiaRefusal
from broker.mock_esia.oauth.returns import told
from broker.mock_esia.oauth.scopes import bare
from broker.mock_esia.oauth.signed_text import AUTHORIZATION_ORDER, CODE_ORDER, REFRESH_ORDERS, Order
from broker.mock_esia.stand import Stand
from broker.mock_esia.tokens.mint import ACCESS_SECONDS, SYSTEM_SECONDS

_SHARED = ("client_id", "grant_type", "client_secret", "client_certificate_hash", "scope", "state", "timestamp")


@dataclass(frozen=True, slots=True)
class GrantType:
    """One `grant_type`: what it needs beside the shared parameters, what v2 and v3 sign for it, what it may leave out."""

    needs: tuple[str, ...]
    orders: tuple[Order, ...]
    may_lack: tuple[str, ...] = ()


GRANT_TYPES: Mapping[str, GrantType] = {
    "authorization_code": GrantType(("redirect_uri", "token_type", "code"), (CODE_ORDER,)),
    # One library refreshes without a hash and without an address; its signature is tried with every current certificate.
    "refresh_token": GrantType(("refresh_token",), REFRESH_ORDERS, ("client_certificate_hash",)),
    "client_credentials": GrantType(("redirect_uri",), (AUTHORIZATION_ORDER,)),
}


def token_routes(stand: Stand) -> Blueprint:
    """The token endpoint under its three addresses."""
    routes = Blueprint("token", __name__)

    @routes.post("/aas/oauth2/te")
    def token_v1() -> Response:
        return _token(stand, 1)

    @routes.post("/aas/oauth2/v2/te")
    def token_v2() -> Response:
        return _token(stand, 2)

    @routes.post("/aas/oauth2/v3/te")
    def token() -> Response:
        return _token(stand, 3)

    return routes


def _token(stand: Stand, version: int) -> Response:
    story().client = request.form.get("client_id", "")
    try:
        require_readable()
        # Only a form is read: a JSON body looks like a request without parameters, as at ESIA.
        fields = _single(request.form.to_dict(flat=False))
        require_undisturbed()
        kind = _proven(stand, fields, version)
        return _answered(_MAKERS[kind](stand, fields), fields["state"])
    except EsiaRefusal as refusal:
        return _refused(refusal, request.form.get("state"))


def require_readable() -> None:
    """Raises EsiaRefusal 007038 for a form that cannot be read."""
    is_form = request.mimetype == "application/x-www-form-urlencoded"
    if is_form and request.content_length and not request.form:
        raise EsiaRefusal("007038", words="the body is no form in UTF-8")
    if request.mimetype == "application/json":
        say("the body is JSON; a form (application/x-www-form-urlencoded) is wanted")
    if request.args:
        say("parameters in the address of a POST are not read; they belong into the body")


def _single(unverified: Mapping[str, Sequence[str]]) -> dict[str, str]:
    repeated = [name for name, values in unverified.items() if len(values) > 1]
    if repeated:
        raise EsiaRefusal("007003", words=f"{len(repeated)} parameters came twice")
    return {name: values[0] for name, values in unverified.items()}


def _proven(stand: Stand, fields: Mapping[str, str], version: int) -> str:
    """The grant type of a request whose parameters are there and whose client is who it says."""
    kind = fields.get("grant_type", "")
    if kind and kind not in GRANT_TYPES:
        raise EsiaRefusal("007012")
    rules = GRANT_TYPES[kind or "authorization_code"]
    lacking = (*rules.may_lack, *(("client_certificate_hash",) if version == 1 else ()))
    missing = [name for name in (*_SHARED, *rules.needs) if not fields.get(name) and name not in lacking]
    if missing:
        raise EsiaRefusal("007014", missing, words="parameters are missing: " + ", ".join(missing))
    client = stand.registry.get(fields["client_id"])
    require_state(client, fields["state"])
    if version > 1:
        require_proof(client, fields, rules.orders, stand.proof_rules())
    elif client.client.has_v1:
        require_v1_proof(client, fields, stand.proof_rules())
    else:
        raise EsiaRefusal("007005", words="v1 is switched off for this system in /console/tech")
    return kind


def _exchanged(stand: Stand, fields: Mapping[str, str]) -> dict[str, object]:
    grant = stand.memory.codes.take(fields["code"])
    if grant is None:
        raise EsiaRefusal("007011", words="the code is unknown, was used already, or is older than 240 seconds")
    asked = grant.request
    for name, wanted in (("client_id", asked.client_id), ("redirect_uri", asked.redirect_uri), ("scope", asked.scope_text)):
        if fields[name] != wanted:
            raise EsiaRefusal("007011", words=f"{name} is another than in the authorization request of this code")
    require_verifier(asked, fields.get("code_verifier"))
    return _tokens(stand, grant)


def _refreshed(stand: Stand, fields: Mapping[str, str]) -> dict[str, object]:
    grant = stand.memory.refresh_tokens.take(fields["refresh_token"])
    if grant is None or grant.request.client_id != fields["client_id"]:
        raise EsiaRefusal("007011", words="the refresh token is unknown, spent, withdrawn, or of another system")
    narrowed = tuple(dict.fromkeys(fields["scope"].split(" ")))
    if not set(narrowed) <= set(grant.request.scopes):
        raise EsiaRefusal("007019", words="scopes that the person has not permitted with this refresh token")
    return _tokens(stand, replace(grant, request=replace(grant.request, scopes=narrowed, scope_text=fields["scope"])))


def _own(stand: Stand, fields: Mapping[str, str]) -> dict[str, object]:
    """client_credentials: `prm_chg?oid=N` for a person who has given this system a consent of the Digital Profile."""
    name, _, oid = fields["scope"].partition("?oid=")
    if name != "prm_chg" or not oid.isascii() or not oid.isdigit() or len(oid) > 19:
        raise EsiaRefusal("007006", words="client_credentials gives prm_chg?oid=<oid> and nothing else")
    given = stand.memory.consents.given(int(oid), fields["client_id"])
    if not any(item.startswith(CONSENT) for item in given):
        raise EsiaRefusal("007019", words="this person has given this system no consent by permissions")
    shape = stand.shape(fields["client_id"], flaw_of_this_request())
    return {
        "access_token": stand.mint.system_token(fields["client_id"], fields["scope"], shape),
        "expires_in": SYSTEM_SECONDS,
    }


_MAKERS: Mapping[str, Callable[[Stand, Mapping[str, str]], dict[str, object]]] = {
    "authorization_code": _exchanged, "refresh_token": _refreshed, "client_credentials": _own,
}  # fmt: skip


def require_verifier(asked: AuthorizationRequest, unverified_verifier: str | None) -> None:
    """PKCE (RFC 7636 section 4.6), with Streebog instead of SHA-256 where the client chose it. Raises 007039 or 007040."""
    if asked.code_challenge is None:
        if unverified_verifier:
            raise EsiaRefusal("007039", words="code_verifier came, but the authorization request had no code_challenge")
        return
    verifier = (unverified_verifier or "").encode()
    digest = streebog(verifier) if asked.code_challenge_method == "GOST3411" else hashlib.sha256(verifier).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=")
    if not unverified_verifier or not hmac.compare_digest(made, asked.code_challenge.encode()):
        raise EsiaRefusal("007040", words=f"code_verifier does not fit the challenge of {asked.code_challenge_method}")


def _tokens(stand: Stand, grant: Grant) -> dict[str, object]:
    """Tokens say what the account is now, which may be another thing than at the sign-in."""
    grant = replace(grant, session=replace(grant.session, person=stand.people.current(grant.session.person)))
    shape = stand.shape(grant.request.client_id, flaw_of_this_request())
    body: dict[str, object] = {"access_token": stand.mint.access_token(grant, shape)}
    if grant.request.offline:
        refresh_token = str(uuid.uuid4())
        stand.memory.refresh_tokens.put(refresh_token, grant)
        body["refresh_token"] = refresh_token
    if "openid" in bare(grant.request.scope_text):
        body["id_token"] = stand.mint.id_token(grant, shape)
    return {**body, "expires_in": ACCESS_SECONDS}


def _answered(made: Mapping[str, object], state: str) -> Response:
    return _json(spoilt_answer({**made, "state": state, "token_type": "Bearer"}, flaw_of_this_request()), 200)


def _refused(refusal: EsiaRefusal, unverified_state: str | None) -> Response:
    told(refusal)
    body: dict[str, object] = {"error": refusal.error, "error_description": refusal.description}
    if unverified_state:
        body["state"] = unverified_state
    return _json(body, 400)


def _json(body: Mapping[str, object], status: int) -> Response:
    answer = jsonify(body)
    answer.status_code = status
    answer.headers["Content-Type"] = "application/json;charset=UTF-8"
    return answer
