"""Is this phone theirs: a code by SMS, typed into a page of the same person. Five tries, fifteen minutes, only the newest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from broker.foundation.encoding import canonical_json
from broker.foundation.outside import Outside
from broker.storage.shelf import Shelf
from keys.secrets.fingerprints import Fingerprints
from keys.secrets.sealing import SealBroken, Sealer

CODE_LIVES = timedelta(minutes=15)
MOST_TRIES = 5
_WORD = "phone.code"
_CODE, _TRY = "phone-code", "phone-code-try"
# The greatest multiple of a million that four bytes can hold: what lies above would favour small codes.
_FAIR = 4_294_000_000


@dataclass(frozen=True, slots=True)
class PhoneAnswer:
    """`state`: right, wrong or gone (late, spent or never there: 6002). `left` are further tries; `phone` is the number shown to
    be theirs."""

    state: str
    left: int
    phone: str = ""

    def __repr__(self) -> str:
        return f"PhoneAnswer(state={self.state!r}, left={self.left})"


class PhoneCodes:
    """Codes that show whose a phone is. Nothing here may be called inside a unit of work."""

    def __init__(self, shelf: Shelf, sealer: Sealer, fingerprints: Fingerprints, outside: Outside):
        self._shelf = shelf
        self._sealer = sealer
        self._fingerprints = fingerprints
        self._outside = outside

    def begin(self, person_id: str, phone: str) -> str:
        """A fresh code of six digits for this number; one that was sent before fits no longer."""
        code, request_id = self._code(), self._outside.token(16)
        kept = {
            "id": request_id,
            "phone": phone,
            "mac": self._fingerprints.mac(_WORD, _about(request_id, code)).hex(),
            "ends_at": (self._outside.now() + CODE_LIVES).timestamp(),
        }
        self._shelf.put(_CODE, person_id, self._sealer.seal(canonical_json(kept), f"{_CODE}:{person_id}"), CODE_LIVES)
        return code

    def phone_of(self, person_id: str) -> str | None:
        """The number a code is under way to, or None."""
        kept = self._kept(person_id)
        return None if kept is None else str(kept["phone"])

    def check(self, person_id: str, unverified_code: str) -> PhoneAnswer:
        """Spend one of five tries. A right code is right once."""
        kept = self._kept(person_id)
        if kept is None:
            return PhoneAnswer("gone", 0)
        # Each try is claimed by its number: parallel ones cannot share a number, and a sixth finds none.
        tries = (n for n in range(MOST_TRIES) if self._shelf.claim(_TRY, f"{kept['id']}:{n}", CODE_LIVES))
        number = next(tries, None)
        if number is None:
            return PhoneAnswer("gone", 0)
        left = MOST_TRIES - 1 - number
        about = _about(str(kept["id"]), "".join(unverified_code.split())[:20])
        if not self._fingerprints.fits(_WORD, about, bytes.fromhex(str(kept["mac"]))):
            return PhoneAnswer("wrong", left)
        if self._shelf.take(_CODE, person_id) is None:
            return PhoneAnswer("gone", 0)
        return PhoneAnswer("right", left, str(kept["phone"]))

    def _kept(self, person_id: str) -> dict[str, Any] | None:
        sealed = self._shelf.get(_CODE, person_id)
        try:
            kept: dict[str, Any] = json.loads(self._sealer.unseal(sealed or b"", f"{_CODE}:{person_id}"))
        except SealBroken:
            return None
        return kept if self._outside.now().timestamp() < float(kept["ends_at"]) else None

    def _code(self) -> str:
        number = _FAIR
        while number >= _FAIR:
            number = int.from_bytes(self._outside.random(4), "big")
        return f"{number % 1_000_000:06d}"


def _about(request_id: str, code: str) -> bytes:
    return f"{request_id}\n{code}".encode()
