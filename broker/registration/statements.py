"""Software statements (RFC 7591 2.3): metadata that somebody we know vouches for with a signature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from broker.foundation.encoding import digest
from broker.foundation.jose import BadToken, claims_without_checking_signature, require_times, unverified_header, verify
from broker.foundation.public_jwks import SIGNATURE_ALGORITHMS, believed, signature_key
from broker.registration.fields import NAMES
from broker.registration.refusals import RegistrationRefused, bad_statement
from broker.registration.spent_store import SpentStatements
from broker.registration.tokens_store import IssuerStore, StatementIssuer

_LEEWAY: Final = timedelta(seconds=60)
# RFC 8725 3.11: a token that was made for something else says so here, and is no software statement.
_TYPES: Final = ("JWT", "software-statement+jwt")
_MAX_ID: Final = 255


@dataclass(frozen=True, slots=True)
class Statement:
    """`claims` are metadata, and nothing else that stood there."""

    issuer: StatementIssuer
    claims: Mapping[str, Any]
    text: str
    jti: str
    ends_at: datetime


class Statements:
    """Reads statements. `life` is how far away the end of one may be."""

    def __init__(self, issuers: IssuerStore, spent: SpentStatements, now: Callable[[], datetime], life: timedelta):
        self._issuers = issuers
        self._spent = spent
        self._now = now
        self._life = life

    def read(self, unverified_text: object) -> Statement:
        """The statement, verified; not yet spent.

        Raises:
            RegistrationRefused: unapproved_software_statement for an issuer we do not believe, else invalid_software_statement.
        """
        if not isinstance(unverified_text, str):
            raise bad_statement("software_statement must be a signed JWT.")
        try:
            issuer = self._issuer(unverified_text)
            claims = self._verified(unverified_text, issuer)
        except BadToken as bad:
            raise bad_statement(f"software_statement cannot be believed: {bad.reason}.") from None
        jti, ends = claims.get("jti"), datetime.fromtimestamp(float(claims["exp"]), tz=self._now().tzinfo)
        if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_ID:
            raise bad_statement("software_statement must hold a jti.")
        stated = {name: value for name, value in claims.items() if name in NAMES and value is not None}
        return Statement(issuer, stated, unverified_text, jti, ends)

    def spend(self, statement: Statement) -> None:
        """Use it, inside the unit of work that writes the client: one statement makes one client, and one that made none is as
        good as new.

        Raises:
            RegistrationRefused: it was used before.
        """
        key = digest(f"{statement.issuer.id}\n{statement.jti}")
        if not self._spent.spend(key, statement.ends_at + 2 * _LEEWAY):
            raise bad_statement("software_statement was used before.")

    def _issuer(self, unverified_text: str) -> StatementIssuer:
        named = claims_without_checking_signature(unverified_text).get("iss")
        found = self._issuers.find(named) if isinstance(named, str) and 0 < len(named) <= 500 and "\0" not in named else None
        if found is None or not found.is_enabled:
            raise RegistrationRefused("unapproved_software_statement", "The issuer of software_statement is not approved here.")
        return found

    def _verified(self, unverified_text: str, issuer: StatementIssuer) -> Mapping[str, Any]:
        header = unverified_header(unverified_text)
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in SIGNATURE_ALGORITHMS:
            raise BadToken("its algorithm is not accepted")
        if header.get("typ", "JWT") not in _TYPES:
            raise BadToken("its typ is that of something else")
        if kid is not None and not isinstance(kid, str):
            raise BadToken("no such key")
        key = signature_key(believed(issuer.jwks.get("keys")), kid, algorithm)
        claims = verify(unverified_text, key, (algorithm,))
        now = self._now()
        require_times(claims, now, _LEEWAY)
        if float(claims["exp"]) > (now + self._life).timestamp():
            raise BadToken("its exp is too far away")
        return claims
