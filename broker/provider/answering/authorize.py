"""The Authorization Endpoint (OpenID Connect Core 3.1.2): checks, then a code at once, an error, or a login."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from authlib.oauth2 import OAuth2Error
from flask import redirect
from werkzeug.wrappers import Response as AnyResponse

from broker.login.asked import Asked
from broker.login.desk import Finished, Ready
from broker.provider.answering.answer import Answers, Destination, private
from broker.provider.answering.jarm import SignedResponses
from broker.provider.carried import CarriedRequest
from broker.provider.granting.engine import Engine
from broker.provider.logout.browser_state import BrowserState
from broker.provider.mistakes import AUTHORIZATION, Mistake
from broker.provider.request.asking import Asking, Check, CheckTools
from broker.provider.request.checks import ABOVE, BELOW
from broker.provider.request.parameters import Parameters
from broker.provider.request.pushed import PushedRequests
from broker.provider.request.request_object import UsedBefore, word_of
from broker.provider.rooms import ProviderRooms
from broker.provider.wire import OnOurPage, refusal
from broker.sessions.session import Session
from broker.tokens.authorization import Authorization
from broker.tokens.confirmation import Confirmation

RESUME_PATH = "/authorize/resume"
# What a client is told when it allowed no page (OpenID Connect Core 3.1.2.6).
_SILENT = {"login": "login_required", "consent": "consent_required", "refused": "interaction_required"}
_NO_PAGE = "a page would be needed"
_MAX_LOCALES = 10
_SALT_SIZE = 12


@dataclass(frozen=True, slots=True)
class Browser:
    """The cookies of one request, unverified."""

    session_cookie: str | None
    browser_cookie: str | None


class AuthorizationEndpoint:
    """From a request to an answer; knows nothing of how somebody signs in."""

    def __init__(self, rooms: ProviderRooms, engine: Engine, tools: CheckTools, pushed: PushedRequests):
        self._rooms = rooms
        self._engine = engine
        self._tools = tools
        self._pushed = pushed
        self._answers = Answers(SignedResponses(rooms.envelopes, rooms.outside.now), rooms.screens, rooms.clients.find)
        self._browser_state = BrowserState(rooms.cookies, rooms.vault.fingerprints)

    def begin(self, parameters: Parameters, browser: Browser) -> AnyResponse:
        """Answer an authorization request.

        Raises:
            OnOurPage: the client or its address is not to be trusted, so nothing is sent anywhere.
        """
        asking = Asking(parameters)
        try:
            self._check(ABOVE, asking)
        except UsedBefore as used:
            return self._again(used.word)
        destination = asking.known_destination
        try:
            self._check(BELOW, asking)
            return self._answer(asking, destination, browser, _word(parameters, asking))
        except OAuth2Error as error:
            return self._answers.error(destination, error)

    def resume(self, unverified_attempt: str, browser: Browser) -> AnyResponse:
        """Go on after a login.

        Raises:
            OnOurPage: there is no result for this browser (1003), or the client is not to be answered any more.
        """
        finished = self._rooms.desk.collect(unverified_attempt, browser.browser_cookie)
        if finished is None:
            raise OnOurPage(1003)
        carried = json.loads(finished.asked.response)
        if "destination" not in carried:
            # The login of a device, which has nowhere to send a browser.
            raise OnOurPage(1003)
        destination = Destination(**carried["destination"])
        try:
            session = self._session_after_login(finished, destination, carried)
            return self._send_code(destination, self._code(finished.asked, session, carried), session)
        except OAuth2Error as error:
            return self._answers.error(destination, error)

    def _check(self, checks: tuple[Check, ...], asking: Asking) -> None:
        """Every check in order; the one that says no is noted for the developers of the service."""
        for check in checks:
            try:
                check(asking, self._tools)
            except OnOurPage as stopped:
                self._engine.mistakes.note(stopped.client_id, Mistake(AUTHORIZATION, "", _rule(check), stopped.cause))
                raise
            except OAuth2Error as error:
                said = Mistake(AUTHORIZATION, str(error.error), _rule(check))
                self._engine.mistakes.note(asking.known_client.client_id, said)
                raise

    def _again(self, word: str) -> AnyResponse:
        """A request that serves once was brought again, as by a reload: back to the attempt it began, which opens to its own
        browser only. Nothing is sent to the client: what it asked is not known any more."""
        path = self._pushed.followed(word)
        if path is None:
            raise OnOurPage(1002)
        return private(redirect(path, 303))

    def _answer(self, asking: Asking, destination: Destination, browser: Browser, word: str | None) -> AnyResponse:
        rooms = self._rooms
        session = rooms.sessions.current(browser.session_cookie)
        asked = self._asked(asking, session)
        standing = rooms.desk.standing(asked, session)
        carried = _carried(asking, destination)
        if isinstance(standing, Ready):
            return self._send_code(destination, self._code_at_once(asked, standing.session, carried), standing.session)
        if "none" in asked.prompt:
            # A client that names somebody must not learn, from the kind of refusal, that it is they who are signed in.
            reason = "login" if asking.hinted_subject is not None else standing.reason
            raise refusal(_SILENT[reason], _NO_PAGE)
        response = json.dumps(carried, ensure_ascii=False, separators=(",", ":"))
        started = rooms.desk.start(replace(asked, response=response), RESUME_PATH, browser.browser_cookie)
        if word is not None:
            self._pushed.follow(word, started.path)
        answer = private(redirect(started.path, 303))
        if started.browser_cookie is not None:
            answer.set_cookie(rooms.cookies.name_of("browser"), started.browser_cookie, **rooms.cookies.flags())
        return answer

    def _asked(self, asking: Asking, session: Session | None) -> Asked:
        client, expected, prompt = asking.known_client, None, asking.prompt
        if asking.hinted_subject is not None and session is not None:
            if self._rooms.mint.subject(client, session.person_id) == asking.hinted_subject:
                expected = session.person_id
            elif "none" in prompt:
                raise refusal(_SILENT["login"], _NO_PAGE)
            else:
                # Somebody else is signed in here, so the person who was named has to sign in.
                prompt = prompt | {"login"}
        return Asked(
            client_id=client.client_id,
            scopes=asking.scopes,
            claims=tuple(dict.fromkeys((*asking.claims, *asking.id_token_claims))),
            prompt=prompt,
            max_age=asking.max_age,
            acr_values=asking.levels,
            acr_essential=asking.level_essential,
            least_level=asking.least_level,
            login_hint=asking.parameters.get("login_hint") or "",
            ui_locales=tuple((asking.parameters.get("ui_locales") or "").split()[:_MAX_LOCALES]),
            # Whoever has to come to a page again is asked in the region they signed in to before.
            region=asking.parameters.get("region") or (session.region if session is not None else ""),
            expected_person_id=expected,
            wishes=asking.wishes,
        )

    def _session_after_login(self, finished: Finished, destination: Destination, carried: dict[str, Any]) -> Session:
        client = self._rooms.clients.find(finished.asked.client_id)
        if client is None or not client.is_enabled or not client.may_redirect_to(destination.redirect_uri):
            # Paused or changed while somebody was signing in.
            raise OnOurPage(7003 if client else 7001, finished.asked.client_id)
        if finished.error or finished.session is None:
            raise refusal(finished.error or "access_denied", "the sign-in did not end with a permission")
        hinted = carried["hinted_subject"]
        if hinted is not None and self._rooms.mint.subject(client, finished.session.person_id) != hinted:
            raise refusal("login_required", "somebody else has signed in")
        return finished.session

    def _send_code(self, destination: Destination, code: str, session: Session) -> AnyResponse:
        if not self._rooms.settings.session_management:
            return self._answers.code(destination, code)
        kept, salt = self._browser_state.of(session.id), self._rooms.outside.token(_SALT_SIZE)
        compared = self._browser_state.session_state(destination.client_id, destination.redirect_uri, kept, salt)
        answer = self._answers.code(destination, code, compared)
        self._browser_state.keep(answer, kept)
        return answer

    def _code_at_once(self, asked: Asked, session: Session, carried: dict[str, Any]) -> str:
        """For a request that has passed every check a moment ago: there is nothing that Authlib's grant could find out anew."""
        self._rooms.sessions.note_client(session.id, asked.client_id)
        return self._rooms.codes.issue(_authorization(asked, session, carried, carried["destination"]["redirect_uri"]))

    def _code(self, asked: Asked, session: Session, carried: dict[str, Any]) -> str:
        """After a login, through Authlib's grant, which asks once more whether this client may have a code at this address."""
        self._rooms.sessions.note_client(session.id, asked.client_id)
        values = {
            "client_id": asked.client_id,
            "response_type": "code",
            "redirect_uri": carried["destination"]["redirect_uri"],
            "scope": " ".join(asked.scopes),
        }
        if carried["code_challenge"] is not None:
            values |= {"code_challenge": carried["code_challenge"], "code_challenge_method": "S256"}
        grant = self._engine.get_authorization_grant(CarriedRequest("GET", values, {}))
        redirect_uri = grant.validate_authorization_request()
        code: str = grant.create_authorization_response(redirect_uri, _authorization(asked, session, carried, redirect_uri))
        return code


def _rule(check: Check) -> str:
    return check.__name__.removeprefix("require_")


def _carried(asking: Asking, destination: Destination) -> dict[str, Any]:
    """What only the provider needs again once there is somebody to answer about; JSON on its way through a login."""
    return {
        "destination": destination.plain(),
        "nonce": asking.nonce,
        "code_challenge": asking.code_challenge,
        "claims": asking.claims,
        "id_token_claims": asking.id_token_claims,
        "hinted_subject": asking.hinted_subject,
        "resources": asking.resources,
        "authorization_details": asking.authorization_details,
        "confirmation": str(Confirmation("jkt", asking.dpop_jkt)) if asking.dpop_jkt else "",
    }


def _word(parameters: Parameters, asking: Asking) -> str | None:
    """What a request that serves once is known by when it comes again; None for one that may come as often as it likes."""
    source = parameters.get("request_uri") or parameters.get("request")
    return None if source is None else word_of(asking.known_client, source)


def _authorization(asked: Asked, session: Session, carried: dict[str, Any], redirect_uri: str) -> Authorization:
    return Authorization(
        client_id=asked.client_id,
        person_id=session.person_id,
        session_id=session.id,
        redirect_uri=redirect_uri,
        scopes=asked.scopes,
        claims=tuple(carried["claims"]),
        nonce=carried["nonce"],
        code_challenge=carried["code_challenge"],
        authenticated_at=session.authenticated_at,
        level=session.level,
        amr=session.methods,
        region=session.region,
        connector=session.connector,
        id_token_claims=tuple(carried["id_token_claims"]),
        resources=tuple(carried["resources"]),
        authorization_details=carried["authorization_details"],
        confirmation=carried["confirmation"],
    )


