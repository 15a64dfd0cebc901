"""The door of registration, furnished from the house; beside doors.py, which holds the others."""

from __future__ import annotations

from broker.house import House
from broker.registration.description import Description
from broker.registration.initial_tokens import InitialTokens
from broker.registration.records_store import RecordStore
from broker.registration.registrar import Registrar
from broker.registration.routes import RegistrationRoom
from broker.registration.shaping import KnownScopes
from broker.registration.spent_store import SpentStatements
from broker.registration.statements import Statements
from broker.registration.tokens_store import IssuerStore
from broker.registration.withdrawals import Withdrawals
from broker.tokens.scopes import CLIENT_SCOPES, PERSON_SCOPES


def registration_room(house: House) -> RegistrationRoom:
    """What the endpoints of registration work with."""
    settings, database, outside = house.settings.registration, house.database, house.outside
    registrar = Registrar(
        settings=settings,
        database=database,
        clients=house.clients,
        records=RecordStore(database),
        tokens=InitialTokens(database, house.journal, outside),
        statements=Statements(IssuerStore(database), SpentStatements(database), outside.now, settings.statement_life),
        withdrawals=Withdrawals(database, house.clients, house.journal, outside),
        journal=house.journal,
        outside=outside,
        scopes=KnownScopes(PERSON_SCOPES, CLIENT_SCOPES),
        fetch=house.fetcher.fetch,
    )
    issuer = house.settings.provider.issuer
    return RegistrationRoom(issuer, registrar, house.limits, Description(issuer))
