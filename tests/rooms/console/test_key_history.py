"""The picture of keys over time says what was, what is and what is planned, and nothing that is not so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from broker.console.key_history import EARLIER, Stretch, key_tracks
from broker.screens.key_pages import Lasting, timeline
from keys.signing.key import Family, KeyInfo, KeyState, KeyUse
from keys.signing.lifecycle import Rhythm, Waits
from keys.signing.plan import plan

DAY = timedelta(days=1)
NOW = datetime(2026, 9, 1, tzinfo=UTC)
RHYTHM = Rhythm(90 * DAY, Waits(14 * DAY, 15 * DAY, 30 * DAY))


def key(kid: str, state: KeyState, made: int, moved: int) -> KeyInfo:
    """Made and moved so many days ago."""
    return KeyInfo(kid, Family.P256, state, NOW - made * DAY, NOW - moved * DAY, KeyUse.TOKENS)


def stretch(state: str, begins: int, ends: int, planned: bool) -> Stretch:
    return Stretch(state, NOW + begins * DAY, NOW + ends * DAY, planned)


def test_a_rotation_from_the_past_into_the_plan() -> None:
    keys = (key("old", KeyState.VERIFYING, 110, 6), key("new", KeyState.SIGNING, 20, 6))
    tracks = key_tracks(keys, plan(keys, NOW, NOW + 120 * DAY, RHYTHM), NOW, NOW + 120 * DAY)

    assert ["old", "new", ""] == [track.kid for track in tracks]
    assert (
        stretch(EARLIER, -110, -6, False), stretch("verifying", -6, 0, False), stretch("verifying", 0, 9, True),
    ) == tracks[0].stretches  # fmt: skip
    assert (
        stretch("announced", -20, -6, False), stretch("signing", -6, 0, False), stretch("signing", 0, 84, True),
        stretch("verifying", 84, 99, True),
    ) == tracks[1].stretches  # fmt: skip
    assert (stretch("announced", 70, 84, True), stretch("signing", 84, 120, True)) == tracks[2].stretches


def test_revoked_and_retired_keys_have_only_a_past_and_destroyed_ones_none() -> None:
    keys = (key("r", KeyState.REVOKED, 50, 2), key("o", KeyState.RETIRED, 80, 8), key("d", KeyState.DESTROYED, 99, 50))
    tracks = key_tracks(keys, (), NOW, NOW + DAY)

    assert {"r": (stretch(EARLIER, -50, -2, False),), "o": (stretch(EARLIER, -80, -8, False),)} == {
        track.kid: track.stretches for track in tracks
    }


def test_kinds_and_uses_do_not_mix() -> None:
    mine = key("mine", KeyState.SIGNING, 10, 10)
    other = KeyInfo("other", Family.RSA, KeyState.SIGNING, NOW - DAY, NOW - DAY, KeyUse.TOKENS)
    audit = KeyInfo("audit", Family.P256, KeyState.SIGNING, NOW - DAY, NOW - DAY, KeyUse.AUDIT)
    keys = (mine, other, audit)
    moves = tuple(move for move in plan(keys, NOW, NOW + 100 * DAY, RHYTHM) if (move.family, move.use) == (mine.family, mine.use))
    tracks = {track.kid: track for track in key_tracks(keys, moves, NOW, NOW + 100 * DAY)}

    assert stretch("verifying", 80, 95, True) == tracks["mine"].stretches[-1]
    assert stretch("signing", 0, 100, True) == tracks["other"].stretches[-1]
    assert stretch("signing", 0, 100, True) == tracks["audit"].stretches[-1]


def test_the_picture_is_cut_at_its_window() -> None:
    inside = Lasting("a", (("signing", NOW - 400 * DAY, NOW, False), ("signing", NOW, NOW + 400 * DAY, True)))
    outside = Lasting("b", (("signing", NOW - 400 * DAY, NOW - 300 * DAY, False),))
    drawn = timeline((inside, outside), NOW, 30 * DAY, 90 * DAY)

    assert ["a"] == [row.label for row in drawn.rows]
    past, planned = drawn.rows[0].bars
    assert (150, drawn.now_x) == (past.x, past.x + past.width)
    assert (drawn.now_x, drawn.width) == (planned.x, planned.x + planned.width)
    assert (False, True) == (past.is_planned, planned.is_planned)
    assert all(150 <= x <= drawn.width for x, _ in drawn.marks)
