"""The form for diary login and password below the Gosuslugi button, where a region still lets people in by it."""

from __future__ import annotations

from dataclasses import dataclass

from broker.screens.field_errors import FieldError


@dataclass(frozen=True, slots=True)
class PasswordForm:
    """`login` is what was typed before; a password is never given back.

    Raises:
        ValueError: the form would be sent to something that is not a path of the login.
    """

    action_url: str
    form_key: str
    login: str = ""
    errors: tuple[FieldError, ...] = ()

    def __post_init__(self) -> None:
        if not self.action_url.startswith("/login/"):
            raise ValueError("a password is sent to the login alone")
