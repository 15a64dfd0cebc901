"""What the services said to a sign-out, and which of them sign people out by a page of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event
from urllib.parse import urlencode, urlsplit

from broker.clients.client import Client
from broker.provider.rooms import ProviderRooms
from broker.screens.pages import Frame
from broker.screens.view import View
from broker.signout.announce import LOGOUT


@dataclass(frozen=True, slots=True)
class Outcome:
    """`unanswered` are names of services, in the language of the page; `frames` pages that must be loaded."""

    unanswered: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to wait for and nothing to load."""
        return not self.unanswered and not self.frames


class Outcomes:
    """Looks at the deliveries of one session."""

    def __init__(self, rooms: ProviderRooms):
        self._rooms = rooms

    def at_once(self, session_id: str, view: View) -> Outcome:
        """How it stands now."""
        return self._of(session_id, self._rooms.deliveries.unanswered(session_id, LOGOUT), view)

    def awaited(self, session_id: str, view: View) -> Outcome:
        """How it stands once every service has answered, or the person has waited long enough (deliveries.page_waits)."""
        return self._of(session_id, self._rooms.deliveries.wait(session_id, LOGOUT, Event().wait), view)

    def _of(self, session_id: str, unanswered: tuple[str, ...], view: View) -> Outcome:
        if not session_id:
            return Outcome()
        found = (self._rooms.clients.find(client_id) for client_id in self._rooms.sessions.clients_of(session_id))
        clients = {client.client_id: client for client in found if client is not None}
        frames = tuple(
            Frame(name_of(client, view), self._framed(client, client.frontchannel_logout_uri, session_id))
            for client in clients.values()
            if client.frontchannel_logout_uri
        )
        names = tuple(name_of(clients[client_id], view) for client_id in unanswered if client_id in clients)
        return Outcome(names, frames)

    def _framed(self, client: Client, address: str, session_id: str) -> str:
        """The address with `iss` and `sid`, both or neither (Front-Channel Logout 1.0, 3)."""
        about = {"iss": self._rooms.settings.issuer, "sid": self._rooms.mint.session_word(client.client_id, session_id)}
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(about)}"


def name_of(client: Client, view: View) -> str:
    """What a service is called in the language of the page."""
    return client.client_name if view.language == "ru" else client.client_name_en or client.client_name
