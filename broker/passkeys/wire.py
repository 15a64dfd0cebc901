"""WebAuthn Level 3 on the wire: the only door to the library.

Attestation is not asked for: which maker's key somebody holds does not matter here, that its owner unlocked it does
(user verification is always required).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from broker.foundation.encoding import from_b64url
from broker.passkeys.passkey import Passkey, PasskeyRefused

# A credential identifier may have 1023 bytes (WebAuthn 4); the rest of an answer is small.
LONGEST_ANSWER: Final = 16_384
LONGEST_ID: Final = 1023
_SELECTION = AuthenticatorSelectionCriteria(
    resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
)


@dataclass(frozen=True, slots=True)
class Site:
    """Whose passkeys these are: `rp_id` is a host, `origin` where the page was (WebAuthn 5.1.7, 13.4.9)."""

    rp_id: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class Made:
    """A credential as its authenticator made it."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    is_synced: bool


def creation_options(site: Site, owner: tuple[bytes, str], challenge: bytes, known: Sequence[Passkey]) -> str:
    """JSON for `navigator.credentials.create`; `owner` is an opaque handle and what the browser shows. `known` ones are not made
    twice."""
    options = generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.name,
        user_id=owner[0],
        user_name=owner[1],
        challenge=challenge,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=_SELECTION,
        exclude_credentials=_named(known),
    )
    return str(options_to_json(options))


def request_options(site: Site, challenge: bytes, known: Sequence[Passkey]) -> str:
    """JSON for `navigator.credentials.get`: one of `known` must answer."""
    options = generate_authentication_options(
        rp_id=site.rp_id,
        challenge=challenge,
        allow_credentials=_named(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return str(options_to_json(options))


def read_answer(unverified_text: str) -> Mapping[str, Any]:
    """What the browser sent, as an object. Raises PasskeyRefused when it is none."""
    try:
        found = json.loads(unverified_text) if len(unverified_text) <= LONGEST_ANSWER else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise PasskeyRefused("answer")
    return found


def challenge_of(answer: Mapping[str, Any]) -> str:
    """The challenge that the answer says it answers, not verified yet. Raises PasskeyRefused when it says none."""
    try:
        said = json.loads(from_b64url(answer["response"]["clientDataJSON"]))["challenge"]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise PasskeyRefused("answer") from None
    if not isinstance(said, str):
        raise PasskeyRefused("answer")
    return said


def read_made(site: Site, answer: Mapping[str, Any], challenge: bytes) -> Made:
    """A new credential (WebAuthn 7.1). Raises PasskeyRefused when anything about it is wrong."""
    try:
        found = verify_registration_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except Exception as error:
        raise _refused(error) from None
    if len(found.credential_id) > LONGEST_ID:
        raise PasskeyRefused("answer")
    return Made(found.credential_id, found.credential_public_key, found.sign_count, found.credential_backed_up)


def read_shown(site: Site, answer: Mapping[str, Any], challenge: bytes, passkey: Passkey) -> int:
    """The counter of an assertion by this passkey (WebAuthn 7.2). Raises PasskeyRefused when anything about it is wrong, and
    when the counter went back: somebody has copied the key."""
    try:
        found = verify_authentication_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            # The library would refuse it too, but not say which; see below.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:
        raise _refused(error) from None
    if (found.new_sign_count or passkey.sign_count) and found.new_sign_count <= passkey.sign_count:
        raise PasskeyRefused("counter")
    return int(found.new_sign_count)


def _refused(error: Exception) -> PasskeyRefused:
    """The library reads what strangers wrote, CBOR among it, and not every fault of theirs has become an exception of its own."""
    if isinstance(error, (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)):
        return PasskeyRefused("answer")
    return PasskeyRefused("unreadable")


def _named(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in known]
