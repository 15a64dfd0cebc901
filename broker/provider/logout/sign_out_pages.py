"""Signing out as a person sees it: at once, after a question, or already out."""

from __future__ import annotations

from dataclasses import replace

from flask import Request, redirect
from werkzeug.wrappers import Response as AnyResponse

from broker.audit.event import Actor
from broker.provider.answering.answer import private
from broker.provider.granting.engine import Engine
from broker.provider.logout.leaving import Leave, Leavings, read_leave
from broker.provider.request.parameters import Parameters
from broker.provider.rooms import ProviderRooms
from broker.provider.wire import OnOurPage
from broker.screens.forms import FORM_FIELD, FormBusy, FormStale
from broker.screens.own_pages import ReturnLink, SignedOutPage, SignOutAskPage
from broker.screens.view import view_of
from broker.sessions.session import Session

CONFIRM_PATH = "/end_session/confirm"
DONE_PATH = "/end_session/done"
AGAIN_PATH = "/login"
WORD = "leaving"


class SignOutPages:
    """The End Session Endpoint and the two addresses behind it."""

    def __init__(self, rooms: ProviderRooms, engine: Engine):
        self._rooms = rooms
        self._engine = engine
        self._leavings = Leavings(rooms.shelf, rooms.outside)

    def begin(self, request: Request, parameters: Parameters) -> AnyResponse:
        """Sign out at once if the client proves that it means this person, else ask (RP-Initiated Logout 1.0, 2 and 6)."""
        unsound = "id_token_hint" in parameters.unsound or "post_logout_redirect_uri" in parameters.unsound
        leave = read_leave(self._engine, {} if unsound else dict(parameters.values))
        session = self._session(request)
        if session is None:
            return self._forget_cookie(self._away(request, leave))
        leave = replace(leave, connector=session.connector)
        if not self._is_proven(leave, session):
            return self._ask(request, leave, session)
        self._rooms.sign_out.end_session(session.id, "sign_out", Actor("client", leave.client_id or ""))
        return self._forget_cookie(self._away(request, leave))

    def confirm(self, request: Request, unverified_word: str) -> AnyResponse:
        """The person pressed "yes". Two presses sign out once.

        Raises:
            OnOurPage: the form is too old or not of this browser.
        """
        session = self._session(request)
        done = f"{DONE_PATH}?{WORD}={unverified_word}"
        if session is not None:
            self._require_form(request, session, unverified_word)
            self._rooms.sign_out.end_session(session.id, "sign_out", Actor("person", session.person_id))
        # Nobody is signed in here any more: the second of two presses, or a page left open.
        if self._leavings.find(unverified_word) is None:
            done = DONE_PATH
        return self._forget_cookie(private(redirect(done, 303)))

    def done(self, request: Request, unverified_word: str) -> AnyResponse:
        """The page after the sign-out; never tells who left."""
        leave = self._leavings.find(unverified_word) or Leave(None, "", None, None)
        return self._page(request, leave)

    def _away(self, request: Request, leave: Leave) -> AnyResponse:
        """Back to the client if it has proven itself, else our page with the way back as a link."""
        if leave.return_url is not None and leave.subject is not None:
            return private(redirect(leave.return_url, 302 if request.method == "GET" else 303))
        return self._page(request, leave)

    def _ask(self, request: Request, leave: Leave, session: Session) -> AnyResponse:
        word = self._leavings.keep(leave)
        page = SignOutAskPage(
            action_url=f"{CONFIRM_PATH}?{WORD}={word}",
            form_key=self._rooms.form_keys.issue(session.id, _purpose(word)),
            stay_url=AGAIN_PATH,
        )
        return self._rooms.screens.render(page, view_of(request))

    def _page(self, request: Request, leave: Leave) -> AnyResponse:
        issuer = self._rooms.settings.issuer
        upstream = self._rooms.upstream_logout(leave.connector, f"{issuer}{DONE_PATH}") if leave.connector else None
        link = ReturnLink(leave.service, leave.return_url) if leave.return_url is not None else None
        page = SignedOutPage(esia_logout_url=upstream, return_link=link, again_url=AGAIN_PATH)
        return self._rooms.screens.render(page, view_of(request))

    def _is_proven(self, leave: Leave, session: Session) -> bool:
        if leave.subject is None or leave.client_id is None:
            return False
        client = self._rooms.clients.find(leave.client_id)
        return client is not None and self._rooms.mint.subject(client, session.person_id) == leave.subject

    def _require_form(self, request: Request, session: Session, word: str) -> None:
        try:
            self._rooms.form_keys.require(session.id, _purpose(word), request.form.get(FORM_FIELD))
        except FormStale as error:
            raise OnOurPage(1009) from error
        except FormBusy as error:
            raise OnOurPage(1004) from error

    def _session(self, request: Request) -> Session | None:
        return self._rooms.sessions.current(request.cookies.get(self._rooms.cookies.name_of("session")))

    def _forget_cookie(self, answer: AnyResponse) -> AnyResponse:
        answer.delete_cookie(self._rooms.cookies.name_of("session"), **self._rooms.cookies.flags())
        return answer


def _purpose(word: str) -> str:
    return f"sign_out:{word}"


