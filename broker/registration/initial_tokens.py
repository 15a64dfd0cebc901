"""Initial access tokens (RFC 7591 1.2, 3): made by staff, shown once, for so many services and no longer than a time."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from broker.audit.catalogue_services import InitialTokenMade, InitialTokenRevoked
from broker.audit.event import Actor
from broker.audit.journal import Journal
from broker.foundation.encoding import digest
from broker.foundation.outside import Outside
from broker.registration.refusals import wrong_token
from broker.registration.tokens_store import InitialToken, InitialTokenStore
from broker.storage.database import Database

# By these signs a token is recognised when it has come where it should not be.
_PREFIX: Final = "init_"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_TOKEN: Final = re.compile(r"init_[A-Za-z0-9_-]{43}", re.ASCII)
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(days=366)
_MOST_USES: Final = 10_000


class TokenNotMade(ValueError):
    """A name, a time or a number that a token cannot have; one sentence that says so."""


class InitialTokens:
    """The tokens that open `/register`."""

    def __init__(self, database: Database, journal: Journal, outside: Outside):
        self._database = database
        self._journal = journal
        self._outside = outside
        self._store = InitialTokenStore(database)

    def add(self, name: str, uses: int, life: timedelta, preset: Mapping[str, Any], actor: Actor) -> tuple[InitialToken, str]:
        """A new token and its secret, which nobody can show again. `preset` are sound fields of a client.

        Raises:
            TokenNotMade: a name, a number or a time it cannot have.
        """
        if not _NAME.fullmatch(name):
            raise TokenNotMade("The name must be 1 to 64 Latin letters, digits, dots, hyphens and underscores.")
        if not 1 <= uses <= _MOST_USES:
            raise TokenNotMade(f"The token must be for 1 to {_MOST_USES} services.")
        if not _SHORTEST <= life <= _LONGEST:
            raise TokenNotMade("The token must live between a minute and a year.")
        secret, now = _PREFIX + self._outside.token(), self._outside.now()
        token = InitialToken(self._outside.uuid(), name, digest(secret), dict(preset), uses, True, now, now + life)
        with self._database.work():
            self._store.add(token)
            self._journal.append(InitialTokenMade(token.id, uses), actor)
        return token, secret

    def all(self) -> tuple[InitialToken, ...]:
        """All tokens, the oldest first."""
        return self._store.all()

    def revoke(self, token_id: str, actor: Actor) -> bool:
        """From now on it opens nothing; False if there is no such token, or it was revoked before."""
        with self._database.work():
            if not self._store.disable(token_id):
                return False
            self._journal.append(InitialTokenRevoked(token_id), actor)
        return True

    def require(self, unverified_token: str) -> InitialToken:
        """The token behind a secret, with a use left.

        Raises:
            RegistrationRefused: it opens nothing.
        """
        if not _TOKEN.fullmatch(unverified_token):
            raise wrong_token()
        hash_ = digest(unverified_token)
        found = self._store.find(hash_)
        if found is None or not hmac.compare_digest(found.hash, hash_) or not found.is_enabled or found.uses_left < 1:
            raise wrong_token()
        if found.ends_at <= self._outside.now():
            raise wrong_token()
        return found

    def spend(self, token: InitialToken) -> None:
        """Use it up by one, inside the unit of work that registers the service.

        Raises:
            RegistrationRefused: others have used it up meanwhile.
        """
        if not self._store.spend(token.id, self._outside.now()):
            raise wrong_token()
