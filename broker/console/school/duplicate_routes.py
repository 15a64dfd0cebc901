"""S6: two cards, one person."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from broker.console.school.lines import class_of, local_day, person_line
from broker.console.school.visit import Visit, here
from broker.console.school_duplicates import BothLinked
from broker.directory.duplicates import Duplicates, OtherSchoolInvolved
from broker.directory.duplicates_store import Merged
from broker.directory.school_person import CardMoved, NotHere, SchoolPerson
from broker.screens.school_roster_pages import DuplicatesPage, MergeLine, TwinCard, TwinPair

DUPLICATES = "/school/duplicates"


def duplicate_routes(blueprint: Blueprint) -> None:
    """Add the addresses to the console's blueprint."""

    @blueprint.get(DUPLICATES)
    def duplicates() -> AnyResponse:
        visit = here()
        return visit.show(_page(visit))

    @blueprint.post(DUPLICATES)
    def decide() -> AnyResponse:
        return _decide(here())


def _decide(visit: Visit) -> AnyResponse:
    deed, _, rest = request.form.get("deed", "").partition(":")
    one, _, other = rest.partition(":")
    desk = visit.room.duplicates

    def do() -> str:
        if deed == "keep":
            desk.merge(visit.cards, one, other, visit.actor)
            return f"{DUPLICATES}?done=merged"
        if deed == "apart":
            desk.keep_apart(visit.cards, one, other, visit.actor)
            return f"{DUPLICATES}?done=apart"
        if deed != "undo":
            raise NotHere
        desk.undo(visit.cards, one, visit.actor)
        return f"{DUPLICATES}?done=parted"

    try:
        return visit.once(do)
    except BothLinked:
        return visit.show(_page(visit, "both_linked"), 409)
    except OtherSchoolInvolved:
        return visit.show(_page(visit, "elsewhere"), 409)
    except CardMoved:
        return visit.show(_page(visit, "login"), 409)


def _page(visit: Visit, trouble: str = "") -> DuplicatesPage:
    pairs = visit.room.duplicates.pairs(visit.cards)
    return DuplicatesPage(
        frame=visit.frame("duplicates"),
        pairs=tuple(TwinPair(_card(visit, pair.one), _card(visit, pair.other), pair.can_merge) for pair in pairs),
        merges=tuple(_merge(visit, found) for found in visit.room.duplicates.recent(visit.cards)),
        form=visit.form(DUPLICATES),
        trouble=trouble,
    )


def _card(visit: Visit, found: SchoolPerson) -> TwinCard:
    line = person_line(visit, found)
    return TwinCard(
        person_id=found.id,
        name=found.full_name,
        class_name=class_of(visit, found),
        birth_date=found.person.birth_date,
        snils_end=(found.person.snils or "")[-2:],
        login=found.person.login or "",
        is_linked=visit.room.duplicates.has_link(found.id),
        is_activated=line.is_activated,
        roles=line.roles,
    )


def _merge(visit: Visit, found: Merged) -> MergeLine:
    kept = visit.cards.find(found.kept_id)
    name = kept.full_name if kept else "—"
    return MergeLine(found.id, name, local_day(visit, found.at), local_day(visit, Duplicates.ends_at(found)))
