"""What services are told and by whom it is carried: part of the composition root, for the queue does not know what is said."""

from __future__ import annotations

from dataclasses import replace

from broker.clients.store import ClientStore
from broker.deliveries.postman import Ways, Writer
from broker.foundation.fetch import Fetcher
from broker.foundation.outside import Outside
from broker.signout.announce import LOGOUT
from broker.signout.logout_token import LogoutTokens
from broker.tokens.envelope import Envelopes
from broker.tokens.names import Names
from config.settings import Settings


def delivery_ways(settings: Settings, envelopes: Envelopes, names: Names, clients: ClientStore, outside: Outside) -> Ways:
    """How deliveries leave this process. Its postmen share them, so that all know who has just not answered."""
    writers: dict[str, Writer] = {LOGOUT: LogoutTokens(envelopes, names, clients.find, outside).parcel}
    # Places of their own: services that are slow to take what they are told must not keep us from anybody's keys.
    http = replace(
        settings.http,
        fetch_timeout=settings.deliveries.answer_within,
        fetch_at_once=max(1, settings.deliveries.at_once),
    )
    return Ways(Fetcher(http).post, writers)
