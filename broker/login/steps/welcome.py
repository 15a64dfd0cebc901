"""WELCOME: the wizard of the first sign-in, at the stage its invitation has reached."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flask import Response

from broker.directory.invitations import Stage
from broker.login.neighbours import Neighbours
from broker.login.steps import welcome_contacts, welcome_data, welcome_done, welcome_password
from broker.login.visit import Visit
from broker.login.wizard import Doing, Guest, with_guest

PAGES: Mapping[Stage, Doing] = MappingProxyType(
    {
        Stage.DATA: welcome_data.show,
        Stage.CONTACTS: welcome_contacts.show,
        Stage.PASSWORD: welcome_password.show,
        Stage.DONE: welcome_done.show,
    }
)


def welcome(rooms: Neighbours, visit: Visit) -> Response:
    """The page of the stage."""
    return with_guest(rooms, visit, lambda rooms, visit, guest: PAGES[guest.stage](rooms, visit, guest))


def look_back(rooms: Neighbours, visit: Visit, guest: Guest, unverified_stage: str) -> Response:
    """A step that is done already, by the link "back". The steps ahead stay closed, and after the end there is no way back."""
    wished = next((stage for stage in PAGES if stage.value == unverified_stage), guest.stage)
    return PAGES[wished if guest.may_answer(wished) else guest.stage](rooms, visit, guest)
