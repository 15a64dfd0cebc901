"""`permissions`: consents of the Digital Profile that ride on an authorization request, decoded and checked.

What ESIA's catalogue of consent types holds is not public; the stand plays it with the few invented types below.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from broker.mock_esia.oauth.refusals import EsiaRefusal

ACTIONS = frozenset({"ALL_ACTIONS_TO_DATA", "USE_DATA", "SHARE_DATA"})
_MOST_MINUTES = 525600 * 5
_MOST_CONSENTS = 20


@dataclass(frozen=True, slots=True)
class ConsentType:
    """One type of consent. `scopes` None means that it has none at all."""

    title: str
    purposes: frozenset[str]
    scopes: frozenset[str] | None = None
    mandatory: frozenset[str] = frozenset()
    has_one_purpose: bool = True


CONSENT_TYPES: Mapping[str, ConsentType] = {
    "MOCK_APPLICATIONS": ConsentType("Подача заявлений от вашего имени", frozenset({"MOCK_APPLICATIONS"})),
    "MOCK_SCHOOL": ConsentType(
        "Сведения для школы",
        frozenset({"MOCK_ENROLMENT", "MOCK_BENEFITS"}),
        scopes=frozenset({"fullname", "birthdate", "snils", "addresses", "id_doc"}),
        mandatory=frozenset({"fullname"}),
        has_one_purpose=False,
    ),
}


@dataclass(frozen=True, slots=True)
class AskedConsent:
    """One consent of a request, checked. `minutes` is how long it would last."""

    kind: str
    title: str
    minutes: int
    scopes: frozenset[str]


def read_permissions(unverified_text: str) -> tuple[AskedConsent, ...]:
    """The consents of a request. Raises EsiaRefusal of the 0367xx, or 007003 for what is no list of objects."""
    return tuple(_consent(item) for item in _items(unverified_text))


def _items(unverified_text: str) -> Sequence[Mapping[str, object]]:
    if "=" in unverified_text:
        raise EsiaRefusal("007003", words="permissions has padding; base64url without = is wanted")
    try:
        octets = base64.b64decode(unverified_text + "=" * (-len(unverified_text) % 4), altchars=b"-_", validate=True)
        items = json.loads(octets)
    except (binascii.Error, ValueError, RecursionError) as wrong:
        raise EsiaRefusal("007003", words="permissions is no JSON in base64url without padding") from wrong
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items) or len(items) > _MOST_CONSENTS:
        raise EsiaRefusal("007003", words="permissions is no array of objects")
    if not items:
        raise EsiaRefusal("036700", words="permissions is an empty array")
    return items


def _consent(item: Mapping[str, object]) -> AskedConsent:
    name = item.get("sysname")
    if not name:
        raise EsiaRefusal("036700", words="a consent has no sysname")
    kind = CONSENT_TYPES.get(name) if isinstance(name, str) else None
    if kind is None:
        raise EsiaRefusal("036701", words="sysname is one of " + ", ".join(CONSENT_TYPES))
    scopes = _names(item, "scopes")
    _require_scopes(kind, scopes)
    _require_actions(_names(item, "actions"))
    _require_purposes(kind, _names(item, "purposes"))
    return AskedConsent(str(name), kind.title, _minutes(item.get("expire")), frozenset(scopes))


def _require_scopes(kind: ConsentType, scopes: Sequence[str]) -> None:
    if kind.scopes is None:
        if scopes:
            raise EsiaRefusal("036704", words="this type of consent has no scopes")
        return
    if not kind.mandatory <= set(scopes):
        raise EsiaRefusal("036702", words="mandatory scopes are " + ", ".join(sorted(kind.mandatory)))
    if not set(scopes) <= kind.scopes:
        raise EsiaRefusal("036703", words="allowed scopes are " + ", ".join(sorted(kind.scopes)))


def _require_actions(actions: Sequence[str]) -> None:
    if not actions:
        raise EsiaRefusal("036705", words="a consent needs at least one action")
    if not set(actions) <= ACTIONS:
        raise EsiaRefusal("036706", words="actions are " + ", ".join(sorted(ACTIONS)))


def _require_purposes(kind: ConsentType, purposes: Sequence[str]) -> None:
    if not purposes:
        raise EsiaRefusal("036707", words="a consent needs at least one purpose")
    if not set(purposes) <= kind.purposes:
        raise EsiaRefusal("036726", words="purposes are " + ", ".join(sorted(kind.purposes)))
    if kind.has_one_purpose and len(purposes) != 1:
        raise EsiaRefusal("036727", words="this type of consent has exactly one purpose")


def _minutes(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= _MOST_MINUTES:
        raise EsiaRefusal("036716", words="expire is a whole number of minutes, for instance 525600")
    return value


def _names(item: Mapping[str, object], field: str) -> tuple[str, ...]:
    """The `sysname` of each object in a list."""
    found = item.get(field, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) and isinstance(one.get("sysname"), str) for one in found):
        raise EsiaRefusal("007003", words=f"{field} of a consent is a list of objects with sysname")
    return tuple(str(one["sysname"]) for one in found)
