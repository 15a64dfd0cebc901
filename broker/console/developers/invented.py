"""Invented people of the mock ESIA, who are in the shipped demo directory as well: whom a sign-in is tested with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Invented:
    """`key` is a key under `dev.tester`, `expects` the cause that stops them or "", `region` where their diary is."""

    login: str
    key: str
    expects: str
    region: str


PEOPLE: Final = (
    Invented("sokolov.a", "pupil_17", "", "38"),
    Invented("orlova", "parent", "", "29"),
    Invented("belova", "teacher", "", "29"),
    # A test asks as a third party does, and what such a one may learn of so young a pupil the parents decide.
    Invented("belov.t", "pupil_12", "7012", "29"),
    Invented("volkova", "name_differs", "3102", "29"),
    Invented("belova.d", "level_low", "2109", "29"),
    Invented("vlasova", "refuses", "2103", "38"),
    Invented("titov", "nobody", "3101", "38"),
)


def region_of(login: str) -> str:
    """Where the diary of an invented person is; "" of anybody else."""
    return next((one.region for one in PEOPLE if one.login == login), "")
