"""The JSON interface of a stand's developers: systems, token keys, the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import NotFound

from broker.mock_esia.console.system_fields import certificate_from, described, read_system
from broker.mock_esia.oauth.registry import RegisteredClient
from broker.mock_esia.stand import Stand
from broker.mock_esia.tokens.key import thumbprint


def api_routes(stand: Stand) -> Blueprint:
    """/api/systems, /api/keys and /api/log."""
    routes = Blueprint("api", __name__, url_prefix="/api")
    _add_systems(routes, stand)
    _add_keys(routes, stand)
    _add_log(routes, stand)

    @routes.errorhandler(ValueError)
    def wrong(error: ValueError) -> Response:
        return _json({"error": str(error)}, 400)

    @routes.errorhandler(NotFound)
    def missing(_: NotFound) -> Response:
        return _json({"error": "there is no such system, certificate or act"}, 404)

    return routes


def require_system(stand: Stand, mnemonic: str) -> RegisteredClient:
    """Raises NotFound."""
    found = stand.registry.find(mnemonic)
    if found is None:
        raise NotFound
    return found


def with_certificate(stand: Stand, mnemonic: str, unverified: object) -> RegisteredClient:
    """Add a certificate to a system. Raises ValueError for one that cannot be used."""
    client = require_system(stand, mnemonic).client
    der = certificate_from("certificate", unverified)
    if der in client.certificates:
        return require_system(stand, mnemonic)
    return stand.registry.put(replace(client, certificates=(*client.certificates, der)))


def without_certificate(stand: Stand, mnemonic: str, certificate_hash: str) -> RegisteredClient:
    """Take a certificate away. Raises NotFound for one that is not there, ValueError for the last one."""
    registered = require_system(stand, mnemonic)
    if certificate_hash not in registered.certificates:
        raise NotFound
    kept = tuple(der for der in registered.client.certificates if der != registered.certificates[certificate_hash].der)
    return stand.registry.put(replace(registered.client, certificates=kept))


def _add_systems(routes: Blueprint, stand: Stand) -> None:
    @routes.get("/systems")
    def systems() -> Response:
        return jsonify(systems=[described(client) for client in stand.registry.everybody()])

    @routes.post("/systems")
    def register() -> Response:
        client = read_system(request.get_json(silent=True), None)
        if stand.registry.find(client.mnemonic):
            return _json({"error": "this mnemonic is registered already; PATCH it"}, 409)
        return _json(described(stand.registry.put(client)), 201)

    @routes.get("/systems/<mnemonic>")
    def one(mnemonic: str) -> Response:
        return jsonify(described(require_system(stand, mnemonic)))

    @routes.patch("/systems/<mnemonic>")
    def change(mnemonic: str) -> Response:
        before = require_system(stand, mnemonic).client
        return jsonify(described(stand.registry.put(read_system(request.get_json(silent=True), before))))

    @routes.delete("/systems/<mnemonic>")
    def remove(mnemonic: str) -> Response:
        require_system(stand, mnemonic)
        stand.registry.remove(mnemonic)
        return Response(status=204)

    @routes.post("/systems/<mnemonic>/certificates")
    def add_certificate(mnemonic: str) -> Response:
        body = request.get_json(silent=True)
        sent = body.get("certificate") if isinstance(body, dict) else None
        return _json(described(with_certificate(stand, mnemonic, sent)), 201)

    @routes.delete("/systems/<mnemonic>/certificates/<certificate_hash>")
    def remove_certificate(mnemonic: str, certificate_hash: str) -> Response:
        return jsonify(described(without_certificate(stand, mnemonic, certificate_hash)))


def key_acts(stand: Stand) -> dict[str, Callable[[], None]]:
    """What can be done to the keys of tokens, by name."""
    ring = stand.mint.ring
    return {"announce": ring.announce, "switch": ring.switch, "retire": ring.retire}


def described_keys(stand: Stand) -> list[dict[str, str]]:
    """The published certificates; `state` is current, next, old or expired."""
    return [
        {"alg": published.key.alg, "state": published.state, "thumbprint": thumbprint(published.key)}
        for published in stand.mint.ring.published()
    ]


def _add_keys(routes: Blueprint, stand: Stand) -> None:
    @routes.get("/keys")
    def keys() -> Response:
        return jsonify(keys=described_keys(stand))

    @routes.post("/keys/<act>")
    def act_on_keys(act: str) -> Response:
        acts = key_acts(stand)
        if act not in acts:
            raise NotFound
        acts[act]()
        return jsonify(keys=described_keys(stand))


def _add_log(routes: Blueprint, stand: Stand) -> None:
    @routes.get("/log")
    def log() -> Response:
        return jsonify(requests=[entry.as_json() for entry in stand.journal.entries(request.args.get("client"))])

    @routes.delete("/log")
    def forget() -> Response:
        stand.journal.clear()
        return Response(status=204)


def _json(body: object, status: int) -> Response:
    answer = jsonify(body)
    answer.status_code = status
    return answer
