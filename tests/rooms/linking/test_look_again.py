"""An upstream is asked again beside the refreshes of services: what it takes back ends, its silence ends nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from broker.audit.catalogue import TokensIssued
from broker.audit.event import SYSTEM, Actor
from broker.audit.journal import Journal
from broker.connectors.identity import Level, UpstreamIdentity
from broker.connectors.port import UpstreamFailed
from broker.directory.directory import Directory
from broker.foundation.outside import Outside
from broker.linking.changes import Changes
from broker.linking.evidence import Evidence
from broker.linking.keepsake_store import Keepsakes
from broker.linking.links import Links
from broker.linking.look_again import LookAgain
from broker.storage.database import Database
from keys.vault import Vault
from tests.rooms.directory.samples import person
from tests.rooms.linking.samples import identity, shipped
from tests.support.clock import Clock

EVERY = timedelta(hours=24)
EVERYTHING = ("confirmed", "not_confirmed", "child")


@dataclass
class Upstream:
    """Says what the test wants of whoever's keepsake it gets; remembers which it got. `meanwhile` happens while it thinks."""

    says: Any = None
    got: list[str] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    def look_again(self, keepsake: str) -> UpstreamIdentity:
        self.got.append(keepsake)
        self.meanwhile()
        if isinstance(self.says, UpstreamFailed):
            raise self.says
        found: UpstreamIdentity = self.says
        return found


@dataclass
class Stand:
    database: Database
    journal: Journal
    links: Links
    keepsakes: Keepsakes
    upstream: Upstream
    looking: LookAgain
    ended: list[tuple[str, str, tuple[str, ...], str]]
    link_id: str

    def refresh(self, person_id: str = "p-1", grant_type: str = "refresh_token") -> None:
        with self.database.work():
            self.journal.append(TokensIssued(person_id, "olymp", "g-1", grant_type, ("openid",)), Actor("client", "olymp"))

    def kept(self) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.database.session.execute(text("SELECT wanted_at, is_doubtful FROM upstream_keepsake"))]

    def names(self) -> list[str]:
        told = ("upstream.level_lowered", "upstream.consent_withdrawn", "upstream.question_closed")
        return [entry.record.name for entry in self.journal.tail(100) if entry.record.name in told]

    def looked(self, says: Any, clock: Clock) -> bool:
        """A day later a service refreshes, and the round comes by."""
        clock.advance(EVERY)
        self.upstream.says = says
        self.refresh()
        return self.looking.step()


def failing(cause: int, keepsake: str | None = None, **more: Any) -> UpstreamFailed:
    failed = UpstreamFailed(cause, more.pop("detail", "x"), **more)
    failed.keepsake = keepsake
    return failed


@pytest.fixture
def stand(
    database: Database, vault: Vault, journal: Journal, directory: Directory, links: Links, outside: Outside, load: Any
) -> Stand:
    load(person(), person("p-2", login="two", snils=None))
    link = links.tie(identity(), "p-1", Evidence.IMPORTED, "v1", SYSTEM)
    keepsakes = Keepsakes(database, vault.sealer, (outside.now, journal), EVERY)
    journal.listen(keepsakes.hear)
    ended: list[tuple[str, str, tuple[str, ...], str]] = []

    def end(person_id: str, connector: str, levels: Collection[str], cause: str) -> None:
        ended.append((person_id, connector, tuple(levels), cause))

    changes = Changes(database, directory, links, shipped(), journal, outside.now, end, lambda *_letter: None)
    upstream = Upstream()
    looking = LookAgain(keepsakes, changes, {"esia": upstream}, lambda _name, question: question())
    keepsakes.keep(link.id, "first")
    return Stand(database, journal, links, keepsakes, upstream, looking, ended, link.id)


def test_nobody_is_asked_about_before_a_refresh_and_before_it_is_time(stand: Stand, clock: Clock) -> None:
    assert not stand.looking.step()
    stand.refresh()
    assert not stand.looking.step(), "the sign-in was a moment ago"
    clock.advance(EVERY)
    stand.refresh("p-2")
    stand.refresh(grant_type="authorization_code")
    assert not stand.looking.step(), "another person, and no refresh"

    stand.upstream.says = identity(keepsake="second")
    stand.refresh()
    assert [True, False] == [stand.looking.step(), stand.looking.step()]
    assert (["first"], [], ["upstream.question_closed"]) == (stand.upstream.got, stand.ended, stand.names())

    assert stand.looked(identity(keepsake="third"), clock)
    assert ["first", "second"] == stand.upstream.got, "each is spent once"


def test_a_lower_level_ends_what_began_surer(stand: Stand, clock: Clock) -> None:
    assert stand.looked(identity(level=Level.NOT_CONFIRMED, keepsake="second"), clock)
    assert [("p-1", "esia", ("confirmed", "child"), "level_lowered")] == stand.ended
    link = stand.links.of_person("p-1")
    assert link is not None and link.level is Level.NOT_CONFIRMED
    stand.looked(identity(level=Level.NOT_CONFIRMED, keepsake="third"), clock)
    assert 1 == len(stand.ended)


@pytest.mark.parametrize("cause", [2103, 2107])
def test_a_no_ends_everything_and_nothing_is_kept(stand: Stand, clock: Clock, cause: int) -> None:
    assert stand.looked(failing(cause), clock)
    assert [("p-1", "esia", EVERYTHING, "consent_withdrawn")] == stand.ended
    assert [] == stand.kept()
    assert "upstream.consent_withdrawn" in stand.names()
    assert not stand.looked(identity(), clock), "until the next sign-in there is nothing to ask with"


@pytest.mark.parametrize("silence", [
    failing(2101, is_outage=True), failing(2102, is_outage=True), failing(2104), failing(2106), failing(2115),
    # Sent, and perhaps spent: neither of them is an outage.
    failing(2101, detail="http: status 500"), failing(2101, detail="http: html instead of json"),
])  # fmt: skip
def test_a_silence_ends_nothing_and_an_old_token_after_it_proves_nothing(
    stand: Stand, clock: Clock, silence: UpstreamFailed
) -> None:
    """The answer to the first question may have been lost with the next token in it."""
    assert stand.looked(silence, clock)
    assert ([], [(None, 1)]) == (stand.ended, stand.kept())
    stand.looked(failing(2107), clock)
    assert ([], []) == (stand.ended, stand.kept())


def test_after_a_silence_a_plain_no_is_a_no(stand: Stand, clock: Clock) -> None:
    stand.looked(failing(2101, is_outage=True), clock)
    stand.looked(failing(2103), clock)
    assert 1 == len(stand.ended)


def test_a_failure_that_brings_the_next_one_leaves_no_doubt(stand: Stand, clock: Clock) -> None:
    stand.looked(failing(2101, "second", is_outage=True), clock)
    assert [(None, 0)] == stand.kept()
    stand.looked(failing(2107), clock)
    assert (["first", "second"], 1) == (stand.upstream.got, len(stand.ended))


def test_who_is_known_to_be_silent_is_not_asked_and_there_is_no_doubt(stand: Stand, clock: Clock) -> None:
    stand.looked(failing(2101, detail="circuit open"), clock)
    assert [(None, 0)] == stand.kept()
    stand.looked(failing(2107), clock)
    assert 1 == len(stand.ended)


@pytest.mark.parametrize("says", [identity(keepsake="stale"), failing(2107), failing(2103), failing(2101, is_outage=True)])
def test_a_sign_in_meanwhile_is_newer_than_any_answer(stand: Stand, clock: Clock, says: Any) -> None:
    def sign_in() -> None:
        clock.advance(timedelta(seconds=1))
        stand.keepsakes.keep(stand.link_id, "fresh")

    stand.upstream.meanwhile = sign_in
    assert stand.looked(says, clock)
    assert ([], [(None, 0)]) == (stand.ended, stand.kept())
    stand.looked(identity(keepsake="x"), clock)
    assert ["first", "fresh"] == stand.upstream.got


def test_one_of_two_workers_asks(stand: Stand, clock: Clock) -> None:
    clock.advance(EVERY)
    stand.refresh()
    assert stand.keepsakes.take_due() is not None
    assert stand.keepsakes.take_due() is None
    assert [(None, 1)] == stand.kept(), "whoever ends here leaves a doubt"


def test_the_slower_of_two_workers_gets_nothing(stand: Stand, vault: Vault, outside: Outside, clock: Clock) -> None:
    """Both have seen that it is due; the other one takes it before this one writes."""
    clock.advance(EVERY)
    stand.refresh()
    others: list[Any] = []

    def now() -> Any:
        if not others:
            others.append(stand.keepsakes.take_due())
        return outside.now()

    slower = Keepsakes(stand.database, vault.sealer, (now, stand.journal), EVERY)
    assert slower.take_due() is None
    assert ["first"] == [other.keepsake for other in others]


def test_it_goes_with_the_link_and_with_the_upstream(stand: Stand, clock: Clock) -> None:
    nobody = replace(stand.looking, upstreams={})
    clock.advance(EVERY)
    stand.refresh()
    assert nobody.step() and [] == stand.kept() == stand.ended
    stand.keepsakes.keep(stand.link_id, "again")
    stand.links.untie("p-1", "school", SYSTEM)
    assert [] == stand.kept()


def test_it_is_sealed(stand: Stand) -> None:
    (row,) = stand.database.session.execute(text("SELECT sealed FROM upstream_keepsake"))
    assert b"first" not in bytes(row.sealed)


class TestChanges:
    """What the rules of a region and a second look at the same moment leave of it."""

    LESS = identity(level=Level.NOT_CONFIRMED)

    def test_nobody_is_tied(self, stand: Stand) -> None:
        assert not stand.looking.changes.seen(identity(subject="another", level=Level.NOT_CONFIRMED))
        assert ([], []) == (stand.ended, stand.names())

    def test_a_region_that_lets_it_run_to_its_end(self, stand: Stand) -> None:
        policies = shipped()
        kept = [
            replace(one, periods=tuple(replace(period, ends_what_rests=False) for period in one.periods))
            for one in policies.regions
        ]
        changes = replace(stand.looking.changes, policies=replace(policies, regions=tuple(kept)))
        assert changes.seen(self.LESS)
        assert not changes.withdrawn("p-1", "esia", "refresh", lambda: stand.ended.append(("", "", (), "")))
        assert ([], ["upstream.consent_withdrawn", "upstream.level_lowered"]) == (stand.ended, sorted(stand.names()))

    def test_of_two_who_see_it_one_ends_it(self, stand: Stand, links: Links) -> None:
        link = links.of_person("p-1")
        assert link is not None
        assert [True, False] == [links.lower(link, self.LESS), links.lower(link, self.LESS)]

        class Slower:
            """Read before the other one wrote."""

            find = staticmethod(lambda _connector, _subject: link)
            lower = staticmethod(links.lower)

        assert not replace(stand.looking.changes, links=Slower()).seen(self.LESS)  # type: ignore[arg-type]
        assert [] == stand.ended

    def test_what_stood_behind_the_same_level_has_gone(self, stand: Stand, links: Links) -> None:
        changes = stand.looking.changes
        assert changes.seen(self.LESS)
        assert changes.seen(replace(self.LESS, snils=None))
        assert [("confirmed", "child"), ("confirmed", "not_confirmed", "child")] == [levels for _, _, levels, _ in stand.ended]
        assert not changes.seen(self.LESS)
