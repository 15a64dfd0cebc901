"""What the stand shows without any request: its people, its front page, the way out."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from broker.mock_esia.accounts.people import Person
from broker.mock_esia.oauth.browser_session import end, find_session
from broker.mock_esia.oauth.refusals import EsiaRefusal
from broker.mock_esia.oauth.returns import told
from broker.mock_esia.pages import page, refusal_page
from broker.mock_esia.stand import Stand


def open_routes(stand: Stand) -> Blueprint:
    """Front page, the way back in, people.json, sign-out."""
    routes = Blueprint("open", __name__)

    @routes.get("/")
    def front() -> Response:
        return page("front.html", session=find_session(stand), everybody=stand.people.by_login.values())

    @routes.get("/login/recovery")
    def recovery() -> Response:
        # Of the real one only the address is played: nobody here has a password of their own to lose.
        return page("recovery.html", everybody=stand.people.by_login.values())

    @routes.get("/people.json")
    def people() -> Response:
        everybody = stand.people.by_login.values()
        return jsonify(
            people=[described(person) for person in everybody if person.expect],
            also=[described(person) for person in everybody if not person.expect],
        )

    @routes.post("/logout")
    def leave() -> Response:
        return end(stand, redirect(url_for("open.front"), code=303))

    @routes.get("/idp/ext/Logout")
    def logout() -> Response:
        return end(stand, _after_logout(stand))

    return routes


def _after_logout(stand: Stand) -> Response:
    """Back to an address that the client registered, else a page of ours. The session ends in every case."""
    address, mnemonic = request.args.get("redirect_url", ""), request.args.get("client_id", "")
    if not address:
        return page("signed_out.html")
    try:
        if not stand.registry.get(mnemonic).allows_return(address):
            raise EsiaRefusal("007023")
    except EsiaRefusal as refusal:
        told(refusal)
        return refusal_page(refusal)
    return redirect(address, code=302)


def described(person: Person) -> dict[str, object]:
    """One entry of people.json: how to sign in as this person, and what happens then in the demo diary today."""
    return {
        "login": person.login,
        "password": person.password,
        "oid": person.oid,
        "surname": person.surname,
        "name": person.name,
        "patronymic": person.patronymic,
        "birth_date": person.birth_date.isoformat(),
        "level": person.level.value,
        "region": person.region,
        "card": person.card,
        "decision": person.decision,
        "expect": asdict(person.expect) if person.expect else None,
        "note": person.note,
    }
