"""A pause of somebody's sign-in (cause 3204), as the school's pages tell of it."""

from __future__ import annotations

from broker.console.school.lines import NOBODY, local_day
from broker.console.school.visit import Visit
from broker.directory.card_changes import Wanted
from broker.directory.pauses import Pause
from broker.screens.school_pages import HintLine
from broker.screens.texts import words_of
from broker.screens.values import Value


def pause_lines(visit: Visit, person_id: str, pause: Pause | None) -> tuple[HintLine, ...]:
    """Who has closed it, since when and why; what they wrote about it only where this school did it."""
    if pause is None:
        return ()
    words: dict[str, Value] = {
        "date": local_day(visit, pause.at),
        "why": words_of((pause.reason.value,), "school.pause_reason"),
    }
    if not pause.is_schools:
        return (HintLine("paused_by_security", "", words),)
    staff = visit.cards.find(pause.by.id)
    told = HintLine("paused", "", words | {"who": staff.full_name if staff else NOBODY})
    noted = visit.room.schools.changes.of_school(visit.cards.school.id, Wanted(action="paused", person_id=person_id), 1)
    return (told, *(HintLine("pause_note", "", {"reason": one.reason}) for one in noted if one.reason))
