"""The browser's way through the stand: request, sign-in, permission, return."""

from __future__ import annotations

import secrets

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from broker.mock_esia.faults.kinds import RETURN
from broker.mock_esia.journal.story import say, story
from broker.mock_esia.oauth.admission import require_admitted
from broker.mock_esia.oauth.authorization import AuthorizationRequest, Unproven, proven, returnable
from broker.mock_esia.oauth.browser_session import begin, find_person_session, find_session
from broker.mock_esia.oauth.disturbed import require_undisturbed, spoilt_return
from broker.mock_esia.oauth.grants import Grant, HalfSignedIn, Session
from broker.mock_esia.oauth.refusals import EsiaRefusal, StandGone
from broker.mock_esia.oauth.returns import told, with_code, with_refusal
from broker.mock_esia.oauth.scopes import shown
from broker.mock_esia.pages import page, refusal_page
from broker.mock_esia.stand import Stand

# Where a sign-in leads that no system has asked for.
PROFILE = "profile"
# Nobody here has a telephone, so the code is written on the page.
SECOND_FACTOR = "123456"


def sign_in_routes(stand: Stand) -> Blueprint:
    """The authorization endpoint and the pages behind it."""
    routes = Blueprint("sign_in", __name__)

    @routes.get("/aas/oauth2/v2/ac")
    def authorize() -> Response:
        return _authorized(stand, 2)

    @routes.get("/aas/oauth2/ac")
    def authorize_v1() -> Response:
        return _authorized(stand, 1)

    @routes.get("/login")
    def login_form() -> Response:
        key, asked = _require_attempt(stand, request.args.get("request", ""))
        return _continued(stand, key, asked, find_session(stand))

    @routes.post("/login")
    def login() -> Response:
        key = _require_way(stand, request.form.get("request", ""))
        typed = request.form.get("login", "")
        session = find_person_session(stand, typed, request.form.get("password", ""))
        if session is None:
            return login_page(stand, key, wrong=True, typed=typed)
        if session.person.has_second_factor:
            half = secrets.token_urlsafe(24)
            stand.memory.half_signed_in.put(half, HalfSignedIn(session, key))
            return page("second_factor.html", key=half, code=SECOND_FACTOR, wrong=False)
        return _signed_in(stand, key, session)

    @routes.post("/login/code")
    def second_factor() -> Response:
        key = request.form.get("request", "")
        if request.form.get("code", "").strip() != SECOND_FACTOR and stand.memory.half_signed_in.find(key):
            return page("second_factor.html", 401, key=key, code=SECOND_FACTOR, wrong=True)
        half = stand.memory.half_signed_in.take(key)
        if half is None:
            raise StandGone
        return _signed_in(stand, _require_way(stand, half.attempt), half.session)

    @routes.get("/consent")
    def consent_form() -> Response:
        key, asked = _require_attempt(stand, request.args.get("request", ""))
        session = find_session(stand)
        if session is None:
            return redirect(url_for("sign_in.login_form", request=key), code=303)
        lines = (*shown((*asked.scopes, *asked.org_scopes)), *(consent.title for consent in asked.consents))
        return page("consent.html", key=key, client=asked.client_id, lines=lines, person=session.person)

    @routes.post("/consent")
    def consent() -> Response:
        key, _ = _require_attempt(stand, request.form.get("request", ""))
        session = find_session(stand)
        if session is None:
            return redirect(url_for("sign_in.login_form", request=key), code=303)
        return _decided(stand, key, session, request.form.get("decision", ""))

    return routes


def _authorized(stand: Stand, version: int) -> Response:
    """Refusals stay on a page until the client and its address are known; after that they travel back."""
    unverified = request.args.to_dict(flat=False)
    story().client = request.args.get("client_id", "")
    try:
        client = returnable(unverified, stand.registry)
    except EsiaRefusal as refusal:
        told(refusal)
        return refusal_page(refusal)
    fields = {name: values[0] for name, values in unverified.items()}
    repeated = frozenset(name for name, values in unverified.items() if len(values) > 1)
    try:
        require_undisturbed()
        asked = proven(Unproven(fields, repeated, client, stand.proof_rules(), version))
    except EsiaRefusal as refusal:
        return with_refusal(fields["redirect_uri"], refusal, fields.get("state"))
    key = secrets.token_urlsafe(24)
    stand.memory.attempts.put(key, asked)
    return redirect(url_for("sign_in.login_form", request=key), code=302)


def _require_attempt(stand: Stand, unverified_key: str) -> tuple[str, AuthorizationRequest]:
    asked = stand.memory.attempts.find(unverified_key)
    # A system may be removed while somebody is at its sign-in.
    if asked is None or stand.registry.find(asked.client_id) is None:
        raise StandGone
    story().client = asked.client_id
    return unverified_key, asked


def _require_way(stand: Stand, unverified_key: str) -> str:
    """The key of an attempt, or the word for a person's own pages."""
    return PROFILE if unverified_key == PROFILE else _require_attempt(stand, unverified_key)[0]


def _signed_in(stand: Stand, key: str, session: Session) -> Response:
    """On with the attempt, or to the person's own pages."""
    if key == PROFILE:
        return begin(stand, session, redirect(url_for("profile.front"), code=303))
    return begin(stand, session, _continued(stand, *_require_attempt(stand, key), session))


def _require_admitted(stand: Stand, asked: AuthorizationRequest, session: Session) -> None:
    """Raises EsiaRefusal for a person whom the request, or a scope that demands a second factor, does not admit."""
    person = session.person
    require_admitted(asked, person, stand.people.employers_of(person))
    demanding = stand.registry.get(asked.client_id).client.second_factor_scopes.intersection(asked.scopes)
    if demanding and not person.has_second_factor:
        raise EsiaRefusal("007046", words="a second factor is demanded by " + ", ".join(sorted(demanding)))


def _continued(stand: Stand, key: str, asked: AuthorizationRequest, session: Session | None) -> Response:
    """The next page for what is known now: sign-in, permission, or straight back."""
    if session is None:
        return login_page(stand, key)
    try:
        _require_admitted(stand, asked, session)
    except EsiaRefusal as refusal:
        _take_attempt(stand, key)
        return with_refusal(asked.redirect_uri, refusal, asked.state)
    if stand.memory.consents.cover(session.person.oid, asked.client_id, asked.needs):
        return _granted(stand, _take_attempt(stand, key), session)
    return redirect(url_for("sign_in.consent_form", request=key), code=303)


def _decided(stand: Stand, key: str, session: Session, unverified_decision: str) -> Response:
    if unverified_decision not in ("allow", "deny"):
        return redirect(url_for("sign_in.consent_form", request=key), code=303)
    asked = _take_attempt(stand, key)
    try:
        _require_admitted(stand, asked, session)
        if unverified_decision == "deny":
            raise EsiaRefusal("007004")
    except EsiaRefusal as refusal:
        return with_refusal(asked.redirect_uri, refusal, asked.state)
    stand.memory.consents.add(session.person.oid, asked.client_id, asked.needs)
    return _granted(stand, asked, session)


def _take_attempt(stand: Stand, key: str) -> AuthorizationRequest:
    """The attempt, for the one request that ends it; a second click finds nothing."""
    asked = stand.memory.attempts.take(key)
    if asked is None:
        raise StandGone
    return asked


def _granted(stand: Stand, asked: AuthorizationRequest, session: Session) -> Response:
    grant = Grant(asked, session)
    code = stand.mint.code(grant, stand.shape(asked.client_id))
    stand.memory.codes.put(code, grant)
    fault = stand.faults.take(RETURN, asked.client_id)
    if fault:
        say(f"armed fault on the way back: {fault.kind}")
    return spoilt_return(asked, fault) if fault else with_code(asked.redirect_uri, code, asked.state)


def login_page(stand: Stand, key: str, *, wrong: bool = False, typed: str = "") -> Response:
    """The form for login and password; `key` says where it leads."""
    everybody = stand.people.by_login.values()
    return page("login.html", 401 if wrong else 200, key=key, wrong=wrong, typed=typed, everybody=everybody)
