"""Every event there is, with the files `catalogue_*.py` beside this one. A fact worth keeping is added here, with one sentence;
free text and personal data have no place.

Fields are identifiers of ours, codes, words of a closed list, numbers, truth values, fingerprints, or tuples of those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from broker.audit.event import Fingerprint


@dataclass(frozen=True, slots=True)
class LoginStarted:
    """A relying party sent somebody to sign in. `region` is "" until it is known."""

    name: ClassVar[str] = "login.started"
    client_id: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class UpstreamReturned:
    """An upstream vouched for somebody."""

    name: ClassVar[str] = "upstream.returned"
    connector: str
    subject: Fingerprint
    level: str


@dataclass(frozen=True, slots=True)
class UpstreamRefused:
    """An upstream did not vouch. `detail` is static text of ours or an error code of the upstream, never its prose."""

    name: ClassVar[str] = "upstream.refused"
    connector: str
    cause: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class MatchDecided:
    """It was decided whose account an identity is. `verdict`: certain, prove, nobody or refused; `causes` are the real ones."""

    name: ClassVar[str] = "match.decided"
    verdict: str
    causes: tuple[int, ...]
    rule: str
    policy_version: str
    person_id: str | None = None


@dataclass(frozen=True, slots=True)
class AccountLinked:
    """An upstream identity was tied to a diary person. `evidence` is a word of linking.Evidence."""

    name: ClassVar[str] = "account.linked"
    person_id: str
    connector: str
    subject: Fingerprint
    evidence: str
    policy_version: str


@dataclass(frozen=True, slots=True)
class AccountUnlinked:
    """An upstream identity was untied from a diary person."""

    name: ClassVar[str] = "account.unlinked"
    person_id: str
    connector: str
    subject: Fingerprint
    cause: str


@dataclass(frozen=True, slots=True)
class LoginFinished:
    """Somebody was let in."""

    name: ClassVar[str] = "login.finished"
    person_id: str
    session_id: str
    client_id: str
    region: str
    level: str


@dataclass(frozen=True, slots=True)
class LoginRefused:
    """Somebody was not let in. `cause` is the real one, even where the page could only say something vaguer; `shown` is then what
    it said, else 0."""

    name: ClassVar[str] = "login.refused"
    client_id: str
    cause: int
    region: str
    person_id: str | None = None
    rule: str = ""
    policy_version: str = ""
    shown: int = 0


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """A person allowed a client to learn these groups of claims."""

    name: ClassVar[str] = "consent.given"
    person_id: str
    client_id: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn:
    """A person took a permission back."""

    name: ClassVar[str] = "consent.withdrawn"
    person_id: str
    client_id: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TokensIssued:
    """A client got tokens."""

    name: ClassVar[str] = "tokens.issued"
    person_id: str
    client_id: str
    grant_id: str
    grant_type: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RefreshReused:
    """A spent refresh token came again: two parties hold it, so the grant was ended (RFC 9700 4.14.2)."""

    name: ClassVar[str] = "refresh.reused"
    grant_id: str
    client_id: str
    person_id: str


@dataclass(frozen=True, slots=True)
class CodeReused:
    """A spent code came again, so the grant it had made was ended (RFC 6749 4.1.2)."""

    name: ClassVar[str] = "code.reused"
    grant_id: str
    client_id: str
    person_id: str


@dataclass(frozen=True, slots=True)
class TokensRevoked:
    """A grant was ended, or its access tokens made worthless (RFC 7009). `cause` is a word of the calling room."""

    name: ClassVar[str] = "tokens.revoked"
    grant_id: str
    client_id: str
    person_id: str
    cause: str


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A session was ended for good. `cause` is a word of the calling room."""

    name: ClassVar[str] = "session.ended"
    session_id: str
    person_id: str
    cause: str


@dataclass(frozen=True, slots=True)
class ClientAdded:
    """A relying party was registered."""

    name: ClassVar[str] = "client.added"
    client_id: str


@dataclass(frozen=True, slots=True)
class ClientChanged:
    """A relying party's registration was changed, or the client was enabled again."""

    name: ClassVar[str] = "client.changed"
    client_id: str


@dataclass(frozen=True, slots=True)
class ClientDisabled:
    """A relying party was paused."""

    name: ClassVar[str] = "client.disabled"
    client_id: str


@dataclass(frozen=True, slots=True)
class ClientSecretMade:
    """A relying party got a new secret."""

    name: ClassVar[str] = "client_secret.made"
    client_id: str


@dataclass(frozen=True, slots=True)
class KeyMade:
    """A signing key was made."""

    name: ClassVar[str] = "key.made"
    kid: str
    state: str


@dataclass(frozen=True, slots=True)
class PeopleImported:
    """A document was read into the directory: how many schools and people it held."""

    name: ClassVar[str] = "people.imported"
    schools: int
    people: int


@dataclass(frozen=True, slots=True)
class PolicyRefused:
    """A person who had signed in is no longer allowed: a token was refused."""

    name: ClassVar[str] = "policy.refused"
    person_id: str
    client_id: str
    cause: int
    rule: str
    policy_version: str


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """Somebody could not get in, and it can be helped; or what the school did has not. `real_cause` is what the school sees."""

    name: ClassVar[str] = "case.opened"
    case_id: str
    cause: int
    real_cause: int
    person_id: str | None = None


@dataclass(frozen=True, slots=True)
class CaseAttached:
    """A school found out whose case it is."""

    name: ClassVar[str] = "case.attached"
    case_id: str
    person_id: str


@dataclass(frozen=True, slots=True)
class CaseFixed:
    """A school corrected the card of a case."""

    name: ClassVar[str] = "case.fixed"
    case_id: str


@dataclass(frozen=True, slots=True)
class CaseClosed:
    """A case is over. `why`: signed_in, fixed, not_ours or old."""

    name: ClassVar[str] = "case.closed"
    case_id: str
    why: str


@dataclass(frozen=True, slots=True)
class OldCasesRemoved:
    """Cases older than they may be kept were removed."""

    name: ClassVar[str] = "cases.removed"
    count: int
