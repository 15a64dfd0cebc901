"""One fresh thing of every kind that we issue or a client signs, and every place that takes one of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from werkzeug.test import TestResponse

from broker.deliveries.store import Taken
from broker.foundation.jose import sign
from broker.provider.caller.client_assertion import ASSERTION_TYPE
from broker.provider.granting.device_grant import DeviceGrant
from broker.provider.granting.exchange_grant import ACCESS_TOKEN, ExchangeGrant
from broker.signals.event_tokens import EventTokens
from broker.signals.events import SESSION_REVOKED
from broker.signout.logout_token import LogoutTokens
from broker.tokens.names import Names
from broker.tokens.scopes import PERSON_SCOPES
from tests.rooms.provider.machines import EVERY_GRANT, Hand, device_begins
from tests.rooms.provider.signing import KEY, signed, signer
from tests.rooms.provider.stand import ANNA, ISSUER, Browser, RelyingParty, build
from tests.support.clock import Clock
from tests.support.dpop import Holder

CB = "https://signer.example.ru/cb"
BYE = "https://signer.example.ru/bye"


class Bench:
    """One client that can do everything, a person who is signed in, and one fresh thing of each kind when it is asked for."""

    def __init__(self, folder: Any):
        self.stand = build(folder, Clock())
        self.party = signer(
            self.stand, token_endpoint_auth_method="private_key_jwt", grant_types=EVERY_GRANT, scopes=PERSON_SCOPES,
            post_logout_redirect_uris=(BYE,), backchannel_logout_uri="https://signer.example.ru/out", first_party=True,
            userinfo_signed_response_alg="ES256",
        )  # fmt: skip
        self.holder = Holder(ISSUER, self.stand.clock.now)
        self.last: Browser | None = None
        self.session_id = ""

    def assertion(self, **changes: Any) -> str:
        now = int(self.stand.clock.now().timestamp())
        claims = {"iss": "signer", "sub": "signer", "aud": ISSUER, "iat": now, "exp": now + 60, "jti": secrets.token_hex(8)}
        return sign(claims | changes, KEY, {"alg": "ES256", "kid": "k1"})

    def post(self, path: str, fields: Mapping[str, str], **options: Any) -> TestResponse:
        proof = {"client_id": "signer", "client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion()}
        return self.party.http.post(path, base_url=ISSUER, data=proof | dict(fields), **options)

    def browser(self) -> Browser:
        self.last = self.stand.browser()
        self.session_id = self.last.sign_in().id
        return self.last

    def code(self, **changes: str) -> str:
        self.party.verifier = secrets.token_urlsafe(32)
        scope = "openid profile offline_access"
        answer = self.party.authorize(self.browser(), scope=scope, **changes)
        return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]

    def tokens(self) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "redirect_uri": CB, "code": self.code(), "code_verifier": self.party.verifier}
        answer = self.post("/token", form)
        assert 200 == answer.status_code, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    def own_token(self) -> str:
        return str(self.post("/token", {"grant_type": "client_credentials"}).get_json()["access_token"])

    def device_code(self) -> str:
        """Of a device that somebody has let in, so that only its kind decides."""
        asking = RelyingParty(self.stand, self.party.client)
        asking.post = self.post  # type: ignore[method-assign, assignment]
        begun = device_begins(asking).get_json()
        assert "/device/allowed" in Hand(self.browser()).answers(begun["user_code"], "allow").headers["Location"]
        return str(begun["device_code"])

    def taken(self, **about: str) -> Taken:
        now = self.stand.clock.now()
        found = {"person_id": ANNA, "session_id": self.session_id, "at": str(int(now.timestamp())), "by": "user"} | about
        return Taken(secrets.token_hex(16), "any", "signer", "group", found, 1, now, now + timedelta(hours=1))


def _signed_access(bench: Bench) -> str:
    bench.stand.change("signer", access_token_format="jwt")
    try:
        return str(bench.tokens()["access_token"])
    finally:
        bench.stand.change("signer", access_token_format="opaque")


def _logout_token(bench: Bench) -> str:
    bench.browser()
    rooms = bench.stand.rooms
    with bench.stand.app.app_context():
        parcel = LogoutTokens(rooms.envelopes, Names(rooms.vault), rooms.clients.find, rooms.outside).parcel(bench.taken())
    return parse_qs(parcel.body.decode())["logout_token"][0]


def _event_token(bench: Bench) -> str:
    bench.browser()
    rooms = bench.stand.rooms
    with bench.stand.app.app_context():
        made = EventTokens(rooms.envelopes, Names(rooms.vault), rooms.streams, rooms.clients.find)
        return made.token(bench.taken(event=SESSION_REVOKED))


def _introspection(bench: Bench) -> str:
    headers = {"Accept": "application/token-introspection+jwt"}
    return bench.post("/introspect", {"token": bench.tokens()["access_token"]}, headers=headers).text


def _jarm(bench: Bench) -> str:
    answer = bench.party.authorize(bench.browser(), response_mode="jwt")
    return parse_qs(urlsplit(answer.headers["Location"]).query)["response"][0]


def _userinfo(bench: Bench) -> str:
    answer = bench.party.userinfo(bench.tokens()["access_token"])
    assert "application/jwt" == answer.content_type
    return answer.text


def _object(bench: Bench) -> str:
    bench.party.verifier = secrets.token_urlsafe(32)
    return signed(bench.party)


def _session_cookie(bench: Bench) -> str:
    browser = bench.browser()
    found = browser.client.get_cookie(bench.stand.rooms.cookies.name_of("session"), domain="127.0.0.1")
    assert found is not None
    return str(found.value)


KINDS: Mapping[str, Callable[[Bench], str]] = {
    "ID token": lambda bench: str(bench.tokens()["id_token"]),
    "access token": lambda bench: str(bench.tokens()["access_token"]),
    "access token as a JWT": _signed_access,
    "access token of a client": lambda bench: bench.own_token(),
    "refresh token": lambda bench: str(bench.tokens()["refresh_token"]),
    "code": lambda bench: bench.code(),
    "device code": lambda bench: bench.device_code(),
    "pushed request": lambda bench: str(bench.post("/par", bench.party.parameters()).get_json()["request_uri"]),
    "request object": _object,
    "client assertion": lambda bench: bench.assertion(),
    "DPoP proof": lambda bench: bench.holder.proof("POST", "/token"),
    "signed response": _jarm,
    "signed UserInfo": _userinfo,
    "signed introspection": _introspection,
    "logout token": _logout_token,
    "security event token": _event_token,
    "session cookie": _session_cookie,
}


def _at_userinfo(bench: Bench, thing: str) -> bool:
    return 200 == bench.party.userinfo(thing).status_code


def _in_a_form_at_userinfo(bench: Bench, thing: str) -> bool:
    return 200 == bench.party.http.post("/userinfo", base_url=ISSUER, data={"access_token": thing}).status_code


def _introspected(bench: Bench, thing: str) -> bool:
    return bool(bench.post("/introspect", {"token": thing}).get_json().get("active"))


def _granted(grant: str, name: str, **more: str) -> Callable[[Bench, str], bool]:
    def tried(bench: Bench, thing: str) -> bool:
        return 200 == bench.post("/token", {"grant_type": grant, name: thing} | more).status_code

    return tried


def _as_a_code(bench: Bench, thing: str) -> bool:
    form = {"redirect_uri": CB, "code": thing, "code_verifier": bench.party.verifier}
    return 200 == bench.post("/token", {"grant_type": "authorization_code"} | form).status_code


def _as_an_actor(bench: Bench, thing: str) -> bool:
    subject = {"subject_token": bench.tokens()["access_token"], "subject_token_type": ACCESS_TOKEN}
    form = {"grant_type": ExchangeGrant.GRANT_TYPE, "actor_token": thing, "actor_token_type": ACCESS_TOKEN} | subject
    return 200 == bench.post("/token", form).status_code


def _as_an_assertion(bench: Bench, thing: str) -> bool:
    form = {"grant_type": "client_credentials", "client_assertion": thing}
    return 200 == bench.post("/token", form).status_code


def _as_a_proof(bench: Bench, thing: str) -> bool:
    return 200 == bench.post("/token", {"grant_type": "client_credentials"}, headers={"DPoP": thing}).status_code


def _carried(name: str) -> Callable[[Bench, str], bool]:
    def tried(bench: Bench, thing: str) -> bool:
        answer = bench.browser().get("/authorize", query_string={"client_id": "signer", name: thing})
        return "code=" in answer.headers.get("Location", "")

    return tried


def _pushed_inside(bench: Bench, thing: str) -> bool:
    return 201 == bench.post("/par", {"request": thing}).status_code


def _as_a_hint(bench: Bench, thing: str) -> bool:
    answer = bench.party.authorize(bench.browser(), prompt="none", id_token_hint=thing)
    return "code=" in answer.headers.get("Location", "")


def _at_the_exit(bench: Bench, thing: str) -> bool:
    """Whether somebody is signed out without being asked; in the browser the thing is from, so that only its kind decides."""
    browser = bench.last or bench.browser()
    browser.get("/end_session", query_string={"id_token_hint": thing, "post_logout_redirect_uri": BYE})
    return "login_required" in bench.party.authorize(browser, prompt="none").headers["Location"]


def _as_a_cookie(bench: Bench, thing: str) -> bool:
    browser = bench.stand.browser()
    browser.set_cookie("session", thing)
    return "code=" in bench.party.authorize(browser, prompt="none").headers.get("Location", "")


OPENS = frozenset({"access token", "access token as a JWT"})
PLACES: Mapping[str, tuple[Callable[[Bench, str], bool], frozenset[str]]] = {
    "the UserInfo Endpoint": (_at_userinfo, OPENS),
    "its form": (_in_a_form_at_userinfo, OPENS),
    "introspection": (_introspected, OPENS | {"access token of a client", "refresh token"}),
    "code": (_as_a_code, frozenset({"code"})),
    "refresh_token": (_granted("refresh_token", "refresh_token"), frozenset({"refresh token"})),
    "device_code": (_granted(DeviceGrant.GRANT_TYPE, "device_code"), frozenset({"device code"})),
    "subject_token": (_granted(ExchangeGrant.GRANT_TYPE, "subject_token", subject_token_type=ACCESS_TOKEN), OPENS),
    "actor_token": (_as_an_actor, frozenset({"access token of a client"})),
    "client_assertion": (_as_an_assertion, frozenset({"client assertion"})),
    "DPoP": (_as_a_proof, frozenset({"DPoP proof"})),
    "request": (_carried("request"), frozenset({"request object"})),
    "request at the push": (_pushed_inside, frozenset({"request object"})),
    "request_uri": (_carried("request_uri"), frozenset({"pushed request"})),
    "id_token_hint": (_as_a_hint, frozenset({"ID token"})),
    "id_token_hint at the exit": (_at_the_exit, frozenset({"ID token"})),
    "the cookie": (_as_a_cookie, frozenset({"session cookie"})),
}
