"""A word about what was just done, kept for the next page: a form answers with a redirect, and addresses carry no words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

from broker.storage.shelf import Shelf

_SAID = "account.said"
_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Said:
    """`word` is one of ours; `n` a number, `about` an identifier of ours, when the word needs one."""

    word: str
    n: int = 0
    about: str = ""


def say(shelf: Shelf, owner: str, said: Said) -> None:
    """Keep a word for the next page of `owner`, an identifier of a session or the digest of a browser's secret."""
    shelf.put(_SAID, owner, json.dumps([said.word, said.n, said.about]).encode("utf-8"), _FOR)


def take_said(shelf: Shelf, owner: str) -> Said | None:
    """The word, once; None when there is none."""
    kept = shelf.take(_SAID, owner)
    return None if kept is None else _read(kept)


def find_said(shelf: Shelf, owner: str) -> Said | None:
    """The word, which stays: the page may be loaded again."""
    kept = shelf.get(_SAID, owner)
    return None if kept is None else _read(kept)


def _read(kept: bytes) -> Said:
    word, n, about = json.loads(kept)
    return Said(word, n, about)
