"""/api/people: accounts and consents by JSON, for tests that need somebody changed between two sign-ins."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import NotFound

from broker.mock_esia.accounts.account_fields import changed, described_account, read_changes, read_login
from broker.mock_esia.accounts.people import EVERYBODYS_PASSWORD, Level, Person
from broker.mock_esia.stand import Stand

_ZONE = ZoneInfo("Europe/Moscow")
_NEEDED = ("surname", "name", "birth_date", "sex")


def people_api(stand: Stand) -> Blueprint:
    """Accounts: list, register, read, change, put back. Consents: list, withdraw."""
    routes = Blueprint("people_api", __name__, url_prefix="/api/people")
    _add_accounts(routes, stand)
    _add_restoring(routes, stand)
    _add_consents(routes, stand)

    @routes.errorhandler(ValueError)
    def wrong(error: ValueError) -> Response:
        return _json({"error": str(error)}, 400)

    @routes.errorhandler(KeyError)
    @routes.errorhandler(NotFound)
    def missing(_: Exception) -> Response:
        return _json({"error": "there is no such account or consent"}, 404)

    return routes


def _add_accounts(routes: Blueprint, stand: Stand) -> None:
    @routes.get("")
    def everybody() -> Response:
        return jsonify(people=[described_account(person) for person in stand.people.by_login.values()])

    @routes.post("")
    def register() -> Response:
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            raise ValueError("send a JSON object")
        login = read_login(body.pop("login", None))
        return _json(described_account(registered(stand, login, body)), 201)

    @routes.get("/<login>")
    def one(login: str) -> Response:
        return jsonify(described_account(stand.people.by_login[login]))

    @routes.patch("/<login>")
    def change(login: str) -> Response:
        changes = read_changes(request.get_json(silent=True), stand.now().astimezone(_ZONE).date())
        _require_known(stand, changes)
        return jsonify(described_account(stand.people.change(login, lambda person: changed(person, changes))))


def _add_restoring(routes: Blueprint, stand: Stand) -> None:
    @routes.post("/restore")
    def restore_all() -> Response:
        made_later = [person for person in stand.people.by_login.values() if not stand.people.was_at_start(person.login)]
        stand.people.restore_all()
        for person in made_later:
            stand.memory.forget_person(person.oid)
        return Response(status=204)

    @routes.post("/<login>/restore")
    def restore(login: str) -> Response:
        oid = stand.people.by_login[login].oid
        before = stand.people.restore(login)
        if before is None:
            stand.memory.forget_person(oid)
            return Response(status=204)
        return jsonify(described_account(before))


def _add_consents(routes: Blueprint, stand: Stand) -> None:
    @routes.get("/<login>/consents")
    def consents(login: str) -> Response:
        given = stand.memory.consents.of(stand.people.by_login[login].oid)
        return jsonify(
            consents=[
                {"client": one.client, "scopes": sorted(one.scopes), "given_at": one.given_at.isoformat()} for one in given
            ]
        )

    @routes.delete("/<login>/consents/<client>")
    def withdraw(login: str, client: str) -> Response:
        if not stand.memory.withdraw(stand.people.by_login[login].oid, client):
            raise NotFound
        return Response(status=204)

    @routes.delete("/<login>/consents")
    def withdraw_all(login: str) -> Response:
        oid = stand.people.by_login[login].oid
        for one in stand.memory.consents.of(oid):
            stand.memory.withdraw(oid, one.client)
        return Response(status=204)


def registered(stand: Stand, login: str, unverified: object) -> Person:
    """A new account, simplified unless the fields say otherwise; every password here is `demo`. Raises ValueError."""
    changes = read_changes(unverified, stand.now().astimezone(_ZONE).date())
    missing = [name for name in _NEEDED if name not in changes]
    if missing:
        raise ValueError("fields are missing: " + ", ".join(missing))
    _require_known(stand, changes)
    fields = {"level": Level.SIMPLIFIED, "password": EVERYBODYS_PASSWORD, "login": login, **changes}
    return stand.people.add(lambda oid: changed(Person(oid=oid, **fields), {}))


def _require_known(stand: Stand, changes: dict[str, object]) -> None:
    """Children and employers must be there. Raises ValueError."""
    kids, jobs = changes.get("kids", ()), changes.get("jobs", ())
    if isinstance(kids, tuple) and not set(kids) <= set(stand.people.by_login):
        raise ValueError("kids: one of them has no account here")
    if isinstance(jobs, tuple) and not {job.organisation for job in jobs} <= set(stand.people.organisations):
        raise ValueError("jobs: one of the organisations is not there")


def _json(body: object, status: int) -> Response:
    answer = jsonify(body)
    answer.status_code = status
    return answer
