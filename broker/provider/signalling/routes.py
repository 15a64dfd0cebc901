"""The addresses of Shared Signals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, jsonify, request

from broker.provider.caller.sender import Sender
from broker.provider.documents import DISCOVERY_MAX_AGE, Document
from broker.provider.rooms import ProviderRooms
from broker.provider.signalling.desk import HasStream, NoStream, StreamDesk, TooSoon
from broker.provider.signalling.reading import BadInput, body_of, polled_in, status_in, subject_in, text_in
from broker.provider.token_use.bearer import challenges, token_in_header
from broker.provider.wire import refusal
from broker.signals.events import METHOD_OF
from broker.tokens.sealed import BadToken

CONFIGURATION_PATH = "/.well-known/ssf-configuration"
ENDPOINTS: Mapping[str, str] = {
    "configuration_endpoint": "/ssf/stream",
    "status_endpoint": "/ssf/status",
    "add_subject_endpoint": "/ssf/subjects/add",
    "remove_subject_endpoint": "/ssf/subjects/remove",
    "verification_endpoint": "/ssf/verify",
}
POLL_PATH = "/ssf/poll/"
MANAGE, READ = "ssf.manage", "ssf.read"

View = Callable[[str], tuple[object, int]]


def configuration_of(issuer: str, jwks_path: str) -> dict[str, object]:
    """The metadata of the transmitter (OpenID SSF 1.0, 7.1)."""
    return {
        "spec_version": "1_0",
        "issuer": issuer,
        "jwks_uri": issuer + jwks_path,
        "delivery_methods_supported": list(METHOD_OF.values()),
        **{name: issuer + path for name, path in ENDPOINTS.items()},
        "authorization_schemes": [{"spec_urn": "urn:ietf:rfc:6749"}],
        "default_subjects": "ALL",
    }


class SignalDoor:
    """Lets services in by an access token that they got for themselves, and answers in JSON."""

    def __init__(self, rooms: ProviderRooms, sender: Sender):
        self._rooms = rooms
        self._sender = sender

    def answer(self, scopes: tuple[str, ...], view: View) -> Response:
        """What `view` says to the client of the token, or why not (OpenID SSF 1.0, 8; RFC 6750 3)."""
        scheme = None
        try:
            shown = token_in_header(request)
            scheme = shown.scheme
            living = self._rooms.living.read(shown.token)
            if not living.access.is_for(self._rooms.settings.issuer, self._rooms.settings.issuer):
                raise BadToken("not for us")
            self._sender.require(living.access, shown, request, living.client)
            if not living.access.is_of_client or not set(scopes) & set(living.access.scopes) & set(living.client.scopes):
                raise refusal("insufficient_scope", "the token is not for this", 403)
            return _said(*view(living.client.client_id))
        except BadToken:
            return _refused(refusal("invalid_token", "the access token is not valid", 401), scheme)
        except OAuth2Error as error:
            return _refused(error, scheme)
        except BadInput as problem:
            return _said({"err": "invalid_request", "description": problem.reason}, 400)
        except NoStream:
            return _said({"err": "not_found", "description": "there is no such stream"}, 404)
        except HasStream:
            return _said({"err": "conflict", "description": "there is a stream already"}, 409)
        except TooSoon:
            return _said({"err": "too_many", "description": "it was verified a moment ago"}, 429)


def signal_routes(blueprint: Blueprint, rooms: ProviderRooms, sender: Sender, jwks_path: str) -> None:
    """Hang the addresses in."""
    issuer, door = rooms.settings.issuer, SignalDoor(rooms, sender)
    desk = StreamDesk(
        issuer=issuer, poll_url=issuer + POLL_PATH, database=rooms.database, journal=rooms.journal, outside=rooms.outside,
        shelf=rooms.shelf, queue=rooms.deliveries, streams=rooms.streams, event_tokens=rooms.event_tokens,
    )  # fmt: skip
    metadata = Document(lambda: configuration_of(issuer, jwks_path), DISCOVERY_MAX_AGE)

    @blueprint.get(CONFIGURATION_PATH)
    def ssf_configuration() -> Response:
        return metadata.answer(request)

    @blueprint.route(ENDPOINTS["configuration_endpoint"], methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def ssf_stream() -> Response:
        reads = request.method in ("GET", "HEAD")
        return door.answer((READ, MANAGE) if reads else (MANAGE,), lambda client_id: _stream(desk, client_id))

    @blueprint.route(ENDPOINTS["status_endpoint"], methods=["GET", "POST"])
    def ssf_status() -> Response:
        return door.answer((MANAGE,) if request.method == "POST" else (READ, MANAGE), lambda client_id: _status(desk, client_id))

    _add_subjects(blueprint, door, desk)

    @blueprint.post(ENDPOINTS["verification_endpoint"])
    def ssf_verify() -> Response:
        return door.answer((MANAGE,), lambda client_id: _verify(desk, client_id))

    @blueprint.post(POLL_PATH + "<stream_id>")
    def ssf_poll(stream_id: str) -> Response:
        return door.answer(
            (READ, MANAGE), lambda client_id: (desk.fetch(client_id, stream_id, polled_in(body_of(request))), 200)
        )


def _add_subjects(blueprint: Blueprint, door: SignalDoor, desk: StreamDesk) -> None:
    def subject(client_id: str, status: int, *, is_told: bool) -> tuple[object, int]:
        body = body_of(request)
        desk.set_subject(client_id, body.get("stream_id"), subject_in(body, desk.issuer), is_told=is_told)
        return None, status

    @blueprint.post(ENDPOINTS["add_subject_endpoint"])
    def ssf_add_subject() -> Response:
        return door.answer((MANAGE,), lambda client_id: subject(client_id, 200, is_told=True))

    @blueprint.post(ENDPOINTS["remove_subject_endpoint"])
    def ssf_remove_subject() -> Response:
        return door.answer((MANAGE,), lambda client_id: subject(client_id, 204, is_told=False))


def _stream(desk: StreamDesk, client_id: str) -> tuple[object, int]:
    if request.method == "POST":
        return desk.described(desk.create(client_id, body_of(request))), 201
    if request.method in ("PUT", "PATCH"):
        return desk.described(desk.change(client_id, body_of(request), is_whole=request.method == "PUT")), 200
    named = request.args.get("stream_id")
    if request.method == "DELETE":
        desk.remove(client_id, named)
        return None, 204
    if named is not None:
        return desk.described(desk.get(client_id, named)), 200
    found = desk.find(client_id)
    return [desk.described(found)] if found is not None else [], 200


def _status(desk: StreamDesk, client_id: str) -> tuple[object, int]:
    if request.method == "POST":
        body = body_of(request)
        stream = desk.set_status(client_id, body.get("stream_id"), status_in(body))
    else:
        stream = desk.get(client_id, request.args.get("stream_id"))
    said = {"stream_id": stream.id, "status": stream.status}
    return said | ({"reason": stream.reason} if stream.reason else {}), 200


def _verify(desk: StreamDesk, client_id: str) -> tuple[object, int]:
    body = body_of(request)
    desk.verify(client_id, body.get("stream_id"), text_in(body, "state", 1000))
    return None, 204


def _said(body: Any, status: int) -> Response:
    answer = Response(status=status) if body is None else jsonify(body)
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _refused(error: OAuth2Error, scheme: str | None) -> Response:
    answer = _said({"err": "access_denied" if error.status_code == 403 else "authentication_failed"}, error.status_code or 400)
    for challenge in challenges(error, scheme):
        answer.headers.add("WWW-Authenticate", challenge)
    return answer
