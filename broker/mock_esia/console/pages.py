"""The pages of a stand's developers: /console/tech as the technological portal, and pages for faults, keys and the journal."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from broker.mock_esia.console.api import (
    described_keys,
    key_acts,
    require_system,
    with_certificate,
    without_certificate,
)
from broker.mock_esia.console.system_fields import read_system
from broker.mock_esia.faults.board import read_fault
from broker.mock_esia.faults.kinds import ENDPOINTS, KINDS
from broker.mock_esia.oauth.scopes import ORG_SCOPES, SCOPE_LABELS
from broker.mock_esia.pages import page
from broker.mock_esia.stand import Stand
from broker.mock_esia.tokens.key import GOST, RS256

_SWITCHES = ("v1", "rsa", "legacy_tokens", "active")
_STRICT = ("unpadded_only", "any_state", "checks_after_login")


def console_routes(stand: Stand) -> Blueprint:
    """All pages below /console."""
    routes = Blueprint("console", __name__, url_prefix="/console")
    _add_systems(routes, stand)
    _add_certificates(routes, stand)
    _add_faults(routes, stand)
    _add_rest(routes, stand)

    @routes.errorhandler(ValueError)
    def wrong(error: ValueError) -> Response:
        return page("console/wrong.html", 400, sentence=str(error))

    return routes


def _lines(name: str) -> list[str]:
    return [line.strip() for line in request.form.get(name, "").splitlines() if line.strip()]


def _add_systems(routes: Blueprint, stand: Stand) -> None:
    @routes.get("/tech")
    def systems() -> Response:
        return page("console/systems.html", systems=stand.registry.everybody(), algs=(RS256, GOST))

    @routes.post("/tech")
    def register() -> Response:
        asked = {
            "mnemonic": request.form.get("mnemonic", ""),
            "certificates": [request.form.get("certificate", "")],
            "redirect_uris": _lines("redirect_uris"),
            "alg": request.form.get("alg", RS256),
        }
        made = read_system(asked, None)
        if stand.registry.find(made.mnemonic):
            raise ValueError("this mnemonic is registered already")
        stand.registry.put(made)
        return redirect(url_for("console.system", mnemonic=made.mnemonic), code=303)

    @routes.get("/tech/<mnemonic>")
    def system(mnemonic: str) -> Response:
        return page(
            "console/system.html", system=require_system(stand, mnemonic), algs=(RS256, GOST), scopes=SCOPE_LABELS,
            org_scopes=sorted(ORG_SCOPES),
        )  # fmt: skip

    @routes.post("/tech/<mnemonic>")
    def change(mnemonic: str) -> Response:
        before = require_system(stand, mnemonic).client
        stand.registry.put(read_system(_asked_change(), before))
        return redirect(url_for("console.system", mnemonic=mnemonic), code=303)

    @routes.post("/tech/<mnemonic>/remove")
    def remove(mnemonic: str) -> Response:
        stand.registry.remove(mnemonic)
        return redirect(url_for("console.systems"), code=303)


def _asked_change() -> dict[str, object]:
    """Every field of the form; a box that is not ticked is not sent."""
    form = request.form
    window = form.get("timestamp_window_seconds", "").strip()
    if window and not window.isdecimal():
        raise ValueError("the window of time is a whole number of seconds")
    return {
        "redirect_uris": _lines("redirect_uris"),
        "scopes": form.getlist("scopes"),
        "org_scopes": form.getlist("org_scopes"),
        "alg": form.get("alg", RS256),
        **{name: name in form for name in _SWITCHES},
        "strictness": {
            **{name: name in form for name in _STRICT},
            "timestamp_window_seconds": int(window[:9]) if window else None,
        },
    }


def _add_certificates(routes: Blueprint, stand: Stand) -> None:
    @routes.post("/tech/<mnemonic>/certificates")
    def add_certificate(mnemonic: str) -> Response:
        with_certificate(stand, mnemonic, request.form.get("certificate", ""))
        return redirect(url_for("console.system", mnemonic=mnemonic), code=303)

    @routes.post("/tech/<mnemonic>/certificates/<certificate_hash>/remove")
    def remove_certificate(mnemonic: str, certificate_hash: str) -> Response:
        without_certificate(stand, mnemonic, certificate_hash)
        return redirect(url_for("console.system", mnemonic=mnemonic), code=303)


def _add_faults(routes: Blueprint, stand: Stand) -> None:
    @routes.get("/faults")
    def faults() -> Response:
        return page("console/faults.html", armed=stand.faults.armed(), kinds=KINDS, endpoints=ENDPOINTS)

    @routes.post("/faults")
    def arm() -> Response:
        endpoint, _, name = request.form.get("fault", "").partition(" ")
        times, seconds = request.form.get("times", "1"), request.form.get("seconds", "12")
        if not times.isdecimal() or not seconds.isdecimal():
            raise ValueError("times and seconds are whole numbers")
        asked: dict[str, object] = {"endpoint": endpoint, "fault": name, "times": int(times[:9]), "seconds": int(seconds[:9])}
        for optional in ("client", "code"):
            if typed := request.form.get(optional, "").strip():
                asked[optional] = typed
        stand.faults.arm(*read_fault(asked))
        return redirect(url_for("console.faults"), code=303)

    @routes.post("/faults/clear")
    def clear_faults() -> Response:
        stand.faults.clear()
        return redirect(url_for("console.faults"), code=303)


def _add_rest(routes: Blueprint, stand: Stand) -> None:
    @routes.get("/log")
    def log() -> Response:
        return page("console/log.html", entries=stand.journal.entries(request.args.get("client")))

    @routes.get("/keys")
    def keys() -> Response:
        return page("console/keys.html", keys=described_keys(stand))

    @routes.post("/keys")
    def act_on_keys() -> Response:
        act = key_acts(stand).get(request.form.get("act", ""))
        if act is None:
            raise NotFound
        act()
        return redirect(url_for("console.keys"), code=303)
