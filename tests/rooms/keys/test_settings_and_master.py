"""Where the master key comes from, and the one sentence when it does not."""

from __future__ import annotations

import multiprocessing
import secrets
import stat
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from broker.foundation.encoding import b64url
from keys.box import BoxBroken
from keys.master import open_master_key
from keys.settings import KeySettings
from tests.rooms.keys.vaults import MASTER, file_with

OTHER = b64url(bytes(32))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"master_key": MASTER, "master_key_credential": "/run/credentials/master"}, "keys.master_key_credential"),
        ({"master_key_file": ""}, "keys.master_key_file"),
        ({"reload_every": timedelta(0)}, "keys.reload_every"),
        ({"reload_every": timedelta(minutes=6)}, "keys.reload_every"),
        ({"jwks_max_age": timedelta(0)}, "keys.jwks_max_age"),
        ({"jwks_max_age": timedelta(days=2)}, "keys.jwks_max_age"),
        ({"longest_token_life": timedelta(0)}, "keys.longest_token_life"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        KeySettings(**wrong)


def test_settings_do_not_show_the_master_key() -> None:
    assert MASTER not in repr(KeySettings(master_key=MASTER))


UNFIT = ("not base64url!", b64url(bytes(31)), b64url(bytes(33)), "é" * 40)


@pytest.mark.parametrize(
    ("setting", "unfit"),
    [
        *(("master_key", text) for text in UNFIT),
        *((setting, text) for setting in ("master_key_credential", "master_key_file") for text in (*UNFIT, "")),
    ],
)
def test_an_unfit_master_key_stops_the_start(tmp_path: Path, setting: str, unfit: str) -> None:
    given_ = unfit if setting == "master_key" else str(file_with(tmp_path / "key", unfit))

    with pytest.raises(ValueError, match=rf"^keys.{setting} must hold 32 bytes as base64url$") as refused:
        open_master_key(KeySettings(**{setting: given_}), secrets.token_bytes)
    assert not unfit or unfit not in str(refused.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o777])
def test_a_file_that_others_may_open_stops_the_start(tmp_path: Path, mode: int) -> None:
    path = file_with(tmp_path / "master.key", MASTER, mode)

    with pytest.raises(ValueError, match=r"^keys.master_key_file .* mode 600$"):
        open_master_key(KeySettings(master_key_file=str(path)), secrets.token_bytes)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_file_is_read(tmp_path: Path, mode: int) -> None:
    path = file_with(tmp_path / "master.key", MASTER + "\n", mode)

    assert the_same(KeySettings(master_key_file=str(path)), KeySettings(master_key=MASTER))


@pytest.mark.parametrize(("mode", "is_fine"), [(0o444, True), (0o440, True), (0o600, True), (0o660, False), (0o606, False)])
def test_a_credential_may_be_readable_but_not_writable(tmp_path: Path, mode: int, is_fine: bool) -> None:
    settings = KeySettings(master_key_credential=str(file_with(tmp_path / "credential", MASTER, mode)))

    if is_fine:
        assert the_same(settings, KeySettings(master_key=MASTER))
    else:
        with pytest.raises(ValueError, match=r"keys\.master_key_credential"):
            open_master_key(settings, secrets.token_bytes)


@pytest.mark.parametrize("setting", ["master_key_file", "master_key_credential"])
def test_an_absent_file_or_a_folder_stops_the_start(tmp_path: Path, setting: str) -> None:
    (tmp_path / "folder").mkdir(mode=0o700)
    for name in ("absent", "folder"):
        with pytest.raises(ValueError, match=f"keys.{setting}"):
            open_master_key(KeySettings(**{setting: str(tmp_path / name)}), secrets.token_bytes)


def test_a_key_is_made_only_where_that_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "var" / "master.key"
    with pytest.raises(ValueError, match=r"keys\.master_key_file"):
        open_master_key(KeySettings(master_key_file=str(path)), secrets.token_bytes)
    assert not path.exists()

    settings = KeySettings(master_key_file=str(path), make_master_key=True)

    assert the_same(settings, settings)
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert [path] == list(path.parent.iterdir())


def test_a_made_key_is_never_made_again(tmp_path: Path) -> None:
    path = file_with(tmp_path / "master.key", MASTER)

    assert the_same(KeySettings(master_key_file=str(path), make_master_key=True), KeySettings(master_key=MASTER))


def test_the_key_of_whoever_was_first_is_the_key(tmp_path: Path) -> None:
    path = tmp_path / "master.key"

    def slower(size: int) -> bytes:
        # While we draw our bytes, another process has finished.
        if not path.exists():
            file_with(path, MASTER)
        return secrets.token_bytes(size)

    settings = KeySettings(master_key_file=str(path), make_master_key=True)
    wrapped = open_master_key(settings, slower).wrap(b"s", "row:1")

    assert b"s" == open_master_key(KeySettings(master_key=MASTER), secrets.token_bytes).unwrap(wrapped, "row:1")
    assert [path] == list(tmp_path.iterdir())


def test_processes_that_make_a_key_at_once_have_one(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(3), context.SimpleQueue()
    workers = [context.Process(target=wrap_at_once, args=(str(path), start, answers)) for _ in range(3)]

    for worker in workers:
        worker.start()
    wrapped = [answers.get() for _ in workers]
    for worker in workers:
        worker.join(30)

    master = open_master_key(KeySettings(master_key_file=str(path)), secrets.token_bytes)
    assert [b"s"] * 3 == [master.unwrap(box, "row:1") for box in wrapped]


def wrap_at_once(path: str, start: threading.Barrier, answers: multiprocessing.SimpleQueue) -> None:
    """One of the processes that start together on an empty folder."""
    start.wait(120)
    master = open_master_key(KeySettings(master_key_file=path, make_master_key=True), secrets.token_bytes)
    answers.put(master.wrap(b"s", "row:1"))


@given(secret=some.binary(max_size=100), bound_to=some.text(max_size=20))
def test_what_is_wrapped_is_unwrapped(secret: bytes, bound_to: str) -> None:
    master = open_master_key(KeySettings(master_key=MASTER), secrets.token_bytes)

    assert secret == master.unwrap(master.wrap(secret, bound_to), bound_to)


def test_a_changed_or_moved_wrap_does_not_open() -> None:
    master = open_master_key(KeySettings(master_key=MASTER), secrets.token_bytes)
    wrapped = master.wrap(b"secret", "row:1")

    for place in range(len(wrapped)):
        with pytest.raises(BoxBroken):
            master.unwrap(wrapped[:place] + bytes([wrapped[place] ^ 1]) + wrapped[place + 1 :], "row:1")
    for other, bound_to in ((wrapped, "row:2"), (wrapped[:-1], "row:1"), (b"", "row:1"), (wrapped[:20], "row:1")):
        with pytest.raises(BoxBroken):
            master.unwrap(other, bound_to)
    with pytest.raises(BoxBroken):
        open_master_key(KeySettings(master_key=OTHER), secrets.token_bytes).unwrap(wrapped, "row:1")


def test_the_master_key_does_not_show_itself() -> None:
    shown = repr(open_master_key(KeySettings(master_key=MASTER), secrets.token_bytes))

    assert repr(bytes(range(32)))[2:20] not in shown
    assert MASTER not in shown


def the_same(one: KeySettings, other: KeySettings) -> bool:
    """Whether two settings lead to one master key."""
    wrapped = open_master_key(one, secrets.token_bytes).wrap(b"s", "row:1")
    return b"s" == open_master_key(other, secrets.token_bytes).unwrap(wrapped, "row:1")
