"""Is this person still allowed, today, to be known to this client? Asked by every grant and by the UserInfo Endpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import NoReturn

from broker.audit.catalogue import PolicyRefused
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.clients.client import Client
from broker.consent import details
from broker.consent.details import child_of, wishes_of
from broker.consent.items import items_of
from broker.consent.store import Consents
from broker.directory.person import Child, Person
from broker.linking.standing import Standing
from broker.storage.database import Database
from broker.tokens.acr import reaches
from broker.tokens.authorization import Authorization
from broker.tokens.claims import Subject

NO_CONSENT = 9003
NOT_FOR_ROLE = 7009
NOT_SURE_ENOUGH = 7008


class NotAllowed(Exception):
    """Not any more. `cause` is a code of the catalogue, for the audit log; the client is told only that the grant is over."""

    def __init__(self, cause: int):
        super().__init__(str(cause))
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Allowed:
    """A person who is allowed today. Made by `StillAllowed.require` only."""

    person: Person
    day: date
    region: str
    children: Callable[[], tuple[tuple[str, Child], ...]] = field(repr=False)

    def subject(self, wanted: frozenset[str]) -> Subject:
        """What claims are made from; children are looked up only when asked for."""
        return Subject(self.person, self.children() if "children" in wanted else (), self.day, self.region)


@dataclass(frozen=True, slots=True)
class StillAllowed:
    """The question and everything it needs. `local_day` gives today's date in a region, `children_of` a parent's pupils under
    the identifiers by which a client knows them."""

    database: Database
    journal: Journal
    standing: Standing
    consents: Consents
    local_day: Callable[[str], date]
    children_of: Callable[[Client, str], tuple[tuple[str, Child], ...]]

    def require(self, client: Client, about: Authorization) -> Allowed:
        """The person, if card, school, link, upstream, regional policy, the client's roles, the level it demands and the
        permission all still say yes.

        Raises:
            NotAllowed: one of them says no; it has been written to the audit log.
        """
        stand = self.standing.of(about.person_id, about.connector, about.level, about.authenticated_at)
        if not stand.is_allowed or stand.person is None:
            self._refuse(client, about, stand.cause, (stand.decision.rule, stand.decision.policy_version))
        person, day = stand.person, self.local_day(about.region)
        if client.roles and not any(role.value in client.roles for role in person.roles_on(day)):
            self._refuse(client, about, NOT_FOR_ROLE, ("", ""))
        if not reaches(about.connector, about.level, client.minimum_acr_value):
            self._refuse(client, about, NOT_SURE_ENOUGH, ("", ""))
        wishes = wishes_of(details.read(about.authorization_details)) if about.authorization_details else ()
        items = items_of(about.scopes, (*about.claims, *about.id_token_claims), wishes)
        if self._names_stranger(client, person.id, wishes) or self.consents.missing(client, about.person_id, items, False):
            self._refuse(client, about, NO_CONSENT, ("", ""))
        return Allowed(person, day, about.region, lambda: self.children_of(client, person.id))

    def _names_stranger(self, client: Client, person_id: str, wishes: tuple[str, ...]) -> bool:
        """Somebody who is not this person's child any more."""
        named = {child for wish in wishes if (child := child_of(wish)) is not None} if wishes else set()
        return bool(named) and not named.issubset(sub for sub, _ in self.children_of(client, person_id))

    def _refuse(self, client: Client, about: Authorization, cause: int, decided: tuple[str, str]) -> NoReturn:
        rule, policy_version = decided
        event = PolicyRefused(
            person_id=about.person_id, client_id=client.client_id, cause=cause, rule=rule, policy_version=policy_version
        )
        with self.database.work():
            self.journal.append(event, Actor("client", client.client_id))
        raise NotAllowed(cause)
