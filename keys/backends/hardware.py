"""The back end over a hardware module: private keys are made in it, sign in it and never leave it (PKCS #11)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from broker.foundation.jose import RemoteKey, SignerSilent
from broker.foundation.outside import monotonic
from keys.backends.cryptoki import Module
from keys.backends.pool import KeyMissing, Pool
from keys.backends.port import PKCS11, REFERENCE, FreshKey, HeldKey, NotAdopted, id_of
from keys.backends.software import named_jwk
from keys.backends.token_session import MISSING, PublicHalf, TokenSession
from keys.settings import KeySettings
from keys.signing.key import Family

_LEAST_RSA_BITS: Final = 2048
Answer = TypeVar("Answer")


class Hardware:
    """One token, reached through a few sessions. A row holds only the id of its key."""

    name = PKCS11

    def __init__(self, pool: Pool[TokenSession]):
        self._pool = pool
        self._families: frozenset[Family] | None = None

    def families(self) -> frozenset[Family]:
        """What the token says it can do; asked once."""
        if self._families is None:
            self._families = self._asked(TokenSession.families)
        return self._families

    def make(self, family: Family) -> FreshKey:
        """A pair made in the token, its private half sensitive and not extractable."""
        with self._pool.session() as session:
            return _fresh(*session.make(family))

    def signer(self, private: bytes, public: Any) -> RemoteKey:
        """Signs in the token; one lost connection is forgiven, since to sign twice does no harm."""
        key_id = id_of(private)
        return RemoteKey(
            make_signature=lambda signed, algorithm: self._asked(lambda session: session.sign(key_id, signed, algorithm)),
            public=public,
            answers=lambda: self._has(key_id),
        )

    def destroy(self, private: bytes) -> None:
        """Remove both halves from the token."""
        key_id = id_of(private)
        self._asked(lambda session: session.destroy(key_id))

    def held(self) -> tuple[HeldKey, ...]:
        """The private keys in the token, ours and others'."""
        return self._asked(TokenSession.held)

    def adopt(self, label: str) -> tuple[Family, FreshKey]:
        """A key that was made in the token by other means; never one that could be read out of it."""
        named = [key for key in self.held() if key.label == label]
        if len(named) != 1:
            raise NotAdopted("The token has no private key with this label, or several.")
        if not (named[0].id and named[0].is_guarded):
            raise NotAdopted("The key can be read out of the token, may not sign or has no id: it is not fit to sign tokens.")
        if named[0].family is None:
            raise NotAdopted("We sign with RSA, P-256 and Ed25519 keys only.")
        fresh = _fresh(named[0].id, self._asked(lambda session: session.public_half(named[0])))
        return named[0].family, fresh

    def _has(self, key_id: bytes) -> bool:
        try:
            return self._asked(lambda session: _require_key(session, key_id))
        except SignerSilent:
            return False

    def _asked(self, ask: Callable[[TokenSession], Answer]) -> Answer:
        try:
            return self._once(ask)
        except SignerSilent as first:
            with suppress(SignerSilent):
                return self._once(ask)
            raise first

    def _once(self, ask: Callable[[TokenSession], Answer]) -> Answer:
        with self._pool.session() as session:
            return ask(session)


def open_hardware(settings: KeySettings, pin: str) -> Hardware:
    """The token that the settings name; nothing is asked of it yet."""
    return Hardware(Pool(Module(settings, pin).connect, settings.pkcs11_wait, monotonic))


def _require_key(session: TokenSession, key_id: bytes) -> bool:
    if not session.has(key_id):
        raise KeyMissing(MISSING)
    return True


def _fresh(key_id: bytes, half: PublicHalf) -> FreshKey:
    jwk = named_jwk(_key_object(half))
    return FreshKey(jwk["kid"], jwk, REFERENCE + key_id)


def _key_object(half: PublicHalf) -> Any:
    """Raises NotAdopted for numbers that are no key, or a weak one."""
    try:
        if half.family is Family.RSA:
            modulus, exponent = (int.from_bytes(number) for number in half.numbers)
            if modulus.bit_length() < _LEAST_RSA_BITS:
                raise NotAdopted("An RSA key of less than 2048 bits is too weak.")
            return RSAPublicNumbers(exponent, modulus).public_key()
        size = 65 if half.family is Family.P256 else 32
        # CKA_EC_POINT is a DER OCTET STRING with the point in it (PKCS #11 3.1, 6.3.3); its last bytes are the point.
        point = half.numbers[0][-size:]
        if half.family is Family.P256:
            return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
        return Ed25519PublicKey.from_public_bytes(point)
    except ValueError as error:
        raise NotAdopted("The token does not tell the public half as PKCS #11 says.") from error
