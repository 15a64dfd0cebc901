"""A card as its page shows it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from broker.console.school.lines import change_lines, hint_lines, kin_choices
from broker.console.school.visit import Visit
from broker.console.school_cases import hints_of
from broker.directory.card_changes import Wanted
from broker.directory.person import Role
from broker.directory.school_edits import Typed
from broker.directory.school_person import SchoolPerson, holds
from broker.screens.field_errors import FieldError
from broker.screens.school_card_pages import CardForm, CardPage
from broker.screens.school_pages import Choice

_CHANGES = 20
# True of every third card: worth a look only when somebody could not get in.
_ONLY_WITH_A_CASE = frozenset({"day_month_swap_possible"})


@dataclass(frozen=True, slots=True)
class CardNotes:
    """What a form left behind: the case somebody comes from, what was typed, what is wrong with it."""

    case: str = ""
    typed: Typed | None = None
    errors: tuple[FieldError, ...] = ()
    trouble: str = ""
    kin_found: tuple[Choice, ...] = ()


def card_page(visit: Visit, found: SchoolPerson, notes: CardNotes) -> CardPage:
    """S3. The form holds what was typed, with the version of the card as it is now."""
    form = card_form(visit, found)
    shown = replace(form, **asdict(notes.typed)) if notes.typed else form
    kin = visit.cards.kin_of(found.id)
    is_pupil = found.has_role(Role.PUPIL, visit.cards.today)
    invitation = visit.room.invitations.of_person(found.id)
    state = invitation.state_at(visit.room.outside.now()) if invitation else ""
    hints = hints_of(visit.cards, found, invitation_state=state, has_parents=bool(kin.parents))
    changes = visit.room.schools.changes.of_school(visit.cards.school.id, Wanted(person_id=found.id), _CHANGES)
    address = f"/school/people/{found.id}"
    return CardPage(
        frame=visit.frame("people"),
        person_id=found.id,
        name=found.full_name,
        card=shown,
        form=visit.form(address),
        case_number=notes.case,
        parents=kin_choices(kin.parents),
        children=kin_choices(kin.children),
        kin=None if found.is_guarded else visit.form(f"{address}/kin"),
        kin_of="parents" if is_pupil else "children",
        hints=hint_lines(found.person, [hint for hint in hints if notes.case or hint.key not in _ONLY_WITH_A_CASE]),
        changes=change_lines(visit, changes),
        is_guarded=found.is_guarded,
        is_administrator=found.has_role(Role.SCHOOL_ADMINISTRATOR, visit.cards.today),
        is_here=found.is_here_on(visit.cards.today),
        kin_found=notes.kin_found,
        errors=notes.errors,
        trouble=notes.trouble,
        theirs=_theirs(form, shown) if notes.trouble == "moved" else (),
    )


def card_form(visit: Visit, found: SchoolPerson) -> CardForm:
    """The fields as the card has them."""
    person, today = found.person, visit.cards.today
    current = [place for place in person.memberships if holds(place, today)]
    pupil = next((place for place in person.memberships if place.role is Role.PUPIL), None)
    return CardForm(
        surname=person.surname,
        name=person.name,
        patronymic=person.patronymic or "",
        birth_date=f"{person.birth_date:%d.%m.%Y}" if person.birth_date else "",
        sex=person.sex or "",
        snils=person.snils or "",
        login=person.login or "",
        class_name=(pupil.class_name or "") if pupil else "",
        roles=tuple(place.role.value for place in current),
        version=found.version,
    )


def _theirs(now: CardForm, typed: CardForm) -> tuple[tuple[str, str], ...]:
    """What the card says where the form says something else: somebody has saved it meanwhile."""
    kept, shown = asdict(now), asdict(typed)
    return tuple((field, str(kept[field])) for field in kept if field not in ("version", "roles") and kept[field] != shown[field])
