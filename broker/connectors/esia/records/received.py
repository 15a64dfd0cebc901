"""What a sign-in reads of a person: the person always, and what the scopes open besides. Only the person decides who this is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from broker.connectors.esia.records.reading import CONTACTS, KIDS, Records
from broker.connectors.esia.records.values import Child, Contact, PersonRecord
from broker.connectors.esia.talk.codes import NO_ANSWER
from broker.connectors.port import UpstreamFailed

_LOG = logging.getLogger(__name__)
_Value = TypeVar("_Value")
_CONTACT_SCOPES: Final = frozenset({"email", "mobile", "contacts"})
_KID = "kid_"


@dataclass(frozen=True, slots=True, repr=False)
class Received:
    """`contacts` and `children` are None where they were not asked for, not granted or not received whole."""

    person: PersonRecord
    contacts: tuple[Contact, ...] | None = None
    children: tuple[Child, ...] | None = None


def received(records: Records, scopes: frozenset[str]) -> Received:
    """Read what `scopes` open.

    Raises:
        UpstreamFailed: the person was not received.
    """
    opened = {
        CONTACTS: not scopes.isdisjoint(_CONTACT_SCOPES),
        KIDS: any(scope.startswith(_KID) for scope in scopes),
    }
    person = records.person(*(one for one, is_open in opened.items() if is_open))
    besides = _Besides()
    return Received(
        person,
        contacts=besides.ask(records.contacts, "contacts not received") if opened[CONTACTS] else None,
        children=besides.ask(records.children, "children not received") if opened[KIDS] else None,
    )


class _Besides:
    """What decides nothing about who this is must keep nobody out of school; and after one silence nobody waits for another."""

    def __init__(self) -> None:
        self._is_silent = False

    def ask(self, read: Callable[[], tuple[_Value, ...]], otherwise: str) -> tuple[_Value, ...] | None:
        if self._is_silent:
            return None
        try:
            return read()
        except UpstreamFailed as error:
            self._is_silent = error.cause == NO_ANSWER
            _LOG.warning(otherwise, extra={"cause": error.cause, "detail": error.detail})
            return None
