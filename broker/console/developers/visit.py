"""One request of one developer, after the entrance has let them in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, g, request
from werkzeug.wrappers import Response as AnyResponse

from broker.audit.event import Actor
from broker.clients.client import Client
from broker.clients.developers_store import Developer
from broker.console.developers.room import DevRoom
from broker.console.sitting import Sitting
from broker.screens.developer_pages import DevFrame
from broker.screens.forms import FirstUse, Repeat
from broker.screens.pages import Page
from broker.screens.school_pages import PostForm
from broker.screens.view import View
from broker.sessions.session import Session

# What may be said after a redirect; anything else in the address says nothing.
DONE = frozenset({"made", "asked", "keys", "checked", "changed", "gone"})


class NotMine(Exception):
    """There is no such service, or it is another organisation's; the answer is one."""


@dataclass(frozen=True, slots=True)
class DevVisit:
    """`use` is the form key of a POST, already accepted."""

    room: DevRoom
    developer: Developer
    session: Session
    view: View
    use: FirstUse | Repeat | None = None

    @property
    def actor(self) -> Actor:
        return Actor("person", self.developer.person_id)

    def client(self, unverified_id: str) -> Client:
        """A service of the developer's organisation, as it is now. Raises NotMine."""
        client = None
        if unverified_id in self.room.developers.clients_of(self.developer.organisation):
            client = self.room.clients.latest(unverified_id)
        if client is None:
            raise NotMine
        return client

    def frame(self, client: Client | None = None, current: str = "") -> DevFrame:
        """The frame of a page; says what was done when the address names it."""
        done = request.args.get("done", "")
        frame = frame_of(self.room, client, self.view, current)
        return DevFrame(
            self.developer.organisation, frame.zone, done if done in DONE else "", frame.client_id, frame.service, frame.current
        )

    def form(self, action_url: str) -> PostForm:
        """A form that leads to `action_url`, for this session."""
        return self._sitting.form(action_url)

    def show(self, page: Page, status: int = 200) -> Response:
        """Draw a page."""
        return self._sitting.show(page, status)

    def once(self, do: Callable[[], str]) -> AnyResponse:
        """Do what the form asks, once; see Sitting."""
        return self._sitting.once(self.use, do)

    @property
    def _sitting(self) -> Sitting:
        return Sitting(self.room.screens, self.room.form_keys, self.session.id, self.view, purpose_of)


def frame_of(room: DevRoom, client: Client | None, view: View, current: str = "") -> DevFrame:
    """The frame without a developer: on the way of a test somebody else is signed in."""
    zone = room.screens.settings.zone
    if client is None:
        return DevFrame("", zone)
    name = client.client_name if view.language == "ru" else client.client_name_en
    return DevFrame(client.organisation, zone, "", client.client_id, name, current)


def purpose_of(path: str) -> str:
    """What a form key is for: one address."""
    return f"developers:{path}"


def here() -> DevVisit:
    """The visit of the present request."""
    visit: DevVisit = g.developer_visit
    return visit
