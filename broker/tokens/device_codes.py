"""Device codes: a device without a browser waits, while a person answers elsewhere (RFC 8628).

Three things lie on the shelf: what the device asks, found by its device code; the way there from the short code that the person
types, taken by whoever answers; and the answer, taken by the device. So each step is done once, whoever comes at the same moment.
"""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from broker.foundation.encoding import digest
from broker.foundation.outside import Outside
from broker.storage.shelf import Shelf
from broker.tokens.authorization import Authorization
from broker.tokens.codes import from_bytes, to_bytes
from broker.tokens.settings import TokenSettings

# Consonants that nobody takes for another sign; no word comes of them (RFC 8628 6.1).
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
USER_CODE_SIZE = 8
# What a Russian keyboard gives instead of a letter that looks the same.
_LOOK_ALIKE = str.maketrans("ВСНКМРТХ", "BCHKMPTX")
_USER_CODE = re.compile(f"[{LETTERS}]{{{USER_CODE_SIZE}}}", re.ASCII)
_LONGEST_TYPED = 40
_MAX_CODE = 128
_TRIES_FOR_A_CODE = 5

_REQUEST, _TYPED, _ANSWER, _MADE = "device", "device.typed", "device.answer", "device.made"
_POLLED, _PACE = "device.polled", "device.pace"
_DENIED = b"denied"
# For so long a device is told that its time ran out, rather than that nobody knows its code.
_REMEMBERED = timedelta(minutes=10)
# RFC 8628 3.5: what `slow_down` adds to the interval.
_SLOWER = timedelta(seconds=5)
# A poll that was sent in time may come a little sooner after the last one than it was sent.
_JITTER = timedelta(seconds=1)


class DeviceRefused(Exception):
    """There is no answer for the device; `error` is the code of RFC 8628 3.5 or invalid_grant."""

    def __init__(self, error: str):
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a device wants. `authorization_details` is canonical JSON or empty (RFC 9396); `confirmation` names the key that it
    has shown (see confirmation.py), empty for none: nobody else gets the tokens."""

    client_id: str
    scopes: tuple[str, ...]
    resources: tuple[str, ...] = ()
    authorization_details: str = ""
    confirmation: str = ""


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """A device that waits. `id` is the digest of its device code."""

    id: str
    wanted: Wanted
    ends_at: datetime

    @property
    def client_id(self) -> str:
        """Whose device it is."""
        return self.wanted.client_id


@dataclass(frozen=True, slots=True)
class DeviceCodes:
    """Issues device codes, and brings person and device together."""

    shelf: Shelf
    outside: Outside
    settings: TokenSettings

    def begin(self, wanted: Wanted) -> tuple[str, str]:
        """A device code of 256 random bits and the eight letters that a person types.

        Raises:
            RuntimeError: no free letters were found; there would have to be thousands of millions of devices.
        """
        device_code, life = self.outside.token(), self.settings.device_ttl
        values = asdict(wanted) | {"ends_at": (self.outside.now() + life).isoformat()}
        id_, user_code = digest(device_code), self._free_letters()
        self.shelf.put(_REQUEST, id_, json.dumps(values).encode("utf-8"), life + _REMEMBERED)
        self.shelf.put(_TYPED, digest(user_code), id_.encode("ascii"), life)
        return device_code, user_code

    def find_typed(self, unverified_user_code: str) -> DeviceRequest | None:
        """What the device asks whose code somebody typed; None for a wrong, late or answered one. Changes nothing."""
        found = self.shelf.get(_TYPED, digest(letters_of(unverified_user_code)))
        return None if found is None else self._living(found.decode("ascii"))

    def take_typed(self, unverified_user_code: str) -> DeviceRequest | None:
        """The same, and nobody else can answer any more."""
        found = self.shelf.take(_TYPED, digest(letters_of(unverified_user_code)))
        return None if found is None else self._living(found.decode("ascii"))

    def allow(self, request_id: str, authorization: Authorization) -> None:
        """The person said yes. Only for who took the typed code."""
        ends_at = self.outside.now() + self.settings.device_ttl
        self.shelf.put(_ANSWER, request_id, to_bytes(authorization, ends_at), self.settings.device_ttl)

    def deny(self, request_id: str) -> None:
        """The person said no, or may not. Only for who took the typed code."""
        self.shelf.put(_ANSWER, request_id, _DENIED, self.settings.device_ttl)

    def take_answer(self, unverified_device_code: str, client_id: str, confirmation: str) -> Authorization:
        """What the device may have, once. `confirmation` is the key that this request has shown, empty for none.

        Raises:
            DeviceRefused: authorization_pending, slow_down, access_denied, expired_token (RFC 8628 3.5); invalid_grant for a code
                that is not this client's, not this key's, not known, or was used.
        """
        request = self._request(digest(unverified_device_code)) if len(unverified_device_code) <= _MAX_CODE else None
        if request is None or request.client_id != client_id:
            raise DeviceRefused("invalid_grant")
        # Before anything is spent: who has only seen the code can neither use it nor use it up.
        if request.wanted.confirmation and not hmac.compare_digest(request.wanted.confirmation, confirmation):
            raise DeviceRefused("invalid_grant")
        answer = self.shelf.take(_ANSWER, request.id)
        if answer is None:
            raise DeviceRefused(self._waiting(request))
        # The code is spent: who comes again, or came at the same moment, finds nothing.
        self.shelf.take(_REQUEST, request.id)
        if answer == _DENIED:
            raise DeviceRefused("access_denied")
        authorization, ends_at = from_bytes(answer)
        if self.outside.now() >= ends_at:
            raise DeviceRefused("expired_token")
        return authorization

    def _waiting(self, request: DeviceRequest) -> str:
        if self.outside.now() >= request.ends_at:
            return "expired_token"
        extra = timedelta(seconds=int(self.shelf.get(_PACE, request.id) or b"0"))
        if self.shelf.claim(_POLLED, request.id, self.settings.device_interval + extra - _JITTER):
            return "authorization_pending"
        slower = str(int((extra + _SLOWER).total_seconds())).encode("ascii")
        self.shelf.put(_PACE, request.id, slower, self.settings.device_ttl)
        return "slow_down"

    def _living(self, request_id: str) -> DeviceRequest | None:
        found = self._request(request_id)
        return found if found is not None and self.outside.now() < found.ends_at else None

    def _request(self, request_id: str) -> DeviceRequest | None:
        kept = self.shelf.get(_REQUEST, request_id)
        if kept is None:
            return None
        values = json.loads(kept)
        wanted = Wanted(
            client_id=values["client_id"],
            scopes=tuple(values["scopes"]),
            resources=tuple(values["resources"]),
            # A worker of the release before writes neither of these.
            authorization_details=values.get("authorization_details", ""),
            confirmation=values.get("confirmation", ""),
        )
        return DeviceRequest(request_id, wanted, datetime.fromisoformat(values["ends_at"]))

    def _free_letters(self) -> str:
        for _ in range(_TRIES_FOR_A_CODE):
            letters = self._letters()
            if self.shelf.claim(_MADE, digest(letters), self.settings.device_ttl):
                return letters
        raise RuntimeError("no free user code")

    def _letters(self) -> str:
        found = ""
        # The bytes beyond the last whole dozen of the alphabet are left out, or some letters would come more often.
        fair = 256 - 256 % len(LETTERS)
        while len(found) < USER_CODE_SIZE:
            found += "".join(LETTERS[byte % len(LETTERS)] for byte in self.outside.random(2 * USER_CODE_SIZE) if byte < fair)
        return found[:USER_CODE_SIZE]


def letters_of(unverified_user_code: str) -> str:
    """One form of what somebody typed: capital letters without spaces and hyphens, "" for what cannot be a code."""
    typed = unverified_user_code[:_LONGEST_TYPED].upper().translate(_LOOK_ALIKE)
    letters = re.sub(r"[\s-]", "", typed)
    return letters if _USER_CODE.fullmatch(letters) else ""


def shown(user_code: str) -> str:
    """The letters in two groups, as people read them."""
    return f"{user_code[:4]}-{user_code[4:]}"
