"""One request of one member of staff, after the entrance has let them in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from flask import Response, current_app, g, request
from werkzeug.wrappers import Response as AnyResponse

from broker.audit.event import Actor
from broker.console.rights import Action, may
from broker.console.security.room import SecurityRoom
from broker.console.sitting import Sitting
from broker.directory.person import Person
from broker.screens.forms import FirstUse, Repeat
from broker.screens.pages import Page
from broker.screens.school_pages import PostForm
from broker.screens.security_pages import NAVIGATION, SecurityFrame
from broker.screens.view import View
from broker.sessions.session import Session

# Who is shown which part of the navigation: the action that its page states.
_PAGES: Final[Mapping[str, Action]] = {
    "overview": Action.SEE_OVERVIEW,
    "clients": Action.SEE_CLIENTS,
    "keys": Action.SEE_KEYS,
    "secrets": Action.SEE_KEYS,
    "calendar": Action.SEE_CALENDAR,
    "audit": Action.SEE_AUDIT,
    "upstream": Action.SEE_UPSTREAM,
    "policy": Action.SEE_POLICY,
    "person": Action.SEE_STORY,
    "staff": Action.SEE_STAFF,
    "passkeys": Action.KEEP_OWN_PASSKEYS,
}
# What may be said after a redirect; anything else in the address says nothing.
DONE: Final = frozenset({
    "approved", "rejected", "paused", "resumed", "passkey", "passkey_removed", "staff_asked", "staff_removed",
    "confirmed",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class SecurityVisit:
    """`use` is the form key of a POST, already accepted. The passkey of a dangerous act was already shown."""

    room: SecurityRoom
    staff: Person
    session: Session
    roles: tuple[str, ...]
    view: View
    use: FirstUse | Repeat | None = None

    @property
    def actor(self) -> Actor:
        return Actor("staff", self.staff.id)

    def may(self, action: Action) -> bool:
        """Whether to offer something: a button for what somebody may not do would only annoy."""
        return may(self.roles, action)

    def frame(self, current: str, more_done: frozenset[str] = frozenset()) -> SecurityFrame:
        """The frame of a page; says what was done when the address names it (a word of DONE or of `more_done`)."""
        rules = {rule.rule for rule in current_app.url_map.iter_rules()}
        shown = tuple(key for key, path in NAVIGATION if path in rules and self.may(_PAGES[key]))
        done = request.args.get("done", "")
        return SecurityFrame(current, self.room.screens.settings.zone, shown, done if done in DONE | more_done else "")

    def form(self, action_url: str) -> PostForm:
        """A form that leads to `action_url`, for this session."""
        return self.sitting.form(action_url)

    def show(self, page: Page, status: int = 200) -> Response:
        """Draw a page."""
        return self.sitting.show(page, status)

    def once(self, do: Callable[[], str]) -> AnyResponse:
        """Do what the form asks, once; see Sitting."""
        return self.sitting.once(self.use, do)

    @property
    def sitting(self) -> Sitting:
        return Sitting(self.room.screens, self.room.form_keys, self.session.id, self.view, purpose_of)


def purpose_of(path: str) -> str:
    """What a form key is for: one address."""
    return f"security:{path}"


def here() -> SecurityVisit:
    """The visit of the present request."""
    visit: SecurityVisit = g.security_visit
    return visit
