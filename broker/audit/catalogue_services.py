"""Events of what services are told and of how they ask for it; a part of the catalogue, with its rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class GrantOutlived:
    """A grant that had outlived its session was ended with what it rested on. `cause` is a word of the calling room."""

    name: ClassVar[str] = "late_grant.ended"
    grant_id: str
    client_id: str
    person_id: str
    session_id: str
    cause: str


@dataclass(frozen=True, slots=True)
class DeliverySent:
    """A service has taken what it was told over HTTP. `kind` is logout or a kind of signal."""

    name: ClassVar[str] = "delivery.sent"
    delivery_id: str
    kind: str
    client_id: str
    tries: int


@dataclass(frozen=True, slots=True)
class DeliveryGivenUp:
    """A service will not be told any more. `trouble` is a status or a word of the deliveries room."""

    name: ClassVar[str] = "delivery.given_up"
    delivery_id: str
    kind: str
    client_id: str
    trouble: str


@dataclass(frozen=True, slots=True)
class InitialTokenMade:
    """A token was made by which so many services can register."""

    name: ClassVar[str] = "initial_token.made"
    initial_id: str
    uses: int


@dataclass(frozen=True, slots=True)
class InitialTokenRevoked:
    """A token by which services could register was revoked."""

    name: ClassVar[str] = "initial_token.revoked"
    initial_id: str


@dataclass(frozen=True, slots=True)
class StatementIssuerAdded:
    """Software statements of an issuer are believed, from now on or with new keys."""

    name: ClassVar[str] = "statement_issuer.added"
    issuer_id: str


@dataclass(frozen=True, slots=True)
class StatementIssuerRemoved:
    """Software statements of an issuer are not believed any more."""

    name: ClassVar[str] = "statement_issuer.removed"
    issuer_id: str


@dataclass(frozen=True, slots=True)
class ClientRegistered:
    """A service registered itself. `way`: open, token or statement; `by` is the token or the issuer; `waits` is what a registrar
    has to look at: scopes, and the word name."""

    name: ClassVar[str] = "client.registered"
    client_id: str
    way: str
    by: str
    waits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClientWithdrawn:
    """A registration was removed. `why`: asked, or over for a sandbox whose time has run out."""

    name: ClassVar[str] = "client.withdrawn"
    client_id: str
    why: str


@dataclass(frozen=True, slots=True)
class RegistrarDecided:
    """A registrar approved or rejected what waited: scopes, or the word name. `grounds` is a word of a closed list."""

    name: ClassVar[str] = "registrar.decided"
    client_id: str
    about: tuple[str, ...]
    approved: bool
    grounds: str


@dataclass(frozen=True, slots=True)
class DeveloperAdded:
    """A person looks after the services of an organisation from now on."""

    name: ClassVar[str] = "developer.added"
    person_id: str


@dataclass(frozen=True, slots=True)
class DeveloperRemoved:
    """A person does not look after services any more."""

    name: ClassVar[str] = "developer.removed"
    person_id: str


@dataclass(frozen=True, slots=True)
class ClientEntrusted:
    """A service was given to the developers of an organisation."""

    name: ClassVar[str] = "client.entrusted"
    client_id: str


@dataclass(frozen=True, slots=True)
class SignInTested:
    """A developer walked through a sign-in of a service with an invented person."""

    name: ClassVar[str] = "sign_in.tested"
    client_id: str
    person_id: str


@dataclass(frozen=True, slots=True)
class StreamMade:
    """A service asked to be told by Shared Signals. `way` is push or poll."""

    name: ClassVar[str] = "signal_stream.made"
    stream_id: str
    client_id: str
    way: str


@dataclass(frozen=True, slots=True)
class StreamChanged:
    """A service changed its stream, or stopped or resumed it. `status` is enabled, paused or disabled."""

    name: ClassVar[str] = "signal_stream.changed"
    stream_id: str
    client_id: str
    status: str


@dataclass(frozen=True, slots=True)
class StreamRemoved:
    """A service wants to hear nothing more."""

    name: ClassVar[str] = "signal_stream.removed"
    stream_id: str
    client_id: str


@dataclass(frozen=True, slots=True)
class SubjectHidden:
    """A service wants to hear nothing more of one person."""

    name: ClassVar[str] = "signal_stream.subject_hidden"
    stream_id: str
    client_id: str


@dataclass(frozen=True, slots=True)
class SubjectShown:
    """A service wants to hear of a person again."""

    name: ClassVar[str] = "signal_stream.subject_shown"
    stream_id: str
    client_id: str


@dataclass(frozen=True, slots=True)
class ClientChecked:
    """Sign-ins were rehearsed with a service, wrong ones too. No person takes part."""

    name: ClassVar[str] = "client.checked"
    client_id: str


@dataclass(frozen=True, slots=True)
class DecryptionKeysRenewed:
    """Services encrypt to new keys from now on. `is_emergency`: the ones before them open nothing any more."""

    name: ClassVar[str] = "decryption_keys.renewed"
    kids: tuple[str, ...]
    is_emergency: bool


@dataclass(frozen=True, slots=True)
class SessionRanOut:
    """Nobody ended a session: its time was over. `client_ids` took part and may not go on without it."""

    name: ClassVar[str] = "session.ran_out"
    session_id: str
    person_id: str
    client_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RequestRefused:
    """A service's own request was wrong before anybody could sign in. `endpoint` is where, `error` the word of the protocol or ""
    on our page, `rule` which check said no. Whoever knows a client_id can cause it, so it is told seldom."""

    name: ClassVar[str] = "request.refused"
    client_id: str
    endpoint: str
    error: str
    rule: str
    cause: int
