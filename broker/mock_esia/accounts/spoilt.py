"""A person's data as an armed fault makes it: what real accounts are at times and no invented person is."""

from __future__ import annotations

from collections.abc import Mapping

_GONE = {"no_name": ("firstName", "lastName"), "no_snils": ("snils",), "no_birth_date": ("birthDate",)}
_CHANGED: dict[str, dict[str, object]] = {
    "being_checked": {"verifying": True},
    "no_parent": {"kidAccCreatedByParent": False},
    "lowered_level": {"trusted": False},
    "deleted": {"status": "DELETED"},
    "changed_snils": {"snils": "002-000-999 68"},
    "changed_name": {"firstName": "Иное", "lastName": "Лицо"},
    "changed_birth_date": {"birthDate": "31.12.1971"},
}


def spoilt(resource: Mapping[str, object], flaw: str | None) -> dict[str, object]:
    """The person of a fault. What the scopes did not open is not added."""
    gone, changed = _GONE.get(flaw or "", ()), _CHANGED.get(flaw or "", {})
    return {name: changed.get(name, value) for name, value in resource.items() if name not in gone}
