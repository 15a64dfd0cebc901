"""Tokens of diaries: made once, shown once, limited to a region, with an end, revocable at once."""

from __future__ import annotations

import hmac
import re
from datetime import timedelta
from typing import Final

from broker.audit.catalogue_provisioning import ProvisioningTokenMade, ProvisioningTokenRevoked
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.foundation.encoding import digest
from broker.foundation.outside import Outside
from broker.provisioning.tokens_store import DiaryToken as DiaryToken
from broker.provisioning.tokens_store import TokenStore
from broker.storage.database import Database

# By these signs a token is recognised when it has come where it should not be.
_PREFIX: Final = "scim_"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_REGION: Final = re.compile(r"\d{2,3}", re.ASCII)
_TOKEN: Final = re.compile(r"scim_[A-Za-z0-9_-]{43}", re.ASCII)
_SHORTEST, _LONGEST = timedelta(days=1), timedelta(days=366 * 2)
_NOTED_AGAIN_AFTER: Final = timedelta(minutes=10)


class TokenWrong(Exception):
    """There is no such token, it is revoked, or its time is over: which of them is not told."""


class TokenNotMade(ValueError):
    """A name or a time that a token cannot have; one sentence that says so."""


class DiaryTokens:
    """The tokens that open `/scim/v2`."""

    def __init__(self, database: Database, journal: Journal, outside: Outside):
        self._database = database
        self._journal = journal
        self._outside = outside
        self._store = TokenStore(database)

    def add(self, name: str, region: str, life: timedelta, actor: Actor) -> tuple[DiaryToken, str]:
        """A new token and its secret, which nobody can show again. `name` is the diary: two tokens of one name are one diary's.

        Raises:
            TokenNotMade: a name or a time it cannot have.
        """
        if not _NAME.fullmatch(name):
            raise TokenNotMade("The name must be 1 to 64 Latin letters, digits, dots, hyphens and underscores.")
        if not _REGION.fullmatch(region):
            raise TokenNotMade("The region must be its code of two or three digits.")
        if not _SHORTEST <= life <= _LONGEST:
            raise TokenNotMade("The token must live between a day and two years.")
        secret, now = _PREFIX + self._outside.token(), self._outside.now()
        token = DiaryToken(self._outside.uuid(), name, region, digest(secret), True, now, now + life, None)
        with self._database.work():
            self._store.add(token)
            self._journal.append(ProvisioningTokenMade(token.id, region), actor)
        return token, secret

    def all(self) -> tuple[DiaryToken, ...]:
        """All tokens, the oldest first."""
        return self._store.all()

    def revoke(self, token_id: str, actor: Actor) -> bool:
        """From now on it opens nothing; False if there is no such token, or it was revoked before."""
        with self._database.work():
            if not self._store.disable(token_id):
                return False
            self._journal.append(ProvisioningTokenRevoked(token_id), actor)
        return True

    def require(self, unverified_token: str) -> DiaryToken:
        """The token behind a secret (RFC 6750 2.1).

        Raises:
            TokenWrong: it opens nothing.
        """
        if not _TOKEN.fullmatch(unverified_token):
            raise TokenWrong
        hash_ = digest(unverified_token)
        found, now = self._store.find(hash_), self._outside.now()
        if found is None or not hmac.compare_digest(found.hash, hash_) or not found.is_enabled or found.ends_at <= now:
            raise TokenWrong
        if found.used_at is None or found.used_at < now - _NOTED_AGAIN_AFTER:
            with self._database.work():
                self._store.note_used(found.id, now)
        return found


def source_of(token: DiaryToken) -> str:
    """The diary behind a token: what it calls people outlives the token."""
    return digest(f"{token.region}\n{token.name}")[:36]
