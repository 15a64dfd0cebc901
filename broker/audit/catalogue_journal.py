"""Events about the journal itself; a part of the catalogue, with its rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class CheckpointMade:
    """The end of the chain was signed: the checkpoint `number` is about everything up to the entry `through_seq`."""

    name: ClassVar[str] = "checkpoint.made"
    number: int
    through_seq: int


@dataclass(frozen=True, slots=True)
class JournalExported:
    """Somebody took a copy of these entries, both ends included, out of the house. `grounds` is a word of the console, "" for
    whoever did it at the machine."""

    name: ClassVar[str] = "journal.exported"
    from_seq: int
    through_seq: int
    grounds: str = ""


@dataclass(frozen=True, slots=True)
class JournalPruned:
    """The entries up to the checkpoint `number` were removed, being older than they must be kept."""

    name: ClassVar[str] = "journal.pruned"
    number: int
    through_seq: int


@dataclass(frozen=True, slots=True)
class PersonErased:
    """The journal forgot who a person was. Who, it cannot say."""

    name: ClassVar[str] = "person.erased"
    aliases: int
