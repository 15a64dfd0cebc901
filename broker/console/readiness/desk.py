"""The readiness check: every line rehearsed with one service, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import Any, Protocol
from urllib.parse import urlencode

from broker.audit.catalogue_services import ClientChecked
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.clients.client import Client
from broker.console.readiness.lines import LINES, NEW_KEY, RIGHT, Line, Pens
from broker.console.readiness.rehearsing import Stage
from broker.console.readiness.visitor import Lost, Visitor, origin_of
from broker.console.refused import Refused
from broker.custody.key_office import KeyOffice
from broker.foundation.fetch import Fetcher, FetchRefused
from broker.foundation.outside import Outside
from broker.storage.database import Database
from broker.storage.shelf import Shelf
from broker.tokens.envelope import Envelopes
from broker.tokens.rehearsal import KEY_IS_SEEN_WITHIN, Rehearsals
from broker.tokens.rehearsal_wire import Wire
from keys.vault import Vault

_MAX_ANSWER = 16_384
# Longer than a check of a service that answers at all; somebody else's turn with the one new key takes a few seconds.
_LONGEST_CHECK = timedelta(minutes=5)
_MOST_WAITS = 20
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "*/*"}


class ReadinessRooms(Protocol):
    """The part of the open house that a check uses."""

    @property
    def database(self) -> Database: ...
    @property
    def key_office(self) -> KeyOffice: ...
    @property
    def shelf(self) -> Shelf: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def fetcher(self) -> Fetcher: ...
    @property
    def envelopes(self) -> Envelopes: ...
    @property
    def rehearsal_wire(self) -> Wire: ...


def _wait(seconds: float) -> None:
    Event().wait(seconds)


@dataclass(frozen=True, slots=True)
class ReadinessDesk:
    """`issuer` is our name, which the service must already know; `wait` lets seconds pass."""

    rooms: ReadinessRooms
    issuer: str
    outside: Outside
    wait: Callable[[float], None] = _wait

    def check(self, client: Client, login_url: str | None, state_url: str, actor: Actor) -> Mapping[str, Any]:
        """Rehearse every line. The answer holds `ready` and `lines`, each with `line`, `passed` and `seen`.

        Raises:
            Refused: the service cannot be rehearsed with; one sentence that says why.
        """
        stage = self._stage(client, login_url, state_url)
        if not stage.rehearsals.begin(client.client_id, _LONGEST_CHECK):
            raise Refused("Another check of this service is running; look again when it is over, in five minutes at most.")
        try:
            with self.rooms.database.work():
                self.rooms.journal.append(ClientChecked(client.client_id), actor)
            return self._checked(stage)
        finally:
            stage.rehearsals.end(client.client_id)

    def _checked(self, stage: Stage) -> Mapping[str, Any]:
        first = self._walked(stage, RIGHT)
        found = [first]
        if first["passed"]:
            found += [self._walked(stage, line) for line in LINES[1:]]
            self._remember(stage, found)
            found += self._told_of_logout(stage)
        return {"ready": all(row["passed"] for row in found) and len(found) > 1, "lines": found}

    def _remember(self, stage: Stage, found: list[dict[str, Any]]) -> None:
        """Whether the service follows a new key: what is asked before a key of ours is promoted."""
        passed = next((row["passed"] for row in found if row["line"] == NEW_KEY.name), None)
        if passed is not None:
            self.rooms.key_office.book.checked(stage.client.client_id, passed)

    def _stage(self, client: Client, login_url: str | None, state_url: str) -> Stage:
        begins = login_url or client.initiate_login_uri
        if begins is None:
            raise Refused("The service has no initiate_login_uri; say --login-url.")
        if not client.is_enabled:
            raise Refused("The service is paused.")
        registered = [*client.redirect_uris, *([client.initiate_login_uri] if client.initiate_login_uri else [])]
        origins = frozenset(origin_of(uri) for uri in registered)
        if not {origin_of(begins), origin_of(state_url)} <= origins:
            raise Refused("Both addresses must be of a host that the service has registered an address of.")
        return Stage(
            client=client,
            issuer=self.issuer,
            login_url=begins,
            state_url=state_url,
            outside=self.outside,
            rehearsals=Rehearsals(self.rooms.shelf, self.rooms.vault.fingerprints, self.outside.token),
            pens=Pens.of(self.rooms.vault.ring, client.id_token_signed_response_alg),
            wire=self.rooms.rehearsal_wire,
            envelopes=self.rooms.envelopes,
            new_visitor=lambda: Visitor(self.rooms.fetcher.visit, origins),
        )

    def _walked(self, stage: Stage, line: Line) -> dict[str, Any]:
        if line is not NEW_KEY:
            return _tried(stage, line)
        if not self._has_turn(stage):
            return _row(line.name, False, "other checks had the turn for half a minute: check once more")
        try:
            stage.rehearsals.publish(stage.pens.fresh.jwk)
            # Every worker looks for such a key only so often.
            self.wait(1.2 * KEY_IS_SEEN_WITHIN.total_seconds())
            return _tried(stage, line)
        finally:
            stage.rehearsals.withdraw()

    def _has_turn(self, stage: Stage) -> bool:
        for _ in range(_MOST_WAITS):
            if stage.rehearsals.take_turn():
                return True
            self.wait(1.5)
        return False

    def _told_of_logout(self, stage: Stage) -> list[dict[str, Any]]:
        """Two lines: a logout token that somebody else made changes nothing, one of ours ends the visit."""
        if not stage.client.backchannel_logout_uri:
            return [_row("back_channel_logout", False, "no backchannel_logout_uri is registered")]
        try:
            visitor, who, _ = stage.rehearse(RIGHT)
            self._post(stage, stage.logout_token(who, is_forged=True))
            is_still_in = visitor.is_in(stage.state_url)
            forged = _row("forged_logout", is_still_in, "still signed in" if is_still_in else "ended by a forged token")
            status = self._post(stage, stage.logout_token(who, is_forged=False))
            is_out = not visitor.is_in(stage.state_url)
        except Lost as lost:
            return [_row("back_channel_logout", False, str(lost))]
        said = f"answered {status}, " + ("and is out" if is_out else "and is still in")
        return [forged, _row("back_channel_logout", is_out and status in ("200", "204"), said)]

    def _post(self, stage: Stage, token: str) -> str:
        body = urlencode({"logout_token": token}).encode("ascii")
        try:
            return str(self.rooms.fetcher.post(stage.client.backchannel_logout_uri or "", body, _FORM, _MAX_ANSWER).status)
        except FetchRefused as refused:
            return refused.reason


def _tried(stage: Stage, line: Line) -> dict[str, Any]:
    try:
        _, _, is_in = stage.rehearse(line)
    except Lost as lost:
        return _row(line.name, False, str(lost))
    return _row(line.name, is_in == line.lets_in, "signed in" if is_in else "not signed in")


def _row(name: str, passed: bool, seen: str) -> dict[str, Any]:
    return {"line": name, "passed": passed, "seen": seen}
