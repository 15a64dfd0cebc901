"""Which passwords are good enough: long before strange, and not one that many people have."""

from __future__ import annotations

from broker.directory.field_refused import FieldRefused
from broker.directory.password_hash import LONGEST, normal
from broker.directory.person import Person

SHORTEST = 8


def require_good(person: Person, unverified_password: str, temporary: str | None) -> None:
    """Refuse a password that is too short, known to many, or the temporary one.

    Raises:
        FieldRefused: password.empty, password.short (n signs are missing), password.long, password.same, password.common.
    """
    password = normal(unverified_password[: LONGEST + 1])
    if not password:
        raise FieldRefused("password", "password.empty")
    if len(password) < SHORTEST:
        raise FieldRefused("password", "password.short", SHORTEST - len(password))
