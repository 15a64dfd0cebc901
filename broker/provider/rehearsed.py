"""What rehearsals need of the provider: reading a request as its endpoint does, writing an answer as it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from authlib.oauth2 import OAuth2Error
from flask import Request
from werkzeug.test import EnvironBuilder

from broker.audit.journal import Journal
from broker.clients.client import Client
from broker.clients.key_sets import KeySets
from broker.foundation.encoding import ascii_query
from broker.foundation.fetch import Fetcher
from broker.foundation.outside import Outside
from broker.provider.answering.jarm import SignedResponses, is_form, is_signed
from broker.provider.request.checks import usable_mode
from broker.provider.request.parameters import query_parameters
from broker.provider.request.pushed import PushedRequests
from broker.provider.request.request_object import RequestObjects, UsedBefore
from broker.provider.request.sources import Sources
from broker.provider.settings import ProviderSettings
from broker.storage.database import Database
from broker.storage.shelf import Shelf
from broker.tokens.decryption_keys import DecryptionKeys
from broker.tokens.envelope import Envelopes, NoEncryptionKey
from broker.tokens.rehearsal_wire import Asked, Sent, Unusable, Wire
from keys.vault import Vault


class RehearsalRooms(Protocol):
    """The part of the open house that is used."""

    @property
    def envelopes(self) -> Envelopes: ...
    @property
    def database(self) -> Database: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def key_sets(self) -> KeySets: ...
    @property
    def shelf(self) -> Shelf: ...
    @property
    def fetcher(self) -> Fetcher: ...
    @property
    def outside(self) -> Outside: ...


def rehearsal_wire(house: RehearsalRooms, settings: ProviderSettings, key_life: timedelta) -> Wire:
    """The wire of the provider, as it is at its own endpoints. `key_life` is that of the keys services encrypt requests to."""
    sources, envelopes = _sources(house, settings, key_life), house.envelopes

    def read(client: Client, unverified_query: str) -> Asked:
        request = Request(EnvironBuilder(query_string=ascii_query(unverified_query)).get_environ())
        try:
            found = sources.resolved(query_parameters(request), client)
        except OAuth2Error as error:
            raise Unusable(f"its request is refused: {error.error}, {error.description}") from error
        except UsedBefore as error:
            raise Unusable("its request was used before") from error
        if found.unsound:
            raise Unusable("its request holds a parameter twice, or one that is too long")
        return Asked(found.values, usable_mode(found.get("response_mode"), found.get("redirect_uri") or "", client))

    def written(client: Client, mode: str, fields: Mapping[str, str]) -> Sent:
        if not is_signed(mode):
            return Sent(fields, is_form(mode))
        # In a signed answer our name is inside (RFC 9207 2.4), and a wrong one has to be there too.
        ours = SignedResponses(replace(envelopes, issuer=fields["iss"]), house.outside.now)
        try:
            return Sent({"response": ours.written(client, fields)}, is_form(mode))
        except NoEncryptionKey as error:
            raise Unusable("it has no key to encrypt the answer to") from error

    return Wire(read, written)


def _sources(house: RehearsalRooms, own: ProviderSettings, key_life: timedelta) -> Sources:
    opened = DecryptionKeys(house.vault.opener, house.database, house.journal, key_life).open
    objects = RequestObjects(own.issuer, house.key_sets.key_for, opened, house.shelf, house.outside.now)
    pushed = PushedRequests(house.shelf, house.outside, own.pushed_request_ttl)
    return Sources(objects, pushed, house.fetcher.fetch, own.require_pushed_authorization_requests)
