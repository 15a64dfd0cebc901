"""Users (RFC 7644 3): the people of one region, read and changed. Each change is one unit of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scim2_models import Context, InvalidValueException, NotFoundException, PatchOp, TooManyException

from broker.audit.catalogue_provisioning import PersonProvisioned
from broker.directory.credentials import Hashed
from broker.directory.provisioned_store import RegionPerson
from broker.provisioning.models import User, UserResource
from broker.provisioning.questions import MOST_SCANNED, Question, list_answer, question_of, wanted_values
from broker.provisioning.refusals import in_scim_words, ours
from broker.provisioning.user_card import fill_left_out, user_of, version_tag, wish_from
from broker.provisioning.visit import Answer, Visit, require_version

_LONGEST_EXTERNAL = 255
_INDEXED = ("username", "externalid", "id")


class UserDesk:
    """What one diary does with Users."""

    def __init__(self, visit: Visit):
        self._visit = visit
        self._people = visit.people

    def get(self, person_id: str, unverified_query: Mapping[str, Any]) -> Answer:
        """One User.

        Raises:
            SCIMException: 404, or a query that cannot be understood.
        """
        asked = question_of(UserResource, unverified_query, is_in_address=True)
        found = self._people.find(person_id)
        if found is None:
            raise ours(NotFoundException, "There is no such resource")
        return self._answer(200, self._told((found,))[0], Context.RESOURCE_QUERY_RESPONSE, asked)

    def search(self, unverified_query: Mapping[str, Any], *, is_in_address: bool) -> Answer:
        """A page of Users, by identifier.

        Raises:
            SCIMException: a query that cannot be understood; tooMany when a filter would have to look through too many.
        """
        asked = question_of(UserResource, unverified_query, is_in_address=is_in_address)
        if asked.filter is None:
            ids = self._people.store.ids(asked.offset, asked.limit)
            users = self._told(self._people.store.find_many(ids))
            return Answer(200, list_answer(UserResource, users, self._people.store.count(), asked))
        chosen = asked.filter
        fitting = [user for user in self._told(self._candidates(asked)) if chosen.match(user)]
        page = fitting[asked.offset : asked.offset + asked.limit]
        return Answer(200, list_answer(UserResource, page, len(fitting), asked))

    def create(self, unverified_body: Mapping[str, Any]) -> Answer:
        """A new card (RFC 7644 3.3).

        Raises:
            SCIMException: invalidValue, uniqueness and the like.
        """
        with in_scim_words():
            user: Any = UserResource.model_validate(unverified_body, scim_ctx=Context.RESOURCE_CREATION_REQUEST)
            password = self._hashed(user)
            with self._visit.room.database.work():
                after = self._people.add(wish_from(user, None, password))
                self._put_external(after.id, user.external_id, None)
                self._note(after.id, "added")
                return self._answer(201, self._told((after,))[0], Context.RESOURCE_CREATION_RESPONSE)

    def replace(self, person_id: str, unverified_body: Mapping[str, Any], if_match: str | None) -> Answer:
        """The card as this User says (RFC 7644 3.5.1); what our extension leaves out stays.

        Raises:
            SCIMException: 404, 412, invalidValue, uniqueness, mutability and the like.
        """
        with in_scim_words():
            user: Any = UserResource.model_validate(unverified_body, scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
            password = self._hashed(user)
            with self._visit.room.database.work():
                before, original = self._held(person_id, if_match)
                fill_left_out(user, original, unverified_body)
                user.replace(original)
                return self._save((before, original), user, password, Context.RESOURCE_REPLACEMENT_RESPONSE)

    def patch(self, person_id: str, unverified_body: Mapping[str, Any], if_match: str | None) -> Answer:
        """The card with these operations done, all or none (RFC 7644 3.5.2).

        Raises:
            SCIMException: 404, 412, invalidPath, noTarget and the like.
        """
        with in_scim_words():
            password = self._hashed(self._tried(person_id, unverified_body))
            with self._visit.room.database.work():
                before, original = self._held(person_id, if_match)
                user = _patched(original, unverified_body)
                return self._save((before, original), user, password, Context.RESOURCE_PATCH_RESPONSE)

    def delete(self, person_id: str, if_match: str | None) -> Answer:
        """They are of no school of the region any more. Nothing is erased, and nothing of it is told here again (RFC 7644 3.6).

        Raises:
            SCIMException: 404, 412, 403.
        """
        with in_scim_words(), self._visit.room.database.work():
            before, _ = self._held(person_id, if_match)
            self._people.take_out(before)
            if not before.is_elsewhere:
                self._visit.room.sign_out(person_id, self._visit.actor, False)
            self._visit.externals.put(person_id, None)
            self._note(person_id, "taken_out")
            return Answer(204)

    def _held(self, person_id: str, if_match: str | None) -> tuple[RegionPerson, User[Any]]:
        before = self._people.hold(person_id)
        original = self._told((before,))[0]
        require_version(if_match, version_tag(before.version, original.external_id))
        return before, original

    def _tried(self, person_id: str, unverified_body: Mapping[str, Any]) -> User[Any] | None:
        """What a patch would make of a User, if it says anything of a password: how it does so has many forms."""
        if "password" not in str(unverified_body).casefold():
            return None
        found = self._people.find(person_id)
        if found is None:
            raise ours(NotFoundException, "There is no such resource")
        return _patched(self._told((found,))[0], unverified_body)

    def _save(
        self, was: tuple[RegionPerson, User[Any]], user: User[Any], password: Hashed | None, context: Context
    ) -> Answer:
        before, original = was
        after = self._people.change(before, wish_from(user, before, password))
        self._put_external(before.id, user.external_id, original.external_id)
        if after.person.is_blocked and not before.person.is_blocked:
            self._visit.room.sign_out(before.id, self._visit.actor, False)
        elif password is not None:
            # Whoever was in by the password of before is out.
            self._visit.room.sign_out(before.id, self._visit.actor, True)
        if after.version != before.version or user.external_id != original.external_id or password is not None:
            self._note(before.id, "changed")
        return self._answer(200, self._told((after,))[0], context)

    def _put_external(self, person_id: str, wanted: str | None, had: str | None) -> None:
        if wanted == had:
            return
        if wanted is not None and not 0 < len(wanted) <= _LONGEST_EXTERNAL:
            raise ours(InvalidValueException, f"externalId: must have 1 to {_LONGEST_EXTERNAL} signs")
        self._visit.externals.put(person_id, wanted)

    def _hashed(self, user: User[Any] | None) -> Hashed | None:
        """The password that a User brings; counted, since it costs as much whether it is taken or not."""
        if user is None or user.password is None:
            return None
        self._visit.spend_password()
        return self._visit.room.people.credentials.hash(user.password)

    def _candidates(self, asked: Question) -> Sequence[RegionPerson]:
        """Everybody whom the filter could mean."""
        store = self._people.store
        assert asked.filter is not None
        named = wanted_values(asked.filter.ast, _INDEXED)
        if named is not None:
            return store.find_many(sorted(filter(None, self._named(*named))))
        ids = store.ids(0, MOST_SCANNED + 1)
        if len(ids) > MOST_SCANNED:
            raise ours(TooManyException, f"At most {MOST_SCANNED} people are looked through: ask by userName, externalId or id")
        return store.find_many(ids)

    def _named(self, name: str, value: str) -> tuple[str | None, ...]:
        if name == "externalid":
            return (self._visit.externals.find(value),)
        # Somebody without a login goes by their identifier.
        by_id = value if len(value) <= 36 else None
        return (by_id,) if name == "id" else (self._people.store.with_login(value) if len(value) <= 64 else None, by_id)

    def _told(self, found: Sequence[RegionPerson]) -> list[User[Any]]:
        externals = self._visit.externals.of([one.id for one in found])
        base_url, today = self._visit.room.base_url, self._people.today
        return [user_of(one, externals.get(one.id), base_url, today) for one in found]

    def _answer(self, status: int, user: User[Any], context: Context, asked: Question | None = None) -> Answer:
        body = user.model_dump(scim_ctx=context, response_parameters=asked.shows if asked else None)
        assert user.meta is not None
        return Answer(status, body, user.meta.version, user.meta.location)

    def _note(self, person_id: str, change: str) -> None:
        self._visit.room.journal.append(PersonProvisioned(person_id, self._visit.token.id, change), self._visit.actor)


def _patched(original: User[Any], unverified_body: Mapping[str, Any]) -> User[Any]:
    patch: Any = PatchOp[UserResource].model_validate(unverified_body, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
    user = original.model_copy(deep=True)
    patch.patch(user)
    return user
