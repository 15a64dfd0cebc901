"""ID tokens that come back to us as hints."""

from __future__ import annotations

from broker.foundation.jose import BadToken, SignedClaims, unverified_header
from keys.signing.ring import KeyRing

# What an ID token calls itself; nothing else of ours is called so.
_TYPE = "JWT"


class HintReader:
    """Believes an ID token only if a key of ours signed it; that it has expired does not matter for a hint."""

    def __init__(self, issuer: str, ring: KeyRing):
        self._issuer = issuer
        self._ring = ring

    def claims_of(self, unverified_hint: str) -> SignedClaims | None:
        """The claims of an ID token we issued, or None for every other JWT of ours, which has another `typ` or no `auth_time`
        (RFC 8725 3.11, 3.12)."""
        try:
            claims = self._ring.verify(unverified_hint)
            kind = unverified_header(unverified_hint).get("typ")
        except BadToken:
            return None
        if kind != _TYPE:
            return None
        ours = claims.get("iss") == self._issuer
        named = isinstance(claims.get("sub"), str) and isinstance(claims.get("aud"), str)
        # What we say of a person at the UserInfo Endpoint and to whom is signed in the same way, but says nothing of a sign-in.
        signed_in = isinstance(claims.get("auth_time"), int)
        return claims if ours and named and signed_in else None

    def subject_of(self, unverified_hint: str, client_id: str) -> str | None:
        """The `sub` of an ID token we issued to this client, or None."""
        claims = self.claims_of(unverified_hint)
        return str(claims["sub"]) if claims is not None and claims["aud"] == client_id else None
