"""From the answers of a developer to a registration. A key of its own, unless it asks for a shared secret."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from broker.audit.catalogue_services import ClientEntrusted
from broker.audit.event import Actor
from broker.clients.client import Client
from broker.clients.developers_store import Developer
from broker.console.developers.answers import lines_of
from broker.console.developers.public_keys import read_keys
from broker.console.developers.room import DevRoom
from broker.foundation.encoding import digest
from broker.registration.names import imitates_state
from broker.registration.records_store import NAME_FREE, NAME_WAITS, Record
from broker.screens.developer_pages import Answers

_WAY = "developer"


def make(room: DevRoom, developer: Developer, answers: Answers, actor: Actor) -> Client:
    """Register the service and entrust it to the organisation. A service for real people is closed until a registrar opens it.

    Raises:
        Refused: the registration is not sound.
    """
    client = client_of(room, developer, answers)
    name_state = NAME_FREE if client.is_enabled else NAME_WAITS
    # Nobody is told the token that would manage it over HTTP (RFC 7592): it is changed here.
    record = Record(
        client.client_id, digest(room.outside.token()), _WAY, developer.person_id, {}, name_state, room.outside.now()
    )
    with room.database.work():
        # A secret is told in the answer that makes it: one made here nobody would ever see.
        room.desk.add(client, actor, with_secret=False)
        room.records.add(record)
        room.developers.give(client.client_id, developer.organisation)
        room.journal.append(ClientEntrusted(client.client_id), actor)
    return client


def client_of(room: DevRoom, developer: Developer, answers: Answers) -> Client:
    """The registration. Raises BadKey when the key cannot be read."""
    asked = ("openid", *(scope for scope in answers.scopes if scope != "openid"))
    waiting = tuple(scope for scope in asked if scope in room.service.sensitive)
    uris = lines_of(answers.addresses)
    has_secret = answers.wants_secret and not answers.public_keys.strip()
    hosts = {urlsplit(uri).netloc for uri in uris}
    client = Client(
        client_id=f"service-{room.outside.random(12).hex()}",
        client_name=answers.name,
        client_name_en=answers.name_en,
        organisation=developer.organisation,
        redirect_uris=uris,
        post_logout_redirect_uris=lines_of(answers.sign_out_addresses),
        initiate_login_uri=answers.start_url or None,
        backchannel_logout_uri=answers.logout_url or None,
        grant_types=("authorization_code", "refresh_token") if "offline_access" in asked else ("authorization_code",),
        token_endpoint_auth_method="client_secret_basic" if has_secret else "private_key_jwt",
        id_token_signed_response_alg="ES256",  # noqa: S106 -- the name of an algorithm
        scopes=tuple(scope for scope in asked if scope not in waiting),
        waiting_scopes=waiting,
        scope_reasons={scope: {"ru": ru, "en": en} for scope, ru, en in answers.reasons if ru and en},
        sector_identifier=urlsplit(uris[0]).netloc if len(hosts) > 1 else None,
        jwks=read_keys(answers.public_keys) if answers.public_keys.strip() else {},
        jwks_uri=None if has_secret or answers.public_keys.strip() else answers.jwks_url,
        contacts=(answers.contact,),
        environment=answers.environment,
    )
    return replace(client, is_enabled=answers.environment == "sandbox" and not imitates_state(client))
