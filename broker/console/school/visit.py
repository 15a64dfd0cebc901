"""One request of one member of staff to one school, after the entrance has let them in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from flask import Response, g, request
from werkzeug.wrappers import Response as AnyResponse

from broker.audit.event import Actor
from broker.console.school.room import SchoolRoom
from broker.console.sitting import Sitting
from broker.directory.person import Person
from broker.directory.school_cards import SchoolCards
from broker.screens.forms import FirstUse, Repeat
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
        return self._sitting.form(action_url)

    def show(self, page: Page, status: int = 200) -> Response:
        """Draw a page."""
        return self._sitting.show(page, status)

    def once(self, do: Callable[[], str]) -> AnyResponse:
        """Do what the form asks, once; see Sitting."""
        return self._sitting.once(self.use, do)

    @property
    def _sitting(self) -> Sitting:
        purpose = partial(purpose_of, self.cards.school.id)
        return Sitting(self.room.screens, self.room.form_keys, self.session.id, self.view, purpose)


def purpose_of(school_id: str, path: str) -> str:
    """What a form key is for: one address of one school."""
    return f"school:{school_id}:{path}"


def here() -> Visit:
    """The visit of the present request."""
    visit: Visit = g.school_visit
    return visit
