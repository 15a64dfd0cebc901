"""Making and showing passkeys: what is refused, and that everything serves once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from broker.audit.journal import Journal
from broker.foundation.encoding import b64url
from broker.foundation.outside import Outside
from broker.passkeys.ceremonies import Ceremonies, Who
from broker.passkeys.passkey import PasskeyRefused
from broker.passkeys.presence import Presence
from broker.passkeys.store import MOST_PASSKEYS, StaffLinks
from broker.passkeys.wire import LONGEST_ANSWER, Site
from broker.storage.database import Database
from broker.storage.memory_shelf import MemoryShelf
from tests.support.authenticator import PRESENT, Authenticator
from tests.support.clock import Clock
from tests.support.sealing import sealing_vault

SITE = Site("school.example", "https://school.example", "Школьный вход")
ANNA, BORIS = Who("p-anna", "s-anna", "Анна К."), Who("p-boris", "s-boris", "Борис Л.")


@pytest.fixture
def ceremonies(sqlite_database: Database, outside: Outside, clock: Clock) -> Ceremonies:
    return ceremonies_of(sqlite_database, outside, clock)


def ceremonies_of(database: Database, outside: Outside, clock: Clock) -> Ceremonies:
    journal = Journal(database, sealing_vault(database, outside).fingerprints, outside)
    return Ceremonies(database, MemoryShelf(clock.now), outside, journal, SITE)


def device(**changes: object) -> Authenticator:
    return Authenticator(**{"origin": SITE.origin, "rp_id": SITE.rp_id, **changes})  # type: ignore[arg-type]


def made(ceremonies: Ceremonies, who: Who = ANNA) -> Authenticator:
    key = device()
    ceremonies.make(who, "ноутбук", key.make(ceremonies.ask_to_make(who)))
    return key


def test_a_passkey_is_made_shown_and_remembers_when(ceremonies: Ceremonies, clock: Clock) -> None:
    key = made(ceremonies)
    clock.advance(timedelta(hours=1))

    shown = ceremonies.show(ANNA, "enter", key.show(ceremonies.ask_to_show(ANNA, "enter")))

    (held,) = ceremonies.store.of_person("p-anna")
    assert ("ноутбук", "p-anna", key.counter, clock.now()) == (held.name, held.person_id, held.sign_count, held.used_at)
    assert held.id == shown.id
    assert frozenset({"p-anna"}) == ceremonies.store.owners()


def test_the_options_ask_for_an_unlocked_device_and_tell_no_identifier(ceremonies: Ceremonies) -> None:
    make = json.loads(ceremonies.ask_to_make(ANNA))
    key = made(ceremonies)
    show = json.loads(ceremonies.ask_to_show(ANNA, "enter"))

    assert "required" == make["authenticatorSelection"]["userVerification"] == show["userVerification"]
    assert ("school.example", "none") == (make["rp"]["id"], make["attestation"])
    assert "p-anna" not in json.dumps(make)
    assert [b64url(key.credential_id)] == [one["id"] for one in show["allowCredentials"]]
    assert [b64url(key.credential_id)] == [one["id"] for one in json.loads(ceremonies.ask_to_make(ANNA))["excludeCredentials"]]


@pytest.mark.parametrize("changes", [
    {"origin": "https://school.example.evil"}, {"origin": "https://sub.school.example"}, {"origin": "http://school.example"},
    {"rp_id": "evil.example"}, {"flags": PRESENT}, {"flags": 0},
])  # fmt: skip
def test_another_origin_or_a_locked_device_proves_nothing(ceremonies: Ceremonies, changes: dict[str, object]) -> None:
    with pytest.raises(PasskeyRefused):
        wrong = device(**changes)
        ceremonies.make(ANNA, "чужой", wrong.make(ceremonies.ask_to_make(ANNA)))
    key = made(ceremonies)
    for name, value in changes.items():
        setattr(key, name, value)

    with pytest.raises(PasskeyRefused):
        ceremonies.show(ANNA, "enter", key.show(ceremonies.ask_to_show(ANNA, "enter")))


def test_a_challenge_serves_one_session_one_purpose_one_time(ceremonies: Ceremonies) -> None:
    key = made(ceremonies)
    answer = key.show(ceremonies.ask_to_show(ANNA, "enter"))
    ceremonies.show(ANNA, "enter", answer)
    other_purpose = key.show(ceremonies.ask_to_show(ANNA, "enter"))
    other_session = key.show(ceremonies.ask_to_show(ANNA, "enter"))

    assert "challenge" == refusal(ceremonies, ANNA, "enter", answer)
    assert "challenge" == refusal(ceremonies, ANNA, "act:keys.revoke", other_purpose)
    assert "challenge" == refusal(ceremonies, replace(ANNA, session_id="s-thief"), "enter", other_session)
    # What was tried in the wrong place is spent too.
    assert "challenge" == refusal(ceremonies, ANNA, "enter", other_purpose)


def test_a_challenge_is_over_after_five_minutes(ceremonies: Ceremonies, clock: Clock) -> None:
    key = made(ceremonies)
    options = ceremonies.ask_to_show(ANNA, "enter")
    clock.advance(timedelta(minutes=5, seconds=1))

    assert "challenge" == refusal(ceremonies, ANNA, "enter", key.show(options))


def test_somebody_elses_passkey_and_a_removed_one_prove_nothing(database: Database, outside: Outside, clock: Clock) -> None:
    ceremonies = ceremonies_of(database, outside, clock)
    key, spare = made(ceremonies), made(ceremonies)
    answer = key.show(ceremonies.ask_to_show(BORIS, "enter"))
    mine = ceremonies.store.find_credential(key.credential_id)
    assert mine is not None
    with database.work():
        assert ceremonies.store.remove("p-anna", mine.id, even_last=False)

    assert "unknown" == refusal(ceremonies, BORIS, "enter", answer)
    assert "unknown" == refusal(ceremonies, BORIS, "enter", spare.show(ceremonies.ask_to_show(BORIS, "enter")))
    assert "unknown" == refusal(ceremonies, ANNA, "enter", key.show(ceremonies.ask_to_show(ANNA, "enter")))
    ceremonies.show(ANNA, "enter", spare.show(ceremonies.ask_to_show(ANNA, "enter")))


def test_a_counter_that_went_back_says_that_the_key_was_copied(ceremonies: Ceremonies) -> None:
    key = made(ceremonies)
    ceremonies.show(ANNA, "enter", key.show(ceremonies.ask_to_show(ANNA, "enter")))
    key.counter -= 1

    assert "counter" == refusal(ceremonies, ANNA, "enter", key.show(ceremonies.ask_to_show(ANNA, "enter")))


def test_a_passkey_that_does_not_count_is_taken(ceremonies: Ceremonies) -> None:
    key = device(counter=0)
    ceremonies.make(ANNA, "облако", key.make(ceremonies.ask_to_make(ANNA)))
    for _ in range(2):
        key.counter = -1
        ceremonies.show(ANNA, "enter", key.show(ceremonies.ask_to_show(ANNA, "enter")))


def test_one_credential_is_kept_once_and_ten_are_enough(ceremonies: Ceremonies) -> None:
    key = made(ceremonies)

    with pytest.raises(PasskeyRefused, match="taken"):
        ceremonies.make(BORIS, "тот же", key.make(ceremonies.ask_to_make(BORIS)))
    for _ in range(MOST_PASSKEYS - 1):
        made(ceremonies)
    with pytest.raises(PasskeyRefused, match="many"):
        made(ceremonies)


def test_the_last_passkey_is_kept_by_its_owner(database: Database, outside: Outside, clock: Clock) -> None:
    ceremonies = ceremonies_of(database, outside, clock)
    made(ceremonies)
    (only,) = ceremonies.store.of_person("p-anna")

    with database.work(), pytest.raises(PasskeyRefused, match="last"):
        ceremonies.store.remove("p-anna", only.id, even_last=False)
    with database.work():
        assert not ceremonies.store.remove("p-boris", only.id, even_last=True)
        assert ceremonies.store.remove("p-anna", only.id, even_last=True)


@pytest.mark.parametrize("answer", [
    "", "nothing", "[]", "null", "{}", '{"response": {}}', '{"response": {"clientDataJSON": 7}}', "[" * 5000,
    '{"response": {"clientDataJSON": "e30"}}', '{"response": {"clientDataJSON": "W10"}}', "x" * (LONGEST_ANSWER + 1),
])  # fmt: skip
def test_what_is_no_answer_is_refused(ceremonies: Ceremonies, answer: str) -> None:
    assert "answer" == refusal(ceremonies, ANNA, "enter", answer)
    with pytest.raises(PasskeyRefused, match="answer"):
        ceremonies.make(ANNA, "ключ", answer)


@pytest.mark.parametrize("part", ["attestationObject", "id", "rawId", "type"])
@pytest.mark.parametrize("value", [None, 7, "AAAA", "£"])
def test_a_spoilt_answer_is_refused(ceremonies: Ceremonies, part: str, value: object) -> None:
    answer = json.loads(device().make(ceremonies.ask_to_make(ANNA)))
    (answer["response"] if part in answer["response"] else answer)[part] = value

    with pytest.raises(PasskeyRefused):
        ceremonies.make(ANNA, "ключ", json.dumps(answer))
    assert () == ceremonies.store.of_person("p-anna")


def test_a_yes_to_an_act_is_bound_and_serves_once(clock: Clock, outside: Outside) -> None:
    presence = Presence(MemoryShelf(clock.now), outside, timedelta(hours=12))
    presence.allow_act("s-anna", "keys.revoke:kid-1", timedelta(minutes=5))

    assert not presence.take_act("s-thief", "keys.revoke:kid-1")
    assert not presence.take_act("s-anna", "keys.revoke:kid-2")
    assert presence.take_act("s-anna", "keys.revoke:kid-1")
    assert not presence.take_act("s-anna", "keys.revoke:kid-1")


def test_presence_is_of_a_session_and_ends(clock: Clock, outside: Outside) -> None:
    presence = Presence(MemoryShelf(clock.now), outside, timedelta(hours=12))
    presence.note("s-anna")
    presence.allow_first("s-anna", "p-anna")

    assert (clock.now(), None) == (presence.last_at("s-anna"), presence.last_at("s-boris"))
    assert (True, False) == (presence.may_make_first("s-anna", "p-anna"), presence.may_make_first("s-anna", "p-boris"))
    presence.forget("s-anna")
    assert presence.last_at("s-anna") is None


def test_a_link_is_used_once_within_its_day(database: Database, outside: Outside, clock: Clock) -> None:
    links = StaffLinks(database, outside)
    with database.work():
        first = links.add("", "security_officer", timedelta(hours=24))
        second = links.add("", "security_officer", timedelta(hours=24))
        late = links.add("p-anna", "auditor", timedelta(hours=24))

    assert links.find(first) is None, "a newer link for the same ends the older one"
    assert "security_officer" == getattr(links.find(second), "role", "")
    with database.work():
        links.use(second)
    with pytest.raises(PasskeyRefused, match="link"), database.work():
        links.use(second)
    clock.advance(timedelta(hours=24))
    assert links.find(late) is None


def refusal(ceremonies: Ceremonies, who: Who, purpose: str, answer: str) -> str:
    with pytest.raises(PasskeyRefused) as refused:
        ceremonies.show(who, purpose, answer)
    return refused.value.why
