"""What is asked of a PKCS #11 token: make, find, sign, destroy. One value is one session, for one thread at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from pkcs11 import MGF, Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11.exceptions import PKCS11Error

from broker.foundation.jose import SignerSilent
from keys.backends.pool import KeyMissing
from keys.backends.port import HeldKey
from keys.signing.key import Family

# DER of the curves' object identifiers (RFC 5480 2.1.1.1, RFC 8410 3), which is what CKA_EC_PARAMS holds.
_P256: Final = bytes.fromhex("06082a8648ce3d030107")
_ED25519: Final = bytes.fromhex("06032b6570")
_NEEDED: Final = {
    Family.RSA: {Mechanism.RSA_PKCS_KEY_PAIR_GEN, Mechanism.SHA256_RSA_PKCS, Mechanism.SHA256_RSA_PKCS_PSS},
    Family.P256: {Mechanism.EC_KEY_PAIR_GEN, Mechanism.ECDSA},
    Family.ED25519: {Mechanism.EC_EDWARDS_KEY_PAIR_GEN, Mechanism.EDDSA},
}
_KINDS: Final = {KeyType.RSA: Family.RSA, KeyType.EC: Family.P256, KeyType.EC_EDWARDS: Family.ED25519}
# Made inside, never shown, good for signatures and nothing else.
_GUARDED: Final = {
    Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False,
    Attribute.SIGN: True, Attribute.DECRYPT: False, Attribute.UNWRAP: False, Attribute.DERIVE: False,
}  # fmt: skip
_ONLY_SIGNATURES: Final = MechanismFlag.SIGN | MechanismFlag.VERIFY
_PSS: Final = (Mechanism.SHA256, MGF.SHA256, 32)
MISSING: Final = "the token does not have the key"
_LABEL: Final = "school-signin"
_ID_BITS: Final = 128


@dataclass(frozen=True, slots=True)
class PublicHalf:
    """The numbers of a public key as a token tells them: modulus and exponent, or the point as CKA_EC_POINT."""

    family: Family
    numbers: tuple[bytes, ...]


@dataclass(slots=True)
class TokenSession:
    """One session of the driver, with the private keys that were found in it. Every verb raises SignerSilent."""

    driver: Any
    mechanisms: frozenset[int]
    _found: dict[bytes, Any] = field(default_factory=dict)

    def families(self) -> frozenset[Family]:
        """What the token can make and sign with."""
        return frozenset(family for family, needed in _NEEDED.items() if needed <= self.mechanisms)

    def make(self, family: Family) -> tuple[bytes, PublicHalf]:
        """A fresh pair inside the token: its id, and its public half."""
        with _answering():
            writing = self.driver.token.open(rw=True)
            try:
                key_id = self.driver.generate_random(_ID_BITS)
                public, _private = _pair(writing, family, key_id)
                return key_id, _public_half(public, family)
            finally:
                writing.close()

    def sign(self, key_id: bytes, signed: bytes, algorithm: str) -> bytes:
        """The signature in its JWS form: tokens write ECDSA as r || s, which is that form (RFC 7518 3.4)."""
        with _answering():
            if key_id not in self._found:
                self._found[key_id] = self._private(key_id)
            return bytes(_SIGN[algorithm](self._found[key_id], signed))

    def has(self, key_id: bytes) -> bool:
        """Whether the private key is there now."""
        with _answering():
            return len(self._objects(ObjectClass.PRIVATE_KEY, key_id)) == 1

    def destroy(self, key_id: bytes) -> None:
        """Remove both halves; nothing when they are gone."""
        with _answering():
            writing = self.driver.token.open(rw=True)
            try:
                for kind in (ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY):
                    for found in list(writing.get_objects({Attribute.CLASS: kind, Attribute.ID: key_id})):
                        found.destroy()
            finally:
                writing.close()
            self._found.pop(key_id, None)

    def held(self) -> tuple[HeldKey, ...]:
        """Every private key in the token that this log-in may see."""
        with _answering():
            return tuple(map(_held, self.driver.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})))

    def public_half(self, key: HeldKey) -> PublicHalf:
        """The public half of a key that somebody else made in the token."""
        with _answering():
            found = self._objects(ObjectClass.PUBLIC_KEY, key.id)
            if len(found) != 1 or key.family is None:
                raise SignerSilent("the token has no public half under the id of the key")
            return _public_half(found[0], key.family)

    def _private(self, key_id: bytes) -> Any:
        found = self._objects(ObjectClass.PRIVATE_KEY, key_id)
        if len(found) != 1:
            raise KeyMissing(MISSING)
        return found[0]

    def _objects(self, kind: ObjectClass, key_id: bytes) -> list[Any]:
        return list(self.driver.get_objects({Attribute.CLASS: kind, Attribute.ID: key_id}))


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except PKCS11Error as error:
        raise SignerSilent("the token did not do what it was asked") from error


def _pair(writing: Any, family: Family, key_id: bytes) -> tuple[Any, ...]:
    common: dict[str, Any] = {"id": key_id, "label": f"{_LABEL}-{family.value}", "store": True}
    common |= {"capabilities": _ONLY_SIGNATURES, "private_template": _GUARDED}
    if family is Family.RSA:
        exponent = {Attribute.PUBLIC_EXPONENT: (65537).to_bytes(3)}
        return tuple(writing.generate_keypair(KeyType.RSA, 2048, public_template=exponent, **common))
    kind, curve = (KeyType.EC, _P256) if family is Family.P256 else (KeyType.EC_EDWARDS, _ED25519)
    made_by = Mechanism.EC_KEY_PAIR_GEN if family is Family.P256 else Mechanism.EC_EDWARDS_KEY_PAIR_GEN
    parameters = writing.create_domain_parameters(kind, {Attribute.EC_PARAMS: curve}, local=True)
    return tuple(parameters.generate_keypair(mechanism=made_by, **common))


def _public_half(public: Any, family: Family) -> PublicHalf:
    wanted = (Attribute.MODULUS, Attribute.PUBLIC_EXPONENT) if family is Family.RSA else (Attribute.EC_POINT,)
    return PublicHalf(family, tuple(bytes(public[attribute]) for attribute in wanted))


def _held(key: Any) -> HeldKey:
    promised = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.NEVER_EXTRACTABLE: True, Attribute.SIGN: True}
    is_guarded = all(_told(key, attribute, not wished) is wished for attribute, wished in promised.items())
    family = _KINDS.get(key.key_type)
    if family is Family.P256 and _told(key, Attribute.EC_PARAMS, b"") != _P256:
        family = None
    return HeldKey(bytes(_told(key, Attribute.ID, b"")), str(_told(key, Attribute.LABEL, "")), family, is_guarded)


def _told(key: Any, attribute: Attribute, otherwise: Any) -> Any:
    try:
        return key[attribute]
    except PKCS11Error:
        return otherwise


def _by(mechanism: Mechanism, parameter: Any = None) -> Callable[[Any, bytes], Any]:
    return lambda key, signed: key.sign(signed, mechanism=mechanism, mechanism_param=parameter)


def _by_ecdsa(key: Any, signed: bytes) -> Any:
    # Every token signs a digest; few hash for ECDSA themselves.
    return key.sign(hashlib.sha256(signed).digest(), mechanism=Mechanism.ECDSA)


_SIGN: Final[dict[str, Callable[[Any, bytes], Any]]] = {
    "RS256": _by(Mechanism.SHA256_RSA_PKCS),
    "PS256": _by(Mechanism.SHA256_RSA_PKCS_PSS, _PSS),
    "ES256": _by_ecdsa,
    "EdDSA": _by(Mechanism.EDDSA),
}
