"""A registered system as JSON, as a form, and as a table of the settings file: read once, checked by its own class."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from broker.mock_esia.oauth.certificates import ClientCertificate, der_of
from broker.mock_esia.oauth.registry import RegisteredClient
from broker.mock_esia.oauth.scopes import ORG_SCOPES, SCOPE_LABELS
from broker.mock_esia.settings import MockClient, Strictness

_MOST_SCOPES = 200
_SWITCHES = {"v1": "has_v1", "rsa": "takes_rsa", "legacy_tokens": "is_legacy", "active": "is_active"}
_STRICT = ("unpadded_only", "any_state", "checks_after_login")


def described(registered: RegisteredClient) -> dict[str, object]:
    """What JSON says of a system; the same names are read."""
    client = registered.client
    window = client.strictness.timestamp_window
    return {
        "mnemonic": client.mnemonic,
        "certificates": [described_certificate(certificate) for certificate in registered.certificates.values()],
        "redirect_uris": list(client.redirect_uris),
        "scopes": sorted(client.scopes),
        "org_scopes": sorted(client.org_scopes),
        "second_factor_scopes": sorted(client.second_factor_scopes),
        "alg": client.alg,
        **{name: getattr(client, field) for name, field in _SWITCHES.items()},
        "strictness": {
            **{name: getattr(client.strictness, name) for name in _STRICT},
            "timestamp_window_seconds": int(window.total_seconds()) if window else None,
        },
    }


def described_certificate(certificate: ClientCertificate) -> dict[str, object]:
    return {
        "hash": certificate.hash,
        "kind": certificate.kind,
        "subject": certificate.subject,
        "begins_at": certificate.begins_at.isoformat(),
        "ends_at": certificate.ends_at.isoformat(),
    }


def read_system(unverified: object, before: MockClient | None) -> MockClient:
    """A system from JSON. What is not said stays as `before`, or takes the default of a new one.

    Raises ValueError with a sentence for the developer.
    """
    if not isinstance(unverified, Mapping):
        raise ValueError("send a JSON object")
    fields = dict(unverified)
    if before and fields.pop("mnemonic", before.mnemonic) != before.mnemonic:
        raise ValueError("a mnemonic does not change; register another system")
    unknown = set(fields) - set(_READERS) - {"mnemonic", "strictness"}
    if unknown:
        raise ValueError("unknown fields: " + ", ".join(sorted(map(str, unknown))[:5]))
    made: dict[str, Any] = {}
    for name, value in fields.items():
        if name in _READERS:
            field, reader = _READERS[name]
            made[field] = reader(name, value)
    if "strictness" in fields:
        made["strictness"] = _strictness(fields["strictness"], before.strictness if before else Strictness())
    if before:
        return replace(before, **made)
    return MockClient(mnemonic=_text("mnemonic", fields.get("mnemonic")), **{"certificates": (), "redirect_uris": (), **made})


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} is a text")
    return value.strip()


def _switch(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} is true or false")
    return value


def _texts(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > _MOST_SCOPES:
        raise ValueError(f"{name} is a list of at most {_MOST_SCOPES} texts")
    return tuple(dict.fromkeys(_text(name, one) for one in value))


def _names(known: frozenset[str]) -> Callable[[str, object], frozenset[str]]:
    def read(name: str, value: object) -> frozenset[str]:
        found = frozenset(_texts(name, value))
        if not found <= known:
            raise ValueError(f"{name}: unknown here are " + ", ".join(sorted(found - known)[:5]))
        return found

    return read


def certificate_from(name: str, value: object) -> bytes:
    """The DER of a certificate in PEM, or of its DER in base64. Raises ValueError."""
    text = _text(name, value)
    if text.startswith("-----"):
        return der_of(text.encode())
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise ValueError("a certificate is PEM, or DER in base64") from wrong


def _certificates(name: str, value: object) -> tuple[bytes, ...]:
    return tuple(certificate_from(name, one) for one in _texts(name, value))


_READERS: Mapping[str, tuple[str, Callable[[str, object], object]]] = {
    "certificates": ("certificates", _certificates),
    "redirect_uris": ("redirect_uris", _texts),
    "scopes": ("scopes", _names(frozenset(SCOPE_LABELS))),
    "org_scopes": ("org_scopes", _names(ORG_SCOPES)),
    "second_factor_scopes": ("second_factor_scopes", _names(frozenset(SCOPE_LABELS))),
    "alg": ("alg", _text),
    **{name: (field, _switch) for name, field in _SWITCHES.items()},
}


def _strictness(unverified: object, before: Strictness) -> Strictness:
    if not isinstance(unverified, Mapping) or not set(unverified) <= {*_STRICT, "timestamp_window_seconds"}:
        raise ValueError("strictness has: " + ", ".join((*_STRICT, "timestamp_window_seconds")))
    made: dict[str, Any] = {name: _switch(name, unverified[name]) for name in _STRICT if name in unverified}
    if "timestamp_window_seconds" in unverified:
        seconds = unverified["timestamp_window_seconds"]
        if seconds is not None and (not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds <= 86400):
            raise ValueError("timestamp_window_seconds is a whole number from 1 to 86400, or null for the stand's own")
        made["timestamp_window"] = None if seconds is None else timedelta(seconds=seconds)
    return replace(before, **made)
