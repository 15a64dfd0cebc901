"""One request of one member of staff to one school, after the entrance has let them in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.audit.event import Actor
from broker.console.school.room import SchoolRoom
from broker.directory.person import Person
from broker.directory.school_cards import SchoolCards
from broker.screens.forms import FirstUse, FormStale, Repeat
from broker.screens.pages import Page
from broker.screens.school_pages import PostForm, SchoolFrame
from broker.screens.view import View
from broker.sessions.session import Session

# What may be said after a redirect; anything else in the address says nothing.
DONE = frozenset({
    "saved", "attached", "taken_in", "restored", "left", "blocked", "unblocked", "unlocked", "sessions_ended", "unlinked",
    "unlink_asked", "not_confirmed", "kin_added", "kin_removed", "cancelled", "contacts", "merged", "parted", "apart",
    "unchanged", "fixed", "imported", "paused", "resumed", "not_resumed",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Visit:
    """`cards` are the only cards a page can reach. `use` is the form key of a POST, already accepted."""

    room: SchoolRoom
    staff: Person
    session: Session
    cards: SchoolCards
    view: View
    zone: ZoneInfo
    has_several: bool
    use: FirstUse | Repeat | None = None

    @property
    def actor(self) -> Actor:
        return Actor("staff", self.staff.id)

    def frame(self, current: str) -> SchoolFrame:
        """The frame of a page; says what was done when the address names it."""
        school = self.cards.school
        name = school.name_ru if self.view.language == "ru" else school.name_en
        done = request.args.get("done", "")
        return SchoolFrame(name, current, str(self.zone), done if done in DONE else "", self.has_several)

    def form(self, action_url: str) -> PostForm:
        """A form that leads to `action_url`, for this session and this school."""
        return PostForm(action_url, self.room.form_keys.issue(self.session.id, purpose_of(self.cards.school.id, action_url)))

    def show(self, page: Page, status: int = 200) -> Response:
        """Draw a page."""
        return self.room.screens.render(page, self.view, status=status)

    def once(self, do: Callable[[], str]) -> AnyResponse:
        """Do what the form asks, once; then go to the address it gives. A second press gets the first one's answer.

        A press that failed has changed nothing, so pressing again tries again and says the same.
        """
        assert self.use is not None, "the entrance takes the key of every POST"
        try:
            return redirect(self.room.form_keys.answer_once(self.use, do), 303)
        except FormStale:
            return redirect(do(), 303)


def purpose_of(school_id: str, path: str) -> str:
    """What a form key is for: one address of one school."""
    return f"school:{school_id}:{path}"


def here() -> Visit:
    """The visit of the present request."""
    visit: Visit = g.school_visit
    return visit
