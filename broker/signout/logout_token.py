"""Logout tokens (OpenID Connect Back-Channel Logout 1.0, 2.4), made afresh for every try."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from broker.clients.client import Client
from broker.deliveries.postman import Parcel, Unwritten
from broker.deliveries.store import Taken
from broker.foundation.jose import SignerSilent
from broker.foundation.outside import Outside
from broker.tokens.envelope import Envelopes, NoEncryptionKey
from broker.tokens.names import Names
from keys.signing.ring import NoSigner

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TYPE = "logout+jwt"
# At most two minutes (Back-Channel Logout 1.0, 4).
LIVES_SECONDS = 120
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "*/*"}
# 200, or 204 as many frameworks say it; 400 means that the service has understood and will not (2.8).
_ACCEPTED, _REFUSED = frozenset({200, 204}), frozenset({400})


@dataclass(frozen=True, slots=True)
class LogoutTokens:
    """Writes deliveries of the kind LOGOUT. `find_client` is ClientStore.find."""

    envelopes: Envelopes
    names: Names
    find_client: Callable[[str], Client | None]
    outside: Outside

    def parcel(self, taken: Taken) -> Parcel:
        """What is posted to the client now.

        Raises:
            Unwritten: the client is gone, takes no such messages any more, or there is no key for it.
        """
        client = self.find_client(taken.client_id)
        if client is None or not client.backchannel_logout_uri:
            raise Unwritten("no_way")
        body = urlencode({"logout_token": self._token(client, taken)}).encode("ascii")
        return Parcel(client.backchannel_logout_uri, body, _HEADERS, _ACCEPTED, _REFUSED)

    def _token(self, client: Client, taken: Taken) -> str:
        now = int(self.outside.now().timestamp())
        claims = {
            "iss": self.envelopes.issuer,
            "sub": self.names.subject(client, taken.about["person_id"]),
            "aud": client.client_id,
            "iat": now,
            "exp": now + LIVES_SECONDS,
            # A new one for every try: a service that took the last one and was not heard must not refuse this one as replayed.
            "jti": self.outside.uuid(),
            "sid": self.names.session_word(client.client_id, taken.about["session_id"]),
            "events": {EVENT: {}},
        }
        algorithm, encryption = client.id_token_encrypted_response_alg, client.id_token_encrypted_response_enc
        try:
            # Signed and encrypted as its ID tokens are (2.4).
            signed = self.envelopes.sign(claims, TYPE, client.id_token_signed_response_alg)
            if algorithm is None:
                return signed
            return self.envelopes.encrypt(signed, client, algorithm, encryption, iss=self.envelopes.issuer)
        except (NoSigner, SignerSilent, NoEncryptionKey):
            raise Unwritten("no_key", is_final=False) from None
