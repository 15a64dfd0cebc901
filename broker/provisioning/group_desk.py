"""Groups: the schools of a region and the classes that have pupils today. Only who is in a class can be changed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scim2_models import Context, GroupMember, Meta, MutabilityException, NotFoundException, PatchOp, Reference, TooManyException

from broker.audit.catalogue_provisioning import PersonProvisioned
from broker.directory.document import Place
from broker.directory.person import Role, School
from broker.foundation.encoding import digest, from_b64url
from broker.provisioning.models import Group, GroupKind, GroupResource, SchoolGroup
from broker.provisioning.questions import Question, list_answer, question_of, wanted_values
from broker.provisioning.refusals import in_scim_words, ours
from broker.provisioning.user_card import class_id, places, wish_of_person
from broker.provisioning.visit import Answer, Visit, require_version

_MOST_WITH_MEMBERS = 500


@dataclass(frozen=True, slots=True)
class _Place:
    """A school, or a class of it. `classes` are those of a school."""

    school: School
    class_name: str | None
    classes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.school.id if self.class_name is None else class_id(self.school.id, self.class_name)


class GroupDesk:
    """What one diary does with Groups."""

    def __init__(self, visit: Visit):
        self._visit = visit
        self._store = visit.people.store

    def get(self, group_id: str, unverified_query: Mapping[str, Any]) -> Answer:
        """One group.

        Raises:
            SCIMException: 404, or a query that cannot be understood.
        """
        asked = question_of(GroupResource, unverified_query, is_in_address=True)
        return self._answer(self._told(self._get(group_id)), Context.RESOURCE_QUERY_RESPONSE, asked)

    def search(self, unverified_query: Mapping[str, Any], *, is_in_address: bool) -> Answer:
        """A page of groups: each school followed by its classes.

        Raises:
            SCIMException: a query that cannot be understood; tooMany when a filter asks for members of too many groups.
        """
        asked = question_of(GroupResource, unverified_query, is_in_address=is_in_address)
        if asked.filter is None:
            found = list(self._all())
            page = [self._shown(place, asked) for place in found[asked.offset : asked.offset + asked.limit]]
            return Answer(200, list_answer(GroupResource, page, len(found), asked))
        chosen = asked.filter
        asks_for_members = "members" in str(chosen).lower()
        fitting = [place for place in self._candidates(asked) if chosen.match(self._told(place, asks_for_members))]
        page = [self._shown(place, asked) for place in fitting[asked.offset : asked.offset + asked.limit]]
        return Answer(200, list_answer(GroupResource, page, len(fitting), asked))

    def patch(self, group_id: str, unverified_body: Mapping[str, Any], if_match: str | None) -> Answer:
        """Pupils into a class or out of it (RFC 7644 3.5.2). Who is taken out stays a pupil of the school, without a class.

        Raises:
            SCIMException: 404 for the group or a pupil, 412, mutability for a school.
        """
        with in_scim_words(), self._visit.room.database.work():
            place = self._get(group_id)
            original = self._told(place)
            require_version(if_match, _version(original))
            patch: Any = PatchOp[GroupResource].model_validate(unverified_body, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
            group: Any = original.model_copy(deep=True)
            patch.patch(group)
            self._move(place, _ids(original.members), _ids(group.members))
            return self._answer(self._told(place), Context.RESOURCE_PATCH_RESPONSE)

    def _move(self, place: _Place, before: frozenset[str], after: frozenset[str]) -> None:
        if place.class_name is None and before != after:
            raise ours(MutabilityException, "The classes of a school are those that its pupils are in")
        self._store.lock(sorted(before ^ after))
        for person_id in sorted(before ^ after):
            found = self._visit.people.hold(person_id)
            wanted = _with_class(places(found), place.school.id, place.class_name if person_id in after else None)
            self._visit.people.change(found, wish_of_person(found, wanted))
            event = PersonProvisioned(person_id, self._visit.token.id, "changed")
            self._visit.room.journal.append(event, self._visit.actor)

    def _get(self, group_id: str) -> _Place:
        school_id, is_class, coded = group_id.partition("~")
        school = next((one for one in self._store.schools() if one.id == school_id), None)
        if school is not None and not is_class:
            classes = tuple(name for owner, name in self._store.classes() if owner == school_id)
            return _Place(school, None, classes)
        class_name = _decoded(coded)
        if school is None or not class_name or not self._store.pupils_of(school_id, class_name):
            raise ours(NotFoundException, "There is no such resource")
        return _Place(school, class_name)

    def _all(self) -> Iterable[_Place]:
        classes: dict[str, list[str]] = {}
        for school_id, class_name in self._store.classes():
            classes.setdefault(school_id, []).append(class_name)
        for school in self._store.schools():
            names = tuple(classes.get(school.id, ()))
            yield _Place(school, None, names)
            yield from (_Place(school, name) for name in names)

    def _candidates(self, asked: Question) -> Sequence[_Place]:
        assert asked.filter is not None
        found = list(self._all())
        named = wanted_values(asked.filter.ast, ("id", "school"))
        if named is not None:
            name, value = named
            found = [place for place in found if (place.id if name == "id" else place.school.id) == value]
        if "members" in str(asked.filter).lower() and len(found) > _MOST_WITH_MEMBERS:
            raise ours(TooManyException, f"At most {_MOST_WITH_MEMBERS} groups are looked through: name the school as well")
        return found

    def _shown(self, place: _Place, asked: Question) -> Group[Any]:
        return self._told(place, asked.wants("members"))

    def _told(self, place: _Place, with_members: bool = True) -> Group[Any]:
        base_url = self._visit.room.base_url
        group: Group[Any] = GroupResource(
            id=place.id,
            display_name=place.class_name or place.school.name_ru,
            members=(self._members(place) or None) if with_members else None,
            meta=Meta(resource_type="Group", location=f"{base_url}/Groups/{place.id}"),
        )
        kind = GroupKind.SCHOOL if place.class_name is None else GroupKind.CLASS
        group[SchoolGroup] = SchoolGroup(school=place.school.id, kind=kind)
        if with_members and group.meta is not None:
            group.meta.version = _version(group)
        return group

    def _members(self, place: _Place) -> list[GroupMember]:
        base_url = self._visit.room.base_url
        if place.class_name is None:
            ids = [class_id(place.school.id, name) for name in place.classes]
            return [GroupMember(value=one, ref=Reference(f"{base_url}/Groups/{one}"), type="Group") for one in ids]
        pupils = self._store.pupils_of(place.school.id, place.class_name)
        return [GroupMember(value=one, ref=Reference(f"{base_url}/Users/{one}"), type="User") for one in pupils]

    def _answer(self, group: Group[Any], context: Context, asked: Question | None = None) -> Answer:
        body = group.model_dump(scim_ctx=context, response_parameters=asked.shows if asked else None)
        assert group.meta is not None
        return Answer(200, body, group.meta.version, group.meta.location)


def _version(group: Group[Any]) -> str:
    told = "\n".join((group.id or "", group.display_name or "", *sorted(_ids(group.members))))
    return f'W/"{digest(told)[:24]}"'


def _ids(members: list[GroupMember] | None) -> frozenset[str]:
    return frozenset(member.value or "" for member in members or ())


def _decoded(coded: str) -> str:
    try:
        return from_b64url(coded).decode("utf-8") if len(coded) <= 100 else ""
    except ValueError:
        return ""


def _with_class(held: tuple[Place, ...], school_id: str, class_name: str | None) -> tuple[Place, ...]:
    """The places of somebody who comes into a class, or leaves theirs."""
    mine = [number for number, place in enumerate(held) if place.school_id == school_id and place.role is Role.PUPIL]
    if not mine:
        return (*held, Place(school_id, Role.PUPIL, class_name, None)) if class_name else held
    last = mine[-1]
    # Into a class: they are a pupil of the school again. Out of it: when they leave, if they do, is not for a class to say.
    left_on = None if class_name else held[last].left_on
    changed = replace(held[last], class_name=class_name, left_on=left_on)
    return (*held[:last], changed, *held[last + 1 :])
