"""Proofs in the shape Authlib asks them, and what all grants of a person share."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from broker.foundation.encoding import b64url
from broker.provider.caller.client_model import ClientModel
from broker.provider.granting.pipeline import Proven

NO_STORE = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache")]


@dataclass(frozen=True, slots=True)
class SpentProof:
    """A proof that has been spent."""

    proven: Proven

    @property
    def code_challenge(self) -> str | None:
        return self.proven.authorization.code_challenge

    @property
    def code_challenge_method(self) -> str:
        return "S256"

    def get_redirect_uri(self) -> str:
        return self.proven.authorization.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.proven.authorization.scopes)

    def check_client(self, client: ClientModel) -> bool:
        return self.proven.authorization.client_id == client.client.client_id


def is_proven(unverified_verifier: str, challenge: str) -> bool:
    """Whether a `code_verifier` is what an S256 challenge was made of (RFC 7636 4.6)."""
    try:
        made = b64url(hashlib.sha256(unverified_verifier.encode("ascii")).digest())
    except UnicodeEncodeError:
        return False
    return hmac.compare_digest(made, challenge)
