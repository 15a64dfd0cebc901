"""/me/devices: where somebody is signed in, and the way to end it elsewhere."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, request

from broker.account.answers import see_other
from broker.account.pages import DEVICES_URL, PASSWORD_URL, PROFILE_URL
from broker.account.posted import Done, Outcome, answer_of, post_once
from broker.account.room import AccountRoom
from broker.account.said import Said, say, take_said
from broker.account.visitor import Visitor, with_visitor
from broker.linking.standing import DIARY
from broker.screens.profile_pages import Device, DevicesPage, PastSignIn
from broker.screens.values import RegionName
from broker.sessions.device import OTHER
from broker.sessions.endings import OTHER_DEVICE
from broker.sessions.session import PastSession

_PURPOSE = "account.devices"
_HISTORY = timedelta(days=90)
# Why a session ended, as its owner may be told; the rest is "ended".
_ENDED = {
    "sign_out": "you",
    "replaced": "you",
    OTHER_DEVICE: "elsewhere",
    "password_changed": "password",
    "password_recovered": "password",
    "untied_person": "unlinked",
    "untied_school": "school",
    "untied_security": "security",
    "security": "security",
}


def device_routes(blueprint: Blueprint, room: AccountRoom) -> None:
    """Add the addresses to the room's blueprint."""

    @blueprint.get(DEVICES_URL)
    def devices() -> Response:
        return with_visitor(room, lambda visitor: _page(room, visitor))

    @blueprint.post(DEVICES_URL)
    def sign_out_elsewhere() -> Response:
        return with_visitor(room, lambda visitor: _post(room, visitor))


def _page(room: AccountRoom, visitor: Visitor) -> Response:
    here, now = visitor.session, room.outside.now()
    said = take_said(room.shelf, here.id)
    alive = sorted(room.sessions.of_person(here.person_id), key=lambda session: (session.id != here.id, session.opened_at))
    page = DevicesPage(
        devices=tuple(
            Device(
                *_words(session.device),
                seen_at=session.seen_at,
                is_this=session.id == here.id,
                session_id=session.id,
                region=_region(room, session.region),
            )
            for session in alive
        ),
        action_url=DEVICES_URL,
        form_key=room.form_keys.issue(here.id, _PURPOSE),
        zone=visitor.reader.zone.key,
        signed_out=said.n if said is not None and said.word == "signed_out" else None,
        history=tuple(_past(room, past) for past in room.sessions.history(here.person_id, now - _HISTORY)),
        sign_out_url=room.sign_out_url,
        password_url=PASSWORD_URL if visitor.person.login else None,
        profile_url=PROFILE_URL,
    )
    return room.screens.render(page, visitor.view)


def _past(room: AccountRoom, past: PastSession) -> PastSignIn:
    session = past.session
    browser, system = _words(session.device)
    return PastSignIn(
        browser=browser,
        system=system,
        opened_at=session.opened_at,
        means="password" if session.connector == DIARY else "gosuslugi",
        ended=_ENDED.get(past.ended_cause, "other") if past.ended_cause else "",
        region=_region(room, session.region),
        upstream=room.titles.get(session.connector),
    )


def _words(device: str) -> tuple[str, str]:
    browser, _, system = device.partition("/")
    return browser or OTHER, system or OTHER


def _region(room: AccountRoom, code: str) -> RegionName | None:
    if not code:
        return None
    policy = room.belongings.policies.of_region(code)
    return RegionName(policy.name_ru, policy.name_en)


def _post(room: AccountRoom, visitor: Visitor) -> Response:
    outcome = post_once(room, visitor.session.id, _PURPOSE, lambda: _ended(room, visitor))
    return answer_of(room, visitor.view, outcome, lambda _errors: see_other(DEVICES_URL))


def _ended(room: AccountRoom, visitor: Visitor) -> Outcome:
    """One of the person's own other sessions, or with an empty answer all of them. Somebody else's is nobody's."""
    here, wish = visitor.session, request.form.get("session_id", "")
    sign_out = room.changing.sign_out
    if not wish:
        ended = sign_out.end_others(here.person_id, here.id, OTHER_DEVICE, visitor.actor)
    else:
        own = {session.id for session in room.sessions.of_person(here.person_id)} - {here.id}
        ended = (sign_out.end_session(wish, OTHER_DEVICE, visitor.actor),) if wish in own else ()
    say(room.shelf, here.id, Said("signed_out", sum(found.was_open for found in ended)))
    return Done(DEVICES_URL)
