"""Requests to ESIA, complete but not sent. There is no static secret: each carries a signature over its own values."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.signer import Signer
from broker.connectors.esia.wire.signed_text import Kind, order_of, text_to_sign
from broker.foundation.encoding import b64url
from broker.foundation.outside import HttpRequest

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Asking:
    """What makes one request another than the next. `state` is a UUID of its own, `at` an instant. `scope` and `scope_org` keep
    the order in which they were asked for first. `own` holds what only this kind of request has: code, refresh_token, verifier.
    """

    kind: Kind
    state: str
    at: datetime
    return_url: str
    scope: str
    scope_org: str = ""
    own: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Asking(kind={self.kind.value!r})"


def authorization_url(settings: EsiaSettings, asking: Asking, signer: Signer) -> str:
    """Where the browser is sent.

    Raises:
        SigningFailed: see `Signer`.
    """
    values = _signed(settings, asking, signer) | {"response_type": "code", "access_type": settings.access_type}
    if settings.person_filter:
        values["person_filter"] = base64.b64encode(settings.person_filter.encode()).decode()
    # urlencode writes + as %2B: a bare + of the time zone would arrive as a space and break the signature.
    return f"{settings.authorization_url}?{urlencode(values)}"


def token_request(settings: EsiaSettings, asking: Asking, signer: Signer) -> HttpRequest:
    """A question to the token endpoint; what it spends is spent by sending it.

    Raises:
        SigningFailed: see `Signer`.
    """
    besides = {} if _is_bare(settings, asking) else {"token_type": "Bearer"}
    values = _signed(settings, asking, signer) | {"grant_type": asking.kind.value} | besides
    return HttpRequest("POST", settings.token_url, _FORM, urlencode(values).encode("ascii"))


def leaving_url(settings: EsiaSettings, return_url: str) -> str:
    """Where a person signs out of Gosuslugi; ESIA calls its parameter `redirect_url`."""
    query = urlencode({"client_id": settings.client_id, "redirect_url": return_url})
    return f"{settings.base_url}{settings.logout_path}?{query}"


def timestamp_of(at: datetime) -> str:
    """`2026.11.22 09:00:00 +0000`: a zone without a colon; UTC is accepted as well as Moscow."""
    return at.astimezone(UTC).strftime("%Y.%m.%d %H:%M:%S +0000")


def _signed(settings: EsiaSettings, asking: Asking, signer: Signer) -> dict[str, str]:
    """The values of a request and the signature over those that its generation signs."""
    values = {
        "client_id": settings.client_id,
        "scope": asking.scope,
        "state": asking.state,
        "timestamp": timestamp_of(asking.at),
        **asking.own,
    }
    order = order_of(settings.generation, asking.kind, settings.refresh_string)
    if not _is_bare(settings, asking):
        values["redirect_uri"] = asking.return_url
    if asking.scope_org and "scope_org" in order:
        values["scope_org"] = asking.scope_org
    text = text_to_sign(order, values)
    # Without padding: of the three spellings seen in the wild the one that needs no escaping.
    if settings.generation == "v1":
        return values | {"client_secret": b64url(signer.sign_cms(text))}
    secret = {"client_secret": b64url(signer.sign_raw(text))}
    return values | secret | ({} if _is_bare(settings, asking) else {"client_certificate_hash": signer.certificate_hash})


def _is_bare(settings: EsiaSettings, asking: Asking) -> bool:
    """A refresh whose text ends with its token goes as the one library that signs so sends it: with nothing besides."""
    return settings.generation == "v2" and asking.kind is Kind.REFRESH and settings.refresh_string == "refresh_token"
