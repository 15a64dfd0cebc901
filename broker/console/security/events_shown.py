"""Entries of the journal as the pages show them."""

from __future__ import annotations

from functools import cache

from broker.audit.aliases import PERSON_FIELDS
from broker.audit.entry import Entry
from broker.audit.search import result_of
from broker.console.security.room import SecurityRoom
from broker.screens.audit_pages import EventLine
from broker.screens.cause_words import sample_words
from broker.screens.causes import CAUSES
from broker.screens.texts import Texts
from broker.screens.view import Language

_PREFIX = "security.event."


@cache
def events_with_words(texts: Texts) -> tuple[str, ...]:
    """The names of events that the catalogue of texts has words for."""
    return tuple(sorted(key.removeprefix(_PREFIX) for key in texts.all_keys() if key.startswith(_PREFIX)))


def event_line(room: SecurityRoom, entry: Entry) -> EventLine:
    """One entry in short: identifiers and codes only."""
    fields = entry.fields
    about = [fields[name] for name in (*sorted(PERSON_FIELDS), "client_id") if fields.get(name)]
    cause = fields.get("real_cause") or fields.get("cause")
    return EventLine(
        seq=entry.seq,
        at=entry.at,
        name=entry.name,
        event_key=entry.name if entry.name in events_with_words(room.screens.texts) else "",
        result_key=result_of(entry.name).value,
        actor=f"{entry.actor.kind}:{entry.actor.id}" if entry.actor.id else entry.actor.kind,
        about=", ".join(map(str, (*about, cause) if isinstance(cause, int) and cause else about)),
    )


def cause_title(texts: Texts, language: Language, code: int) -> str:
    """What the page of a cause says first; "" for one without a page."""
    found = CAUSES.get(code)
    return sample_words(texts, language, found).title if found is not None and found.has_page else ""
