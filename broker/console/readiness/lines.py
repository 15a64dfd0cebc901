"""What is checked: each line changes one thing about a right answer, and says whether the service should be in afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from broker.foundation import jose
from broker.foundation.encoding import b64url, canonical_json
from broker.signout.logout_token import TYPE as LOGOUT_TYPE
from keys.backends.port import FreshKey
from keys.backends.software import make_key, private_key
from keys.signing.key import family_of
from keys.signing.ring import KeyRing

Claims = Mapping[str, Any]
Signer = Callable[[Claims], str]

NOBODY = "https://rehearsal.invalid"
_HOUR = int(timedelta(hours=1).total_seconds())


@dataclass(frozen=True, slots=True)
class Pens:
    """What ID tokens of rehearsals are signed with: our own ring, and a key that nobody has seen before."""

    ring: KeyRing
    algorithm: str
    fresh: FreshKey

    @classmethod
    def of(cls, ring: KeyRing, algorithm: str) -> Pens:
        """With a key made now; it is forgotten with this value."""
        return cls(ring, algorithm, make_key(family_of(algorithm)))

    def ours(self, claims: Claims) -> str:
        return self.ring.sign(claims, self.algorithm)

    def new(self, claims: Claims) -> str:
        """By the fresh key, under its own name."""
        return self._by_fresh(claims, self.fresh.kid)

    def forged(self, claims: Claims) -> str:
        """By the fresh key, under the name of ours."""
        return self._by_fresh(claims, str(self._our_kid()))

    def unsigned(self, claims: Claims) -> str:
        """`alg` none (RFC 7515 6)."""
        return f"{b64url(canonical_json({'alg': 'none', 'typ': 'JWT'}))}.{b64url(canonical_json(dict(claims)))}."

    def logout(self, claims: Claims, *, is_forged: bool) -> str:
        """A logout token, by us or by somebody who only uses the name of our key."""
        if is_forged:
            return self._by_fresh(claims, str(self._our_kid()), LOGOUT_TYPE)
        return self.ring.sign(claims, self.algorithm, LOGOUT_TYPE)

    def _by_fresh(self, claims: Claims, kid: str, typ: str = "JWT") -> str:
        header = {"alg": self.algorithm, "kid": kid, "typ": typ}
        return jose.sign(claims, private_key(self.fresh.private), header)

    def _our_kid(self) -> object:
        return jose.unverified_header(self.ours({}))["kid"]


@dataclass(frozen=True, slots=True)
class Line:
    """`claims` replace those of a right ID token; `about` those of a right UserInfo answer, `back` the parameters of a right way
    back. `sign` says which pen writes."""

    name: str
    lets_in: bool = False
    claims: Callable[[Claims], Claims] = lambda _right: {}
    about: Mapping[str, str] | None = None
    back: Mapping[str, str] | None = None
    pen: str = "ours"


def _expired(right: Claims) -> Claims:
    return {"iat": right["iat"] - 2 * _HOUR, "exp": right["exp"] - 2 * _HOUR}


RIGHT = Line("sign_in", lets_in=True)
NEW_KEY = Line("new_key", lets_in=True, pen="new")
WRONG = (
    Line("state", back={"state": "another-state"}),
    Line("iss_of_answer", back={"iss": NOBODY}),
    Line("nonce", claims=lambda _: {"nonce": "another-nonce"}),
    Line("iss", claims=lambda _: {"iss": NOBODY}),
    Line("aud", claims=lambda _: {"aud": NOBODY}),
    Line("exp", claims=_expired),
    Line("alg_none", pen="unsigned"),
    Line("signature", pen="forged"),
    Line("sub_of_userinfo", about={"sub": "rehearsal-of-somebody-else"}),
)
# Wrong answers before the new key: a service that looks the keys up at every failure must not have seen it by then.
LINES = (RIGHT, *WRONG, NEW_KEY)
