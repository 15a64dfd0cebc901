"""What a person has done here: signed in, and given one client a grant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from broker.mock_esia.accounts.people import Person
from broker.mock_esia.oauth.authorization import AuthorizationRequest


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. `sid` is what tokens call `urn:esia:sid`; the cookie holds another value."""

    person: Person
    sid: str
    began_at: datetime


@dataclass(frozen=True, slots=True)
class HalfSignedIn:
    """The password was right, the second factor is to come; `attempt` is where the browser goes on afterwards."""

    session: Session
    attempt: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code or a refresh token stands for."""

    request: AuthorizationRequest
    session: Session
