"""The endpoints where tokens are shown or asked about, made from the provider's rooms."""

from __future__ import annotations

from broker.provider.caller.sender import Sender
from broker.provider.granting.still_allowed import StillAllowed
from broker.provider.rooms import ProviderRooms
from broker.provider.token_use.introspection import Introspection, IntrospectionTools
from broker.provider.token_use.members import Telling
from broker.provider.token_use.revocation import Revocation, RevocationTools
from broker.provider.token_use.step_up import Demand
from broker.provider.token_use.userinfo import UserInfo
from broker.tokens.refresh_store import Refreshable
from broker.tokens.rehearsal import Rehearsals


def userinfo_of(rooms: ProviderRooms, sender: Sender, still_allowed: StillAllowed, rehearsals: Rehearsals) -> UserInfo:
    """The UserInfo Endpoint."""
    return UserInfo(
        issuer=rooms.settings.issuer,
        find_client=rooms.clients.find,
        now=rooms.outside.now,
        living=rooms.living,
        sender=sender,
        mint=rooms.mint,
        envelopes=rooms.envelopes,
        still_allowed=still_allowed,
        demand=Demand(rooms.settings.surer_scopes, rooms.settings.surer_within),
        rehearsed=rehearsals.invented,
    )


def revocation_of(rooms: ProviderRooms) -> Revocation:
    """The revocation endpoint."""
    return Revocation(
        RevocationTools(rooms.database, rooms.grants, rooms.living, rooms.vault.fingerprints, rooms.journal)
    )


def introspection_of(rooms: ProviderRooms, still_allowed: StillAllowed) -> Introspection:
    """The introspection endpoint."""
    return Introspection(
        IntrospectionTools(
            living=rooms.living,
            refreshable=Refreshable(rooms.database, rooms.vault.fingerprints, rooms.outside.now),
            find_client=rooms.clients.find,
            still_allowed=still_allowed,
            telling=Telling(rooms.settings.issuer, rooms.mint.subject, still_allowed.children_of),
            envelopes=rooms.envelopes,
            settings=rooms.token_settings,
            now=rooms.outside.now,
        )
    )
