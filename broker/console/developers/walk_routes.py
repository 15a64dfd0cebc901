"""D4: the sign-in test. It begins at a button; its end is shown to the browser that began it, whoever is signed in there then."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlsplit

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from broker.audit.catalogue_services import SignInTested
from broker.clients.client import Client
from broker.console.developers.entrance import not_here
from broker.console.developers.invented import PEOPLE
from broker.console.developers.judge import stopped_on_our_page, walked
from broker.console.developers.room import DevRoom
from broker.console.developers.visit import DevVisit, NotMine, frame_of, here
from broker.console.developers.walk import KEPT_FOR, Walk, Walks, request_url, same, settle_twin, twin_of
from broker.console.refused import Refused
from broker.screens.developer_service_pages import DevRunPage, DevTestPage, Tester
from broker.screens.view import view_of

COOKIE: Final = "walk"


def walk_routes(blueprint: Blueprint, room: DevRoom) -> None:
    """Add the addresses to the blueprint of developers."""

    @blueprint.get("/dev/<client_id>/test")
    def test(client_id: str) -> AnyResponse:
        visit = here()
        return _page(visit, visit.client(client_id))

    @blueprint.post("/dev/<client_id>/test")
    def begin_test(client_id: str) -> AnyResponse:
        visit = here()
        return _begin(visit, visit.client(client_id))

    @blueprint.get("/dev/<client_id>/test/go")
    def go(client_id: str) -> AnyResponse:
        walk, client = _walk(room, client_id), room.clients.latest(client_id)
        if walk is None or client is None:
            return not_here(room)
        return redirect(request_url(room.service, walk, twin_of(room.service, client)), 303)

    @blueprint.get("/dev/<client_id>/test/callback")
    def come_back(client_id: str) -> AnyResponse:
        return _come_back(room, client_id)

    @blueprint.get("/dev/<client_id>/test/result")
    def walked_page(client_id: str) -> AnyResponse:
        return _result(room, client_id)


def why_not(room: DevRoom, client: Client) -> str:
    """Why no test can be made of this service, a key under `dev.test_not`; "" when it can."""
    if room.service.has_real_people:
        return "real_people"
    if client.environment != "sandbox":
        return "production"
    return "" if client.is_enabled else "paused"


def _page(visit: DevVisit, client: Client) -> AnyResponse:
    reason = why_not(visit.room, client)
    form = None if reason else visit.form(f"/dev/{client.client_id}/test")
    people = tuple(Tester(one.login, one.key, one.expects) for one in PEOPLE)
    return visit.show(DevTestPage(visit.frame(client, "test"), people, form, reason))


def _begin(visit: DevVisit, client: Client) -> AnyResponse:
    room = visit.room
    person = request.form.get("person", "")
    if why_not(room, client) or person not in {one.login for one in PEOPLE}:
        raise NotMine

    def do() -> str:
        with room.database.work():
            settle_twin(room, client, visit.actor)
            room.journal.append(SignInTested(client.client_id, visit.developer.person_id), visit.actor)
        walk = Walks(room.shelf, room.sealer, room.outside).begin(client, person)
        return f"/dev/{client.client_id}/test/result?walk={walk.state}"

    try:
        response = visit.once(do)
    except Refused:
        raise NotMine from None
    state = parse_qs(urlsplit(response.headers["Location"]).query)["walk"][0]
    # Only the browser that began may end it and see how it went; the address alone opens nothing.
    response.headers["Location"] = f"/dev/{client.client_id}/test/result"
    response.set_cookie(room.cookies.name_of(COOKIE), state, max_age=int(KEPT_FOR.total_seconds()), **room.cookies.flags())
    return response


def _state_of_browser(room: DevRoom) -> str:
    return request.cookies.get(room.cookies.name_of(COOKIE), "")[:64]


def _walk(room: DevRoom, client_id: str) -> Walk | None:
    walk = Walks(room.shelf, room.sealer, room.outside).find(_state_of_browser(room))
    return walk if walk is not None and walk.client_id == client_id else None


def _come_back(room: DevRoom, client_id: str) -> AnyResponse:
    walks, walk = Walks(room.shelf, room.sealer, room.outside), _walk(room, client_id)
    client = room.clients.latest(client_id)
    # An answer that this browser did not ask for, or a second one (RFC 6749 10.12).
    if walk is None or client is None or not same(request.args.get("state", ""), walk.state) or walks.take(walk.state) is None:
        return not_here(room)
    answer = {name: values[0] for name, values in request.args.to_dict(flat=False).items() if len(values) == 1}
    walks.end(walk.state, walked(room, walk, twin_of(room.service, client), answer))
    return redirect(f"/dev/{client_id}/test/result", 303)


def _result(room: DevRoom, client_id: str) -> AnyResponse:
    state, client = _state_of_browser(room), room.clients.latest(client_id)
    walk, found = _walk(room, client_id), Walks(room.shelf, room.sealer, room.outside).result(state)
    if client is None or (walk is None and (found is None or found.client_id != client_id)):
        return not_here(room)
    view = view_of(request)
    frame = frame_of(room, client, view, "test")
    if found is None and walk is not None:
        found = stopped_on_our_page(room, walk, twin_of(room.service, client))
    if found is None:
        go = f"{room.service.issuer}/dev/{client_id}/test/go"
        page = DevRunPage(frame, "running", (), leave_url=room.service.leave(go) or go)
    else:
        page = DevRunPage(frame, "failed" if found.step else "passed", found.messages, found.step, found.cause)
    return room.screens.render(page, view)
