"""Signing out as a person sees it: at once, after a question, or already out."""

from __future__ import annotations

from dataclasses import replace
from hmac import compare_digest
from urllib.parse import urlencode

from flask import Request, redirect
from werkzeug.wrappers import Response as AnyResponse

from broker.audit.event import Actor
from broker.provider.answering.answer import private
from broker.provider.granting.engine import Engine
from broker.provider.logout.browser_state import BrowserState
from broker.provider.logout.leaving import NOTHING_ASKED, Leave, Leavings, read_leave
from broker.provider.logout.outcome import Outcome, Outcomes, name_of
from broker.provider.request.parameters import Parameters
from broker.provider.rooms import ProviderRooms
from broker.provider.wire import OnOurPage
from broker.screens.causes import cause
from broker.screens.forms import FORM_FIELD, FormBusy, FormStale
from broker.screens.own_pages import ReturnLink, SignedOutPage, SignOutAskPage
from broker.screens.pages import CausePage
from broker.screens.view import View, view_of
from broker.sessions.session import Session

CONFIRM_PATH = "/end_session/confirm"
DONE_PATH = "/end_session/done"
AGAIN_PATH = "/login"
# In the query: which request it is, and that the person has read who did not answer.
WORD, READ = "leaving", "read"
NOT_EVERYWHERE = 9005


class SignOutPages:
    """The End Session Endpoint and the two addresses behind it."""

    def __init__(self, rooms: ProviderRooms, engine: Engine):
        self._rooms = rooms
        self._engine = engine
        self._leavings = Leavings(rooms.shelf, rooms.outside)
        self._outcomes = Outcomes(rooms)
        self._browser_state = BrowserState(rooms.cookies, rooms.vault.fingerprints)

    def begin(self, request: Request, parameters: Parameters) -> AnyResponse:
        """Sign out at once if the client proves that it means this person, else ask (RP-Initiated Logout 1.0, 2 and 6)."""
        unsound = "id_token_hint" in parameters.unsound or "post_logout_redirect_uri" in parameters.unsound
        leave = read_leave(self._engine, {} if unsound else dict(parameters.values))
        session = self._session(request)
        if session is None:
            return self._forget_cookies(self._away(request, leave, Outcome(), view_of(request, leave.locales)))
        leave = replace(leave, connector=session.connector)
        if not self._is_proven(leave, session):
            return self._ask(request, leave, session)
        leave = replace(leave, session_id=session.id)
        self._rooms.sign_out.end_session(session.id, "sign_out", Actor("client", leave.client_id or ""))
        view = view_of(request, leave.locales)
        outcome = self._outcomes.at_once(session.id, view)
        if outcome.is_nothing:
            return self._forget_cookies(self._away(request, leave, outcome, view))
        # Others must hear of it first; a page of its own, so that loading it anew signs nobody out again.
        return self._forget_cookies(private(redirect(_done(self._leavings.keep(leave)), 303)))

    def ask_again(self, request: Request, unverified_word: str) -> AnyResponse:
        """The question in the other language, or loaded anew."""
        session, leave = self._session(request), self._leavings.find(unverified_word)
        if session is None:
            return private(redirect(_done(unverified_word) if leave else DONE_PATH, 303))
        if leave is None:
            return self._ask(request, replace(NOTHING_ASKED, connector=session.connector), session)
        return self._ask(request, leave, session, unverified_word)

    def confirm(self, request: Request, unverified_word: str) -> AnyResponse:
        """The person pressed "yes". Two presses sign out once.

        Raises:
            OnOurPage: the form is too old or not of this browser.
        """
        session = self._session(request)
        leave = self._leavings.find(unverified_word)
        word = None if leave is None else unverified_word
        if session is not None:
            self._require_form(request, session, unverified_word)
            self._rooms.sign_out.end_session(session.id, "sign_out", Actor("person", session.person_id))
            ended = replace(leave or NOTHING_ASKED, session_id=session.id, connector=session.connector)
            word = self._leavings.keep(ended, word)
        # Else nobody is signed in here any more: the second of two presses, or a page left open.
        return self._forget_cookies(private(redirect(_done(word) if word else DONE_PATH, 303)))

    def done(self, request: Request, unverified_word: str) -> AnyResponse:
        """The page after the sign-out; never tells who left. Waits a little for the services that have to hear of it."""
        leave = self._leavings.find(unverified_word) or NOTHING_ASKED
        view = view_of(request, leave.locales)
        if leave is not NOTHING_ASKED:
            view = replace(view, here=_done(unverified_word, **_read(request)))
        if _read(request):
            # Whatever was to be loaded has been, on the page before.
            return self._away(request, leave, replace(self._outcomes.at_once(leave.session_id, view), frames=()), view)
        outcome = self._outcomes.awaited(leave.session_id, view) if leave.session_id else Outcome()
        if outcome.unanswered:
            return self._not_everywhere(leave, outcome, _done(unverified_word, **{READ: "1"}), view)
        return self._away(request, leave, outcome, view)

    def _away(self, request: Request, leave: Leave, outcome: Outcome, view: View) -> AnyResponse:
        """Back to the client if it has proven itself, else our page with the way back as a link."""
        if leave.return_url is None or leave.subject is None:
            return self._page(leave, outcome, view)
        if outcome.frames:
            return self._page(leave, outcome, view, leave.return_url)
        return private(redirect(leave.return_url, 302 if request.method == "GET" else 303))

    def _ask(self, request: Request, leave: Leave, session: Session, word: str | None = None) -> AnyResponse:
        # What waits already is not written again: somebody may have pressed "yes" meanwhile, and the page after it needs that.
        word = word or self._leavings.keep(leave)
        here = f"{CONFIRM_PATH}?{WORD}={word}"
        page = SignOutAskPage(
            action_url=here,
            form_key=self._rooms.form_keys.issue(session.id, _purpose(word)),
            stay_url=AGAIN_PATH,
            is_of_other=self._means_other(leave, session),
        )
        return self._rooms.screens.render(page, replace(view_of(request, leave.locales), here=here))

    def _page(self, leave: Leave, outcome: Outcome, view: View, onward_url: str | None = None) -> AnyResponse:
        if leave.return_url is not None and not view.here:
            # In the other language the page must still know the way back.
            view = replace(view, here=_done(self._leavings.keep(leave)))
        issuer = self._rooms.settings.issuer
        upstream = self._rooms.upstream_logout(leave.connector, f"{issuer}{DONE_PATH}") if leave.connector else None
        page = SignedOutPage(
            esia_logout_url=upstream,
            upstream=self._rooms.upstream_title(leave.connector),
            return_link=self._way_back(leave, view),
            partial=len(outcome.unanswered),
            again_url=AGAIN_PATH,
            frames=outcome.frames,
            onward_url=onward_url,
        )
        return self._rooms.screens.render(page, view)

    def _way_back(self, leave: Leave, view: View) -> ReturnLink | None:
        if leave.return_url is None:
            return None
        client = self._rooms.clients.find(leave.client_id or "")
        return ReturnLink(leave.service if client is None else name_of(client, view), leave.return_url)

    def _not_everywhere(self, leave: Leave, outcome: Outcome, onward: str, view: View) -> AnyResponse:
        """The page of somebody who believes to be out everywhere, and is not yet."""
        page = CausePage(
            cause=cause(NOT_EVERYWHERE),
            at=self._rooms.outside.now(),
            zone=self._rooms.policies.default.zone,
            variables={"services": ", ".join(outcome.unanswered)},
            primary_url=onward,
            frames=outcome.frames,
        )
        return self._rooms.screens.render(page, view)

    def _is_proven(self, leave: Leave, session: Session) -> bool:
        """Whether the hint is of this person and this session; one of another session is suspect (RP-Initiated Logout 1.0, 2)."""
        if leave.subject is None or leave.client_id is None:
            return False
        client, mint = self._rooms.clients.find(leave.client_id), self._rooms.mint
        if client is None or not compare_digest(mint.subject(client, session.person_id).encode(), leave.subject.encode()):
            return False
        return compare_digest(mint.session_word(client.client_id, session.id).encode(), leave.sid.encode())

    def _means_other(self, leave: Leave, session: Session) -> bool:
        """Whether the service means somebody else than who is signed in here: its `logout_hint` proves nothing and only words the
        question (RP-Initiated Logout 1.0, 2)."""
        client = self._rooms.clients.find(leave.client_id) if leave.hinted and leave.client_id else None
        if client is None:
            return False
        mint = self._rooms.mint
        ours = (mint.subject(client, session.person_id), mint.session_word(client.client_id, session.id))
        return not any(compare_digest(own.encode(), leave.hinted.encode()) for own in ours)

    def _require_form(self, request: Request, session: Session, word: str) -> None:
        try:
            self._rooms.form_keys.require(session.id, _purpose(word), request.form.get(FORM_FIELD))
        except FormStale as error:
            raise OnOurPage(1009) from error
        except FormBusy as error:
            raise OnOurPage(1004) from error

    def _session(self, request: Request) -> Session | None:
        return self._rooms.sessions.current(request.cookies.get(self._rooms.cookies.name_of("session")))

    def _forget_cookies(self, answer: AnyResponse) -> AnyResponse:
        answer.delete_cookie(self._rooms.cookies.name_of("session"), **self._rooms.cookies.flags())
        self._browser_state.forget(answer)
        return answer


def _purpose(word: str) -> str:
    return f"sign_out:{word}"


def _read(request: Request) -> dict[str, str]:
    return {} if request.args.get(READ) is None else {READ: "1"}


def _done(word: str, **more: str) -> str:
    return f"{DONE_PATH}?{urlencode({WORD: word} | more)}"
