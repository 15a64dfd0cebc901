"""What a service may ask to do with school data, one wish at a time: authorization details (RFC 9396 2). Pure.

The types are data: a type is a name and its actions. A wish says which actions, at which addresses (`locations`), and for which
children (`children`, the identifiers under which the service knows them); without `children` it is for the person and all of
them. The person is asked about an action and a child; an address is the service's own business and was registered with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from broker.foundation.encoding import canonical_json

# Each action has a text under `consent.item`: the type and the action with an underscore between.
DETAIL_TYPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "school_grades": ("read",),
        "school_attendance": ("read", "excuse"),
        "school_homework": ("read",),
    }
)
_FIELDS = frozenset({"type", "actions", "locations", "children"})
_MAX_DETAILS, _MAX_WORDS = 10, 20
_MAX_LOCATION = 512
_SUBJECT = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_VISIBLE = re.compile(r"[!-~]+", re.ASCII)


class BadDetails(ValueError):
    """Not what the types allow. The text is static, for the developer (RFC 9396 5)."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One authorization detail. Empty `children` mean no restriction."""

    type: str
    actions: tuple[str, ...]
    locations: tuple[str, ...] = ()
    children: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As JSON; what is empty is left out."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value}


def details_of(value: object) -> tuple[Detail, ...]:
    """The details of a request, from its JSON value.

    Raises:
        BadDetails: unknown type, action or field, a value of the wrong kind, or too many (RFC 9396 5).
    """
    if not isinstance(value, list) or not 0 < len(value) <= _MAX_DETAILS:
        raise BadDetails("authorization_details must be an array of 1 to 10 objects")
    return tuple(dict.fromkeys(_detail(each) for each in value))


def written(details: Iterable[Detail]) -> str:
    """Details as canonical JSON; the empty text for none."""
    plain = [detail.plain() for detail in details]
    return canonical_json(plain).decode("utf-8") if plain else ""


def read(text: str) -> tuple[Detail, ...]:
    """The details that `written` wrote."""
    return tuple(_detail(each) for each in json.loads(text)) if text else ()


def wishes_of(details: Iterable[Detail]) -> tuple[str, ...]:
    """What the person is asked about: `type.action`, or `type.action:child` for each child named."""
    words: dict[str, None] = {}
    for detail in details:
        for action in detail.actions:
            plain = f"{detail.type}.{action}"
            words |= dict.fromkeys([f"{plain}:{child}" for child in detail.children] or [plain])
    return tuple(words)


def good_at(details: Iterable[Detail], places: Iterable[str]) -> Iterator[Detail]:
    """Those that may be used at one of these places (RFC 9396 9.1); one without locations may be used anywhere."""
    here = frozenset(places)
    return (detail for detail in details if not detail.locations or here.intersection(detail.locations))


def known_as(details: Iterable[Detail], names: Mapping[str, str]) -> Iterator[Detail]:
    """The same for another service, which knows the children by other `names`. Without children a detail would be for all of
    them, so one whose children are not all among the names is left out."""
    for detail in details:
        if names.keys() >= set(detail.children):
            yield replace(detail, children=tuple(names[child] for child in detail.children))


def are_same(some: Iterable[Detail], others: Iterable[Detail]) -> bool:
    """Whether both say the same, in whatever order."""
    return {_unordered(detail) for detail in some} == {_unordered(detail) for detail in others}


def _unordered(detail: Detail) -> tuple[str, frozenset[str], frozenset[str], frozenset[str]]:
    return detail.type, frozenset(detail.actions), frozenset(detail.locations), frozenset(detail.children)


def is_wish(item: str) -> bool:
    """Whether a word of a permission was made by `wishes_of`."""
    plain, colon, child = item.partition(":")
    type_, _, action = plain.partition(".")
    return action in DETAIL_TYPES.get(type_, ()) and (not colon or _SUBJECT.fullmatch(child) is not None)


def child_of(wish: str) -> str | None:
    """The child a wish is for, None when it is for the person and all children."""
    return wish.partition(":")[2] or None


def wish_key(wish: str) -> str:
    """The key of a wish under `consent.item`."""
    return wish.partition(":")[0].replace(".", "_")


def is_granted(item: str, granted: Iterable[str]) -> bool:
    """Whether a permission holds an item. What was allowed for all children was allowed for each of them, never the reverse."""
    held = frozenset(granted)
    return item in held or (is_wish(item) and item.partition(":")[0] in held)


def _detail(value: object) -> Detail:
    if not isinstance(value, dict) or not _FIELDS.issuperset(value):
        raise BadDetails("an authorization detail has a field that is not known")
    type_ = value.get("type")
    if not isinstance(type_, str) or type_ not in DETAIL_TYPES:
        raise BadDetails("the type of an authorization detail is not known")
    actions = _words(value, "actions")
    if not actions or any(action not in DETAIL_TYPES[type_] for action in actions):
        raise BadDetails("an authorization detail must name actions of its type")
    locations, children = _words(value, "locations"), _words(value, "children")
    if any(len(location) > _MAX_LOCATION or not _VISIBLE.fullmatch(location) for location in locations):
        raise BadDetails("locations must be addresses")
    if any(not _SUBJECT.fullmatch(child) for child in children):
        raise BadDetails("children must be identifiers of people")
    return Detail(type_, actions, locations, children)


def _words(value: Mapping[str, Any], name: str) -> tuple[str, ...]:
    words = value.get(name, [])
    # An empty array could be read as "none of them" and as "no restriction", so it is neither.
    if not isinstance(words, list) or (name in value and not 0 < len(words) <= _MAX_WORDS):
        raise BadDetails("a field of an authorization detail must be an array of 1 to 20 words")
    if not all(isinstance(word, str) for word in words) or len(set(words)) != len(words):
        raise BadDetails("a field of an authorization detail must hold different words")
    return tuple(words)
