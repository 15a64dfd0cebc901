"""Shared Signals: a service manages its one stream, hears of people it knows and of nobody else, and fetches what waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

from broker.audit.catalogue_people import PasswordChanged, SignInPaused, SignInResumed
from broker.audit.event import SYSTEM, Actor, Event
from broker.deliveries.postman import Unwritten
from broker.signals.events import (
    ACCOUNT_DISABLED,
    ACCOUNT_ENABLED,
    CREDENTIAL_CHANGE,
    METHOD_OF,
    POLL,
    PUSH,
    SESSION_REVOKED,
    SUPPORTED,
    VERIFICATION,
)
from tests.rooms.provider.stand import ANNA, DIARY, ISSUER, OLYMP, Browser, RelyingParty, Stand

SCOPES = ("openid", "profile", "offline_access", "ssf.manage", "ssf.read")


@dataclass
class Receiver:
    """A service with a token for itself."""

    stand: Stand
    party: RelyingParty
    token: str

    def ask(self, method: str, path: str, body: Any = None, token: str | None = None, **query: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        client = self.stand.app.test_client()
        return client.open(path, method=method, json=body, headers=headers, query_string=query, base_url=ISSUER)

    def stream(self, **body: Any) -> dict[str, Any]:
        made = self.ask("POST", "/ssf/stream", {"events_requested": list(SUPPORTED)} | body)
        assert 201 == made.status_code, made.text
        found: dict[str, Any] = made.json
        return found

    def fetch(self, stream: dict[str, Any], **body: Any) -> dict[str, Any]:
        answer = self.ask("POST", stream["delivery"]["endpoint_url"].removeprefix(ISSUER), {"returnImmediately": True} | body)
        assert 200 == answer.status_code, answer.text
        found: dict[str, Any] = answer.json
        return found

    def heard(self, stream: dict[str, Any]) -> list[dict[str, Any]]:
        """Claims of everything that waits, checked with joserfc; all is acknowledged."""
        sets = self.fetch(stream)["sets"]
        keys = KeySet.import_key_set(self.stand.app.test_client().get("/jwks").json)
        found = [jwt.decode(token, keys, algorithms=["ES256", "RS256"]) for token in sets.values()]
        assert all("secevent+jwt" == token.header["typ"] for token in found)
        assert list(sets) == [token.claims["jti"] for token in found]
        self.fetch(stream, ack=list(sets), maxEvents=0)
        return [dict(token.claims) for token in found]


def receiver(stand: Stand, client_id: str, scope: str = "ssf.manage ssf.read") -> Receiver:
    stand.change(client_id, scopes=SCOPES, grant_types=("authorization_code", "refresh_token", "client_credentials"))
    party = stand.relying_party({"diary": DIARY, "olymp": OLYMP}[client_id])
    answer = party.post("/token", {"grant_type": "client_credentials", "scope": scope})
    assert 200 == answer.status_code, answer.text
    return Receiver(stand, party, answer.json["access_token"])


@pytest.fixture
def hears(stand: Stand) -> Receiver:
    return receiver(stand, "diary")


def happens(stand: Stand, event: Event, actor: Actor = SYSTEM) -> None:
    with stand.app.app_context(), stand.rooms.database.work():
        stand.rooms.journal.append(event, actor)


def test_what_the_transmitter_says_of_itself(stand: Stand) -> None:
    said = stand.app.test_client().get("/.well-known/ssf-configuration").json

    assert (ISSUER, f"{ISSUER}/jwks", "1_0") == (said["issuer"], said["jwks_uri"], said["spec_version"])
    assert ["urn:ietf:rfc:8935", "urn:ietf:rfc:8936"] == said["delivery_methods_supported"]
    assert "ALL" == said["default_subjects"]
    # Whatever is listed asks for a token.
    for name, address in said.items():
        if name.endswith("_endpoint"):
            assert 401 == stand.app.test_client().post(address.removeprefix(ISSUER), json={}).status_code


def test_an_ended_session(stand: Stand, browser: Browser, hears: Receiver) -> None:
    claims = hears.party.stand.rooms.mint
    stream = hears.stream()
    session = browser.sign_in()
    hears.party.tokens(browser)
    with stand.app.app_context():
        stand.rooms.sign_out.end_session(session.id, "sign_out", Actor("person", ANNA))

    [told] = hears.heard(stream)

    user = {"format": "iss_sub", "iss": ISSUER, "sub": claims.subject(DIARY, ANNA)}
    named = {"format": "opaque", "id": claims.session_word("diary", session.id)}
    assert {"format": "complex", "user": user, "session": named} == told["sub_id"]
    now = int(stand.clock.now().timestamp())
    assert {SESSION_REVOKED: {"event_timestamp": now, "initiating_entity": "user"}} == told["events"]
    assert (ISSUER, "diary") == (told["iss"], told["aud"])
    # No claim that would make it look like an ID token or a logout token (RFC 8417 4, OpenID SSF 1.0, 4.1).
    assert not {"sub", "exp", "nonce", "sid"} & set(told)
    assert [] == hears.heard(stream)


@pytest.mark.parametrize(
    "event, kind, described",
    [
        (PasswordChanged(ANNA), CREDENTIAL_CHANGE, {"credential_type": "password", "change_type": "update"}),
        (SignInPaused(ANNA, "security"), ACCOUNT_DISABLED, {}),
        (SignInResumed(ANNA), ACCOUNT_ENABLED, {}),
    ],
)
def test_what_happens_to_a_person(
    stand: Stand, browser: Browser, hears: Receiver, event: Event, kind: str, described: dict[str, str]
) -> None:
    stream = hears.stream()
    hears.party.tokens(browser)
    happens(stand, event)

    [told] = hears.heard(stream)

    assert {"format": "iss_sub", "iss": ISSUER, "sub": stand.rooms.mint.subject(DIARY, ANNA)} == told["sub_id"]
    assert [kind] == list(told["events"])
    assert described.items() <= told["events"][kind].items()
    # Why is nobody's business.
    assert "security" not in str(told)


def test_only_of_people_the_service_may_know(stand: Stand, browser: Browser, hears: Receiver) -> None:
    other = receiver(stand, "olymp")
    mine, theirs = hears.stream(), other.stream()
    hears.party.tokens(browser)
    # Anna has never been at the other service; Boris has been at none.
    happens(stand, PasswordChanged(ANNA))
    happens(stand, PasswordChanged("boris"))
    assert (1, []) == (len(hears.heard(mine)), other.heard(theirs))

    other.party.consent()
    other.party.tokens(browser)
    happens(stand, PasswordChanged(ANNA))
    assert 1 == len(other.heard(theirs))
    with stand.app.app_context():
        permission = stand.rooms.consents.find("olymp", ANNA)
        assert permission is not None
        stand.rooms.consents.withdraw(permission.id, ANNA, stand.rooms.journal, SYSTEM)
    happens(stand, PasswordChanged(ANNA))
    assert [] == other.heard(theirs)


def test_only_what_was_asked_for(stand: Stand, browser: Browser, hears: Receiver) -> None:
    stream = hears.stream(events_requested=[SESSION_REVOKED, "https://example.org/unknown"])
    assert [SESSION_REVOKED] == stream["events_delivered"]
    hears.party.tokens(browser)
    happens(stand, PasswordChanged(ANNA))

    assert [] == hears.heard(stream)


def test_somebody_is_left_out_and_let_in(stand: Stand, browser: Browser, hears: Receiver) -> None:
    stream = hears.stream()
    hears.party.tokens(browser)
    subject = {"format": "iss_sub", "iss": ISSUER, "sub": stand.rooms.mint.subject(DIARY, ANNA)}
    body = {"stream_id": stream["stream_id"], "subject": subject}

    assert 204 == hears.ask("POST", "/ssf/subjects/remove", body).status_code
    happens(stand, PasswordChanged(ANNA))
    assert [] == hears.heard(stream)
    assert 200 == hears.ask("POST", "/ssf/subjects/add", body).status_code
    happens(stand, PasswordChanged(ANNA))
    assert 1 == len(hears.heard(stream))
    # Whoever looks back must be able to tell why a service has heard nothing. Saying it twice changes nothing.
    assert 200 == hears.ask("POST", "/ssf/subjects/add", body).status_code
    told = [name for name in stand.events() if name.startswith("signal_stream.subject")]
    assert ["signal_stream.subject_shown", "signal_stream.subject_hidden"] == told


@pytest.mark.parametrize("delivery", [POLL, PUSH])
def test_whoever_may_hear_nothing_any_more_is_told_nothing(
    stand: Stand, browser: Browser, hears: Receiver, delivery: str
) -> None:
    way = {"method": METHOD_OF[delivery]} | ({"endpoint_url": "https://diary.example.ru/events"} if delivery == PUSH else {})
    stream = hears.stream(delivery=way)
    hears.party.tokens(browser)
    happens(stand, PasswordChanged(ANNA))
    stand.change("diary", scopes=("openid", "profile"))
    assert 403 == hears.ask("GET", "/ssf/stream").status_code

    happens(stand, PasswordChanged(ANNA))

    with stand.app.app_context():
        [waits] = stand.rooms.deliveries.waiting(stream["stream_id"], delivery, 9)
        # What was put before is not sent either.
        if delivery == PUSH:
            with pytest.raises(Unwritten, match="no_right"):
                stand.rooms.event_tokens.parcel(waits)


def test_a_name_that_nobody_has(stand: Stand, hears: Receiver) -> None:
    stream = hears.stream()
    subject = {"format": "iss_sub", "iss": ISSUER, "sub": "a\x00"}

    for path in ("/ssf/subjects/remove", "/ssf/subjects/add"):
        assert 400 == hears.ask("POST", path, {"stream_id": stream["stream_id"], "subject": subject}).status_code
    # Passed over, as every identifier that we do not know.
    assert {} == hears.fetch(stream, ack=["\x00", "x" * 999], setErrs={"\x00": {"err": "invalid_key"}})["sets"]


def test_a_paused_stream_keeps_and_a_disabled_one_forgets(stand: Stand, browser: Browser, hears: Receiver) -> None:
    stream = hears.stream()
    hears.party.tokens(browser)
    for status, kept in (("paused", 1), ("disabled", 0)):
        set_to = {"stream_id": stream["stream_id"], "status": status, "reason": "planned work"}
        assert set_to == hears.ask("POST", "/ssf/status", set_to).json
        assert set_to == hears.ask("GET", "/ssf/status", stream_id=stream["stream_id"]).json
        happens(stand, PasswordChanged(ANNA))
        assert [] == hears.heard(stream)
        hears.ask("POST", "/ssf/status", {"stream_id": stream["stream_id"], "status": "enabled"})
        assert kept == len(hears.heard(stream))


def test_what_is_not_taken_comes_again(stand: Stand, browser: Browser, hears: Receiver) -> None:
    stream = hears.stream()
    hears.party.tokens(browser)
    for _ in range(3):
        happens(stand, PasswordChanged(ANNA))
        stand.clock.advance(timedelta(seconds=1))

    first = hears.fetch(stream, maxEvents=2)
    assert (2, True) == (len(first["sets"]), first["moreAvailable"])
    assert list(first["sets"]) == list(hears.fetch(stream, maxEvents=2)["sets"])
    taken, refused = first["sets"]
    rest = hears.fetch(stream, ack=[taken, "unknown"], setErrs={refused: {"err": "invalid_key"}})
    assert (1, False) == (len(rest["sets"]), rest["moreAvailable"])
    with stand.app.app_context():
        states = {one.id: (one.state, one.trouble) for one in stand.rooms.deliveries.newest("diary", None, 9)}
    assert (("sent", ""), ("given_up", "refused")) == (states[taken], states[refused])


def test_verification(stand: Stand, hears: Receiver) -> None:
    stream = hears.stream()
    body = {"stream_id": stream["stream_id"], "state": "st-1"}

    assert [204, 429] == [hears.ask("POST", "/ssf/verify", body).status_code for _ in range(2)]

    [told] = hears.heard(stream)
    assert {VERIFICATION: {"state": "st-1"}} == told["events"]
    assert {"format": "opaque", "id": stream["stream_id"]} == told["sub_id"]
    stand.clock.advance(timedelta(seconds=61))
    assert 204 == hears.ask("POST", "/ssf/verify", body).status_code


def test_a_disabled_stream_is_not_verified(hears: Receiver) -> None:
    stream = hears.stream()
    about = {"stream_id": stream["stream_id"]}
    hears.ask("POST", "/ssf/status", about | {"status": "disabled"})

    assert 400 == hears.ask("POST", "/ssf/verify", about).status_code

    hears.ask("POST", "/ssf/status", about | {"status": "enabled"})
    assert [] == hears.heard(stream)
    assert 204 == hears.ask("POST", "/ssf/verify", about).status_code


def test_a_stream_is_made_read_changed_and_removed(hears: Receiver) -> None:
    assert [] == hears.ask("GET", "/ssf/stream").json
    push = {"method": METHOD_OF[PUSH], "endpoint_url": "https://diary.example.ru/events", "authorization_header": "Bearer x"}
    stream = hears.stream(description="Diary", delivery=push)
    stream_id = stream["stream_id"]
    # What is sent as our proof is shown to nobody.
    assert {"method", "endpoint_url"} == set(stream["delivery"])
    assert 409 == hears.ask("POST", "/ssf/stream", {}).status_code
    assert [stream] == hears.ask("GET", "/ssf/stream").json
    assert stream == hears.ask("GET", "/ssf/stream", stream_id=stream_id).json

    patched = hears.ask("PATCH", "/ssf/stream", {"stream_id": stream_id, "events_requested": [ACCOUNT_DISABLED]}).json
    assert stream | {"events_requested": [ACCOUNT_DISABLED], "events_delivered": [ACCOUNT_DISABLED]} == patched
    put = hears.ask("PUT", "/ssf/stream", {"stream_id": stream_id, "delivery": {"method": METHOD_OF[POLL]}}).json
    assert (f"{ISSUER}/ssf/poll/{stream_id}", []) == (put["delivery"]["endpoint_url"], put["events_requested"])
    assert "description" not in put

    assert 204 == hears.ask("DELETE", "/ssf/stream", stream_id=stream_id).status_code
    assert 404 == hears.ask("DELETE", "/ssf/stream", stream_id=stream_id).status_code
    told = [name.partition(".")[2] for name in hears.stand.events() if name.startswith("signal_stream")]
    assert ["removed", "changed", "changed", "made"] == told


@pytest.mark.parametrize(
    "body",
    [
        [], "x", {"events_requested": "all"}, {"events_requested": [1]}, {"delivery": "push"},
        {"delivery": {"method": "urn:ietf:rfc:9999"}}, {"delivery": {"method": METHOD_OF[PUSH]}},
        {"delivery": {"method": METHOD_OF[PUSH], "endpoint_url": "ftp://diary.example.ru/"}},
        {"delivery": {"method": METHOD_OF[PUSH], "endpoint_url": "https://a.example.ru/#x"}},
        {"delivery": {"method": METHOD_OF[PUSH], "endpoint_url": "https://a.example.ru/", "authorization_header": "a\r\nb: c"}},
        {"description": "x" * 300}, {"description": 1},
    ],
)  # fmt: skip
def test_what_is_not_sound_is_refused(hears: Receiver, body: Any) -> None:
    assert 400 == hears.ask("POST", "/ssf/stream", body).status_code


def test_what_is_ours_cannot_be_changed(hears: Receiver) -> None:
    stream = hears.stream()

    refused = hears.ask("PATCH", "/ssf/stream", {"stream_id": stream["stream_id"], "aud": "olymp"})

    assert 400 == refused.status_code
    assert "olymp" not in refused.text


def test_nobody_reaches_a_stream_of_another(stand: Stand, hears: Receiver) -> None:
    stream, other = hears.stream(), receiver(stand, "olymp")
    stream_id = stream["stream_id"]
    subject = {"format": "iss_sub", "iss": ISSUER, "sub": "x"}

    tried = [
        other.ask("GET", "/ssf/stream", stream_id=stream_id),
        other.ask("PATCH", "/ssf/stream", {"stream_id": stream_id}),
        other.ask("DELETE", "/ssf/stream", stream_id=stream_id),
        other.ask("POST", "/ssf/status", {"stream_id": stream_id, "status": "disabled"}),
        other.ask("POST", "/ssf/verify", {"stream_id": stream_id}),
        other.ask("POST", "/ssf/subjects/remove", {"stream_id": stream_id, "subject": subject}),
        other.ask("POST", f"/ssf/poll/{stream_id}", {}),
    ]

    assert [404] * len(tried) == [answer.status_code for answer in tried]
    assert [] == other.ask("GET", "/ssf/stream").json


def test_only_a_token_of_the_service_itself_opens(stand: Stand, browser: Browser, hears: Receiver) -> None:
    reads = receiver(stand, "diary", "ssf.read")
    of_anna = hears.party.tokens(browser)["access_token"]

    assert 403 == reads.ask("POST", "/ssf/stream", {}).status_code
    assert 200 == reads.ask("GET", "/ssf/stream").status_code
    assert 403 == hears.ask("GET", "/ssf/stream", token=of_anna).status_code
    refused = hears.ask("GET", "/ssf/stream", token="nonsense")
    assert (401, True) == (refused.status_code, 'error="invalid_token"' in refused.headers["WWW-Authenticate"])
    # Taken from the client, the scope is worth nothing in tokens that are about already.
    stand.change("diary", scopes=tuple(scope for scope in SCOPES if scope != "ssf.manage"))
    assert 403 == hears.ask("POST", "/ssf/stream", {}).status_code


def test_a_long_poll_answers_at_once(hears: Receiver) -> None:
    """The time-out of a long poll is for the two sides to agree on (RFC 8936 2.2); ours is zero, and no worker is held by one."""
    stream = hears.stream()

    assert {"sets": {}, "moreAvailable": False} == hears.fetch(stream, returnImmediately=False)
