"""A stolen key: disbelieved at once, its sessions ended step by step, services told, and seen who has not answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from broker.audit.catalogue import ClientChanged
from broker.audit.event import Actor
from broker.audit.search_store import Search
from broker.custody import fallout as fallout_module
from broker.custody.emergency import Emergency, Hands, NotTyped
from broker.custody.fallout import Fallout, Reach
from broker.custody.key_office import KeyTools, open_key_office
from broker.custody.settings import CustodySettings
from broker.custody.two_people import NotConfirmed, TwoPeople
from keys.settings import KeySettings
from keys.signing.key import Family, KeyInfo, KeyState
from keys.signing.lifecycle import MoveRefused
from keys.signing.rotation import UnknownKey
from keys.vault import Vault, open_vault
from tests.rooms.provider.stand import DIARY, MASTER_KEY, OLYMP, Browser, RelyingParty, Stand, build
from tests.support.clock import Clock

OPERATOR = Actor("cli", "root")
LAG = timedelta(seconds=20)
LOGOUT = "https://diary.example.ru/logout"


@dataclass
class Danger:
    """A provider at work, and the emergency beside it."""

    stand: Stand
    emergency: Emergency
    fallout: Fallout
    alarms: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def signer(self, family: Family = Family.P256) -> KeyInfo:
        keys = self.stand.rooms.vault.keeper.all()
        return next(key for key in keys if (key.family, key.state, key.use.value) == (family, KeyState.SIGNING, "tokens"))

    def revoke(self, kid: str) -> None:
        """By two people."""
        with self.stand.app.app_context():
            request = self.emergency.ask(kid, kid, "stolen", "officer-1")
            self.emergency.confirm(request.id, "officer-2")

    def carry_out(self) -> int:
        """Every step of what follows; how many."""
        with self.stand.app.app_context():
            return sum(1 for _ in range(100) if self.fallout.step())

    def told(self, name: str) -> list[Mapping[str, object]]:
        with self.stand.app.app_context():
            return [entry.fields for entry in self.stand.rooms.journal.tail(500) if entry.name == name]


@pytest.fixture
def danger(tmp_path: Path, clock: Clock) -> Iterator[Danger]:
    stand = build(tmp_path, clock)
    stand.change(DIARY.client_id, access_token_format="jwt", backchannel_logout_uri=LOGOUT)
    rooms, alarms = stand.rooms, []

    def alarm(kind: str, variables: Mapping[str, str]) -> int:
        alarms.append((kind, variables))
        return 2

    tools = KeyTools(rooms.database, rooms.vault, rooms.journal, rooms.outside, rooms.clients.find)
    office = open_key_office(tools, CustodySettings())
    reach = Reach(rooms.clients.all, Search(rooms.database, rooms.journal), LAG)
    fallout = Fallout(rooms.database, rooms.journal, rooms.sign_out, reach, rooms.outside.now)
    two = TwoPeople(rooms.database, rooms.journal, rooms.outside, str.__eq__, lambda _person_id: True)
    hands = Hands(rooms.database, rooms.journal, rooms.vault.keeper, office.moves, fallout, rooms.deliveries, alarm)
    yield Danger(stand, Emergency(two, hands), fallout, alarms)
    rooms.database.close()


@pytest.fixture
def diary(danger: Danger) -> RelyingParty:
    return danger.stand.relying_party()


def _signed_in(danger: Danger) -> Browser:
    browser = danger.stand.browser()
    browser.sign_in()
    danger.stand.clock.advance(timedelta(seconds=1))
    return browser


def _is_active(diary: RelyingParty, token: str) -> bool:
    return bool(diary.post("/introspect", {"token": token}).json["active"])


def _published(danger: Danger) -> set[str]:
    return {key["kid"] for key in danger.stand.app.test_client().get("/jwks", base_url="http://127.0.0.1:8000").json["keys"]}


def test_tokens_of_a_revoked_key_are_worth_nothing_at_once(danger: Danger, diary: RelyingParty) -> None:
    tokens, stolen = diary.tokens(_signed_in(danger)), danger.signer()
    assert _is_active(diary, tokens["access_token"])
    assert 200 == diary.userinfo(tokens["access_token"]).status_code

    danger.revoke(stolen.kid)

    # Nobody has carried out anything yet: the signature alone is not believed any more.
    assert not _is_active(diary, tokens["access_token"])
    assert 401 == diary.userinfo(tokens["access_token"]).status_code
    assert stolen.kid not in _published(danger)
    assert danger.signer().kid in _published(danger)
    assert stolen.kid != danger.signer().kid


def test_another_process_follows_within_its_next_reading(danger: Danger, diary: RelyingParty, tmp_path: Path) -> None:
    token, stolen = diary.tokens(_signed_in(danger))["id_token"], danger.signer()
    rooms, settings = danger.stand.rooms, KeySettings(master_key_file=str(tmp_path / MASTER_KEY))
    elsewhere: Vault = open_vault(settings, rooms.database, rooms.outside)
    with danger.stand.app.app_context():
        elsewhere.ring.verify(token)
    danger.revoke(stolen.kid)
    danger.stand.clock.advance(settings.reload_every)

    with danger.stand.app.app_context(), pytest.raises(Exception, match="no key of ours"):
        elsewhere.ring.verify(token)


def test_sessions_it_signed_in_end_and_services_are_told(danger: Danger, diary: RelyingParty) -> None:
    browser = _signed_in(danger)
    tokens, stolen = diary.tokens(browser), danger.signer()
    with danger.stand.app.app_context():
        before = danger.emergency.consequences(stolen.kid)
    assert (1, 1) == (before.sessions, before.people)
    assert DIARY.client_id in before.services
    assert OLYMP.client_id not in before.services

    danger.revoke(stolen.kid)
    danger.stand.clock.advance(timedelta(minutes=1))
    assert danger.carry_out() >= 1

    assert "invalid_grant" == diary.refresh(tokens["refresh_token"]).json["error"]
    assert {"key_revoked"} == {str(fields["cause"]) for fields in danger.told("session.ended")}
    assert [{"kid": stolen.kid, "sessions": 1}] == [dict(fields) for fields in danger.told("key.fallout_ended")]
    with danger.stand.app.app_context():
        after = danger.emergency.aftermath()[0]
    assert [(DIARY.client_id, 1)] == [(one.client_id, one.deliveries) for one in after.unanswered]
    assert 1 == after.fallout.sessions
    assert after.fallout.ended_at is not None
    # And with the new key people come back in.
    assert diary.tokens(_signed_in(danger))["id_token"]


def test_sessions_of_other_keys_go_on(danger: Danger) -> None:
    olymp = danger.stand.relying_party(OLYMP)
    olymp.consent()
    tokens = olymp.tokens(_signed_in(danger))

    danger.revoke(danger.signer(Family.P256).kid)
    danger.carry_out()
    danger.stand.clock.advance(LAG)
    danger.carry_out()

    assert 200 == olymp.refresh(tokens["refresh_token"]).status_code


def test_whom_a_process_signed_in_that_had_not_heard_of_it_is_signed_out_too(danger: Danger, diary: RelyingParty) -> None:
    """The other process reads its keys anew within `reload_every`; until then it signs with the stolen one."""
    stolen = danger.signer()
    diary.tokens(_signed_in(danger))
    danger.revoke(stolen.kid)
    danger.carry_out()
    assert [] == danger.told("key.fallout_ended"), "not over while it may still be used"

    danger.stand.clock.advance(LAG - timedelta(seconds=2))
    late = diary.tokens(_signed_in(danger))
    assert 0 == danger.carry_out()
    danger.stand.clock.advance(timedelta(seconds=1))
    after = diary.tokens(_signed_in(danger))
    danger.carry_out()

    assert "invalid_grant" == diary.refresh(late["refresh_token"]).json["error"]
    assert 200 == diary.refresh(after["refresh_token"]).status_code
    assert [{"kid": stolen.kid, "sessions": 2}] == [dict(fields) for fields in danger.told("key.fallout_ended")]


def test_a_service_that_has_changed_its_algorithm_since_is_concerned(danger: Danger, diary: RelyingParty) -> None:
    tokens, stolen = diary.tokens(_signed_in(danger)), danger.signer()
    rooms = danger.stand.rooms
    danger.stand.change(
        DIARY.client_id, id_token_signed_response_alg="RS256", userinfo_signed_response_alg="RS256",
        introspection_signed_response_alg="RS256", authorization_signed_response_alg="RS256",
    )  # fmt: skip
    with danger.stand.app.app_context():
        assert DIARY.client_id not in danger.emergency.consequences(stolen.kid).services
        with rooms.database.work():
            rooms.journal.append(ClientChanged(DIARY.client_id), OPERATOR)
        assert DIARY.client_id in danger.emergency.consequences(stolen.kid).services

    danger.revoke(stolen.kid)
    danger.carry_out()
    assert "invalid_grant" == diary.refresh(tokens["refresh_token"]).json["error"]


def test_many_sessions_end_in_steps_and_a_killed_worker_loses_none(
    danger: Danger, diary: RelyingParty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fallout_module, "_STEP", 2)
    for _ in range(5):
        diary.tokens(_signed_in(danger))
    danger.revoke(danger.signer().kid)

    class Killed(BaseException):
        pass

    store, steps = danger.fallout._store, []
    real = store.step

    def dies(*said: object) -> bool:
        steps.append(said)
        if len(steps) == 2:
            raise Killed
        return real(*said)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "step", dies)
    with danger.stand.app.app_context():
        assert danger.fallout.step()
        with pytest.raises(Killed):
            danger.fallout.step()
    assert 2 == len(danger.told("session.ended"))
    danger.carry_out()
    danger.stand.clock.advance(LAG)
    danger.carry_out()

    assert 5 == len(danger.told("session.ended"))
    assert [5] == [fields["sessions"] for fields in danger.told("key.fallout_ended")]


def test_an_announced_key_ends_nobodys_session(danger: Danger, diary: RelyingParty) -> None:
    browser = _signed_in(danger)
    diary.tokens(browser)
    with danger.stand.app.app_context():
        announced = danger.stand.rooms.vault.keeper.announce("ES256")
        assert 0 == danger.emergency.consequences(announced.kid).sessions
    danger.revoke(announced.kid)

    assert 0 == danger.carry_out()
    assert [] == danger.told("session.ended")


def test_the_glass_is_loud(danger: Danger) -> None:
    stolen = danger.signer()
    with danger.stand.app.app_context():
        danger.emergency.break_glass(stolen.kid, "stolen", OPERATOR)

    assert [("glass_broken", {"kid": stolen.kid})] == danger.alarms
    expected = {"act": "keys.revoke", "about": stolen.kid, "grounds": "stolen", "told": 2}
    assert [expected] == [dict(fields) for fields in danger.told("two_people.glass_broken")]


def test_nothing_is_half_done(danger: Danger) -> None:
    """A second person who finds the key revoked already has confirmed nothing."""
    stolen = danger.signer()
    with danger.stand.app.app_context():
        request = danger.emergency.ask(stolen.kid, stolen.kid, "suspected", "officer-1")
        danger.emergency.break_glass(stolen.kid, "stolen", OPERATOR)
        with pytest.raises(MoveRefused):
            danger.emergency.confirm(request.id, "officer-2")
        assert (request,) == danger.emergency.waiting()
        with pytest.raises(NotConfirmed, match="same"):
            danger.emergency.confirm(request.id, "officer-1")
    assert [] == danger.told("two_people.confirmed")


def test_what_is_not_there_or_not_typed_is_refused(danger: Danger) -> None:
    kid = danger.signer().kid
    with danger.stand.app.app_context():
        with pytest.raises(UnknownKey):
            danger.emergency.ask("k" * 43, "k" * 43, "stolen", "officer-1")
        with pytest.raises(NotTyped):
            danger.emergency.ask(kid, kid[:-1], "stolen", "officer-1")
        with pytest.raises(ValueError, match="grounds"):
            danger.emergency.ask(kid, kid, "joining", "officer-1")
        with pytest.raises(ValueError, match="grounds"):
            danger.emergency.break_glass(kid, "because", OPERATOR)
        assert () == danger.emergency.waiting()
    assert kid == danger.signer().kid
