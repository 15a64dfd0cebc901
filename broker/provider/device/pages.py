"""The pages where a person brings a device in: type its code, look whether it is one's own, sign in (RFC 8628 3.3).

The code alone says nothing of who shows it: whoever can talk somebody into typing one gets their tokens (RFC 8628 5.4). So
the second page says what will happen, shows the code once more and asks, even those who are signed in and every service.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import Response

from broker.audit.catalogue_devices import DeviceAnswered
from broker.audit.event import Actor
from broker.clients.client import Client
from broker.consent.details import read, wishes_of
from broker.foundation.encoding import digest
from broker.limits.limits import Limit
from broker.limits.places import place_of
from broker.login.asked import Asked
from broker.login.desk import Ready
from broker.provider.device.endpoint import PAGE_PATH
from broker.provider.granting.device_grant import DeviceGrant
from broker.provider.rooms import ProviderRooms
from broker.provider.wire import OnOurPage
from broker.screens.causes import cause
from broker.screens.device_pages import DeviceConfirmPage, DeviceDonePage, DevicePage
from broker.screens.field_errors import FieldError
from broker.screens.pages import CausePage
from broker.screens.view import View
from broker.sessions.session import Session
from broker.tokens.acr import LEVEL_OF_ACR, level_demanded
from broker.tokens.authorization import Authorization
from broker.tokens.device_codes import DeviceRequest, letters_of, shown

ALLOWED, DENIED, GONE, RESUME = (f"{PAGE_PATH}/{word}" for word in ("allowed", "denied", "gone", "resume"))
_VISIT = "device.visit"
_TOO_MANY, _USED, _PAUSED = 1011, 1003, 7003


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser that has our cookie: `secret` is its value, `session_cookie` and `address` as they came."""

    secret: str
    session_cookie: str | None
    address: str
    view: View


@dataclass(frozen=True, slots=True)
class Typed:
    """A code that was right, in the browser it was typed in."""

    letters: str
    request: DeviceRequest
    client: Client


class DevicePages:
    """Draws the pages and writes the answer down. Everything is bound to the browser that typed the code."""

    def __init__(self, rooms: ProviderRooms):
        self._rooms = rooms
        tries = rooms.tries
        self._limits = (
            Limit("device.browser", tries.tries_per_browser, tries.tries_within),
            Limit("device.address", tries.tries_per_address, tries.tries_within),
        )

    def ask(self, visitor: Visitor, unverified_code: str, errors: tuple[FieldError, ...] = ()) -> Response:
        """The form for the code. One that came in the address is shown only in its own letters, and still has to be sent."""
        letters = letters_of(unverified_code)
        key = self._rooms.form_keys.issue(digest(visitor.secret), PAGE_PATH)
        page = DevicePage(PAGE_PATH, key, shown(letters) if letters else "", errors)
        view = replace(visitor.view, here=f"{PAGE_PATH}?user_code={page.typed}" if page.typed else "")
        return self._rooms.screens.render(page, view, status=400 if errors else 200)

    def typed(self, visitor: Visitor, unverified_code: str, form_key: str | None) -> Response | str:
        """Look the code up: the address of the next page, or this one again."""
        rooms = self._rooms
        use = rooms.form_keys.require(digest(visitor.secret), PAGE_PATH, form_key)
        found = json.loads(rooms.form_keys.answer_once(use, lambda: json.dumps(self._looked_up(visitor, unverified_code))))
        if "url" in found:
            return str(found["url"])
        if "opens_at" in found:
            return self._too_many(visitor, datetime.fromisoformat(found["opens_at"]))
        return self.ask(visitor, unverified_code, (FieldError("user_code", found["wrong"]),))

    def confirm(self, visitor: Visitor, unverified_word: str) -> Response | str:
        """Which service, which code, and what a swindler would want; the address of another page if the code is over."""
        typed = self._visit(visitor, unverified_word)
        if typed is None:
            return GONE
        page = DeviceConfirmPage(
            service=typed.client.client_name if visitor.view.language == "ru" else typed.client.client_name_en,
            organisation=typed.client.organisation,
            user_code=shown(typed.letters),
            action_url=f"{PAGE_PATH}/{unverified_word}",
            form_key=self._rooms.form_keys.issue(digest(visitor.secret), _purpose(unverified_word)),
        )
        return self._rooms.screens.render(page, visitor.view)

    def decide(self, visitor: Visitor, unverified_word: str, decision: str, form_key: str | None) -> str:
        """Take the answer, once; the address where it goes on."""
        keys = self._rooms.form_keys
        use = keys.require(digest(visitor.secret), _purpose(unverified_word), form_key)
        return keys.answer_once(use, lambda: self._decided(visitor, unverified_word, decision == "allow"))

    def resume(self, visitor: Visitor, unverified_attempt: str) -> str:
        """Go on after a login.

        Raises:
            OnOurPage: there is no result for this browser, or it is not about a device (1003).
        """
        finished = self._rooms.desk.collect(unverified_attempt, visitor.secret)
        request_id = json.loads(finished.asked.response).get("device") if finished is not None else None
        if finished is None or request_id is None:
            raise OnOurPage(_USED)
        if finished.error or finished.session is None:
            return self._deny(request_id, finished.asked.client_id)
        return self._allow(request_id, finished.asked, finished.session)

    def done(self, visitor: Visitor, is_allowed: bool) -> Response:
        """The last page. It says nothing that the browser does not know."""
        return self._rooms.screens.render(DeviceDonePage(is_allowed), visitor.view)

    def _looked_up(self, visitor: Visitor, unverified_code: str) -> dict[str, str]:
        if not unverified_code.strip():
            return {"wrong": "device.empty"}
        for limit, who in zip(self._limits, (digest(visitor.secret), place_of(visitor.address)), strict=True):
            counted = self._rooms.limits.spend(limit, who)
            if not counted.is_allowed:
                return {"opens_at": (counted.opens_at or self._rooms.outside.now()).isoformat()}
        letters = letters_of(unverified_code)
        if not letters or self._rooms.device_codes.find_typed(letters) is None:
            return {"wrong": "device.wrong"}
        word = self._rooms.outside.token()
        kept = json.dumps({"letters": letters, "browser": digest(visitor.secret)}).encode("ascii")
        self._rooms.shelf.put(_VISIT, digest(word), kept, self._rooms.token_settings.device_ttl)
        return {"url": f"{PAGE_PATH}/{word}"}

    def _visit(self, visitor: Visitor, unverified_word: str) -> Typed | None:
        kept = self._rooms.shelf.get(_VISIT, digest(unverified_word))
        found = {} if kept is None else json.loads(kept)
        if found.get("browser") != digest(visitor.secret):
            return None
        request = self._rooms.device_codes.find_typed(found["letters"])
        return None if request is None else Typed(found["letters"], request, self._client(request.client_id))

    def _client(self, client_id: str) -> Client:
        client = self._rooms.clients.find(client_id)
        if client is None or not client.is_enabled or DeviceGrant.GRANT_TYPE not in client.grant_types:
            # Paused or changed since the device asked.
            raise OnOurPage(_PAUSED, client_id)
        return client

    def _decided(self, visitor: Visitor, unverified_word: str, is_allowed: bool) -> str:
        typed = self._visit(visitor, unverified_word)
        # Whoever takes the typed code answers, nobody else: neither a second browser nor a second press.
        request = self._rooms.device_codes.take_typed(typed.letters) if typed is not None else None
        if request is None:
            return GONE
        if not is_allowed:
            return self._deny(request.id, request.client_id)
        asked = _asked(request, self._client(request.client_id))
        session = self._rooms.sessions.current(visitor.session_cookie)
        standing = self._rooms.desk.standing(asked, session)
        if isinstance(standing, Ready):
            return self._allow(request.id, asked, standing.session)
        return self._rooms.desk.start(asked, RESUME, visitor.secret).path

    def _allow(self, request_id: str, asked: Asked, session: Session) -> str:
        self._client(asked.client_id)
        self._rooms.sessions.note_client(session.id, asked.client_id)
        self._tell(asked.client_id, session.person_id, "allow")
        self._rooms.device_codes.allow(request_id, _authorization(asked, session))
        return ALLOWED

    def _deny(self, request_id: str, client_id: str) -> str:
        self._tell(client_id, None, "deny")
        self._rooms.device_codes.deny(request_id)
        return DENIED

    def _tell(self, client_id: str, person_id: str | None, decision: str) -> None:
        with self._rooms.database.work():
            event = DeviceAnswered(client_id=client_id, decision=decision, person_id=person_id)
            self._rooms.journal.append(event, Actor("person", person_id or ""))

    def _too_many(self, visitor: Visitor, opens_at: datetime) -> Response:
        now = self._rooms.outside.now()
        page = CausePage(
            cause=cause(_TOO_MANY),
            at=now,
            zone=self._rooms.screens.settings.zone,
            variables={"time": opens_at, "wait": max(opens_at - now, timedelta(0))},
            primary_url=PAGE_PATH,
        )
        return self._rooms.screens.render(page, visitor.view)


def _purpose(word: str) -> str:
    return f"{PAGE_PATH}:{digest(word)}"


def _asked(request: DeviceRequest, client: Client) -> Asked:
    """The device's wishes, and what its service wants of every sign-in (OpenID Connect Registration 2)."""
    wanted = request.wanted
    carried = {
        "device": request.id,
        "resources": wanted.resources,
        "authorization_details": wanted.authorization_details,
        "confirmation": wanted.confirmation,
    }
    return Asked(
        client_id=wanted.client_id,
        scopes=wanted.scopes,
        response=json.dumps(carried, ensure_ascii=False),
        max_age=client.default_max_age,
        acr_values=tuple(LEVEL_OF_ACR[urn] for urn in client.default_acr_values if urn in LEVEL_OF_ACR),
        least_level=level_demanded(client.minimum_acr_value),
        wishes=wishes_of(read(wanted.authorization_details)),
    )


def _authorization(asked: Asked, session: Session) -> Authorization:
    carried = json.loads(asked.response)
    return Authorization(
        client_id=asked.client_id,
        person_id=session.person_id,
        session_id=session.id,
        redirect_uri="",
        scopes=asked.scopes,
        claims=(),
        nonce=None,
        code_challenge=None,
        authenticated_at=session.authenticated_at,
        level=session.level,
        amr=session.methods,
        region=session.region,
        connector=session.connector,
        resources=tuple(carried["resources"]),
        authorization_details=carried.get("authorization_details", ""),
        confirmation=carried.get("confirmation", ""),
    )
