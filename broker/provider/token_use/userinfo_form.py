"""The form in which a client is told about a person: JSON, signed, encrypted, or both (OpenID Connect Core 5.3.2)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from broker.clients.client import Client
from broker.tokens.envelope import JWT, Envelopes

# Made once: `json.dumps` makes one a call for whoever wants anything but its usual form.
_PLAIN = json.JSONEncoder(ensure_ascii=False)
_JSON, _JWT = "application/json", "application/jwt"


def written(claims: Mapping[str, object], client: Client, envelopes: Envelopes) -> tuple[str, str]:
    """The body and its content type, as the client is registered.

    A signed answer names us and the client. It has no `exp`: it says how things are now, and a client that keeps it is not told
    for how long it may.

    Raises:
        NoEncryptionKey: the client wants it encrypted and has no key.
    """
    signature, encryption = client.userinfo_signed_response_alg, client.userinfo_encrypted_response_alg
    if signature is not None:
        whole = dict(claims) | {"iss": envelopes.issuer, "aud": client.client_id}
        signed = envelopes.sign(whole, JWT, signature)
        if encryption is None:
            return signed, _JWT
        return envelopes.encrypt(signed, client, encryption, client.userinfo_encrypted_response_enc), _JWT
    plain = _PLAIN.encode(claims)
    if encryption is None:
        return plain, _JSON
    return envelopes.encrypt_unsigned(plain, client, encryption, client.userinfo_encrypted_response_enc), _JWT
