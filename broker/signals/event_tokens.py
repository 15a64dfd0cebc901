"""Security event tokens (RFC 8417, OpenID SSF 1.0, 4), and how they are pushed (RFC 8935)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from broker.clients.client import Client
from broker.deliveries.postman import Parcel, Unwritten
from broker.deliveries.store import Taken
from broker.foundation.jose import SignerSilent
from broker.signals.events import CREDENTIAL_CHANGE, ENABLED, PUSH, SESSION_REVOKED, VERIFICATION
from broker.signals.store import Streams
from broker.tokens.envelope import Envelopes
from broker.tokens.names import Names
from broker.tokens.scopes import CLIENT_SCOPES
from keys.signing.ring import NoSigner

TYPE = "secevent+jwt"
MEDIA_TYPE = "application/secevent+jwt"
_ACCEPTED, _REFUSED = frozenset({202, 200, 204}), frozenset({400})


@dataclass(frozen=True, slots=True)
class EventTokens:
    """Writes deliveries of streams. `find_client` is ClientStore.find."""

    envelopes: Envelopes
    names: Names
    streams: Streams
    find_client: Callable[[str], Client | None]

    def parcel(self, taken: Taken) -> Parcel:
        """What is pushed to the receiver now.

        Raises:
            Unwritten: the stream is gone, fetches by now, or is paused (OpenID SSF 1.0, 8.1.2: its events wait); the client may
                hear nothing any more.
        """
        stream = self.streams.find(taken.group_id)
        if stream is None or stream.delivery != PUSH:
            raise Unwritten("no_stream")
        if stream.status != ENABLED:
            raise Unwritten(stream.status, is_final=False)
        client = self.find_client(taken.client_id)
        if client is not None and not may_hear(client):
            raise Unwritten("no_right")
        headers = {"Content-Type": MEDIA_TYPE, "Accept": "application/json"}
        headers |= {"Authorization": stream.authorization} if stream.authorization else {}
        return Parcel(stream.endpoint_url, self.token(taken).encode("ascii"), headers, _ACCEPTED, _REFUSED)

    def token(self, taken: Taken) -> str:
        """The token: the same for every try but for its signature, so that a receiver knows a repeated one by its `jti`.

        Raises:
            Unwritten: the client is gone, or no key signs for it.
        """
        client = self.find_client(taken.client_id)
        if client is None:
            raise Unwritten("no_stream")
        claims = {
            "iss": self.envelopes.issuer,
            "aud": client.client_id,
            "iat": int(taken.made_at.timestamp()),
            "jti": taken.id,
            "sub_id": self._subject(client, taken),
            "events": {taken.about["event"]: _described(taken)},
        }
        try:
            return self.envelopes.sign(claims, TYPE, client.id_token_signed_response_alg)
        except (NoSigner, SignerSilent):
            raise Unwritten("no_key", is_final=False) from None

    def _subject(self, client: Client, taken: Taken) -> dict[str, Any]:
        """Whom it is about (RFC 9493): the person by the name that this client alone knows, and the session if it is one."""
        about = taken.about
        if about["event"] == VERIFICATION:
            return {"format": "opaque", "id": taken.group_id}
        person = {"format": "iss_sub", "iss": self.envelopes.issuer, "sub": self.names.subject(client, about["person_id"])}
        if about["event"] != SESSION_REVOKED:
            return person
        # Without the session it would mean all sessions of the person (CAEP 1.0, 3.1).
        session = {"format": "opaque", "id": self.names.session_word(client.client_id, about["session_id"])}
        return {"format": "complex", "user": person, "session": session}


def may_hear(client: Client) -> bool:
    """Whether a client still has the right to a stream: one that has lost it cannot even remove its stream."""
    return any(scope in client.scopes for scope in CLIENT_SCOPES)


def _described(taken: Taken) -> dict[str, Any]:
    about = taken.about
    if about["event"] == VERIFICATION:
        return {"state": about["state"]} if about.get("state") else {}
    said: dict[str, Any] = {"event_timestamp": about["at"], "initiating_entity": about["by"]}
    if about["event"] == CREDENTIAL_CHANGE:
        return said | {"credential_type": "password", "change_type": about["change"]}
    # RISC 1.0 knows neither of the two words; of a session CAEP does.
    return said if about["event"] == SESSION_REVOKED else {}
