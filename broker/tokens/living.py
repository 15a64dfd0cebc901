"""Access tokens that are presented to us: genuine, and still backed by what they were issued for.

The one place that UserInfo, introspection, revocation and exchange ask, so that none of them forgets a way in which a token ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from broker.clients.client import Client
from broker.tokens.access import Access, AccessTokens
from broker.tokens.authorization import Grant
from broker.tokens.sealed import BadToken
from broker.tokens.signed_access import id_of

_KIND = "access.revoked"
# The mark outlives the token by as much as the clocks of two nodes may differ.
_LONGER = timedelta(minutes=1)


class RevokedShelf(Protocol):
    """The two verbs this needs of short-lived state."""

    def get(self, kind: str, key: str) -> bytes | None:
        """The value, or None."""

    def put(self, kind: str, key: str, value: bytes, ttl: timedelta) -> None:
        """Keep `value` for `ttl`."""


@dataclass(frozen=True, slots=True)
class Living:
    """`grant` is None for a token that a client got for itself; `client` is whoever it was issued to, and is not paused."""

    access: Access
    grant: Grant | None
    client: Client


@dataclass(frozen=True, slots=True)
class LivingTokens:
    """`find_grant` is Grants.find, `find_client` ClientStore.find."""

    access: AccessTokens
    find_grant: Callable[[str], Grant | None]
    find_client: Callable[[str], Client | None]
    shelf: RevokedShelf
    now: Callable[[], datetime]

    def read(self, unverified_token: str) -> Living:
        """The token with what backs it. Whether the person is still allowed is not asked here.

        Raises:
            BadToken: not ours, expired, revoked; its grant has ended, or a client of it is paused.
            ShelfUnavailable: whether it was revoked cannot be said.
        """
        access = self.access.read(unverified_token)
        grant = self._grant(access)
        about = grant.authorization.client_id if grant is not None else access.client_id
        client = self._client(access.client_id or about)
        if about != client.client_id:
            # Got by exchange: it ends with whoever it was first given to.
            self._client(about)
        if _has_own_end(access, grant) and self.shelf.get(_KIND, id_of(access)) is not None:
            raise BadToken("revoked")
        return Living(access, grant, client)

    def revoke_alone(self, living: Living) -> bool:
        """End this one token, if it can be ended without its grant; False if its grant must be asked (RFC 7009 2.1)."""
        if not _has_own_end(living.access, living.grant):
            return False
        left = max(living.access.expires_at - self.now(), timedelta(0))
        self.shelf.put(_KIND, id_of(living.access), b"1", left + _LONGER)
        return True

    def _grant(self, access: Access) -> Grant | None:
        if access.is_of_client:
            return None
        grant = self.find_grant(access.grant_id)
        if grant is None or not access.is_open(grant, self.now()):
            raise BadToken("its grant has ended")
        return grant

    def _client(self, client_id: str) -> Client:
        client = self.find_client(client_id)
        if client is None or not client.is_enabled:
            raise BadToken("its client is paused")
        return client


def _has_own_end(access: Access, grant: Grant | None) -> bool:
    """Whether nothing else would end the token: nobody's grant is behind it, or the grant is another client's."""
    return grant is None or bool(access.actors)
