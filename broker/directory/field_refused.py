"""What a person typed and we cannot take."""

from __future__ import annotations


class FieldRefused(Exception):
    """What was typed cannot be taken. `field` is password, login, phone or email; `message` a key under `field_error` in the
    catalogue (`password.short`), `n` its number if it has one."""

    def __init__(self, field: str, message: str, n: int | None = None):
        super().__init__(message)
        self.field = field
        self.message = message
        self.n = n
