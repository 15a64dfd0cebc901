"""RP-Initiated Logout 1.0, on Authlib's endpoint: who asks to leave, on whose behalf, and where to."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oidc.rpinitiated import EndSessionEndpoint, EndSessionRequest

from broker.foundation.encoding import digest
from broker.foundation.outside import Outside
from broker.provider.carried import CarriedRequest
from broker.provider.granting.engine import Engine
from broker.provider.request.hints import HintReader
from broker.storage.shelf import Shelf

_KIND = "leaving"
_TTL = timedelta(minutes=30)
_MAX_LOCALES, _MAX_LOCALES_CHARS = 10, 200
# A `sub` or a `sid` as we give them; what else a service may call a person by says nothing to us.
_HINT = re.compile(r"[A-Za-z0-9_-]{22}([A-Za-z0-9_-]{21})?", re.ASCII)


class LeavingEndpoint(EndSessionEndpoint):  # type: ignore[misc]
    """Reads the request; ending the session is for whoever knows which one."""

    def __init__(self, hints: HintReader):
        super().__init__()
        self._hints = hints

    def _validate_id_token_hint(self, id_token_hint: str) -> dict[str, Any]:
        # Our own ring instead of Authlib's check, which reads the wall clock.
        claims = self._hints.claims_of(id_token_hint)
        if claims is None:
            raise InvalidRequestError(description="id_token_hint cannot be verified")
        return dict(claims)

    def is_post_logout_redirect_uri_legitimate(self, *_: object) -> bool:
        # Registered and exactly the same; without a hint it becomes a link after the question, never a redirect.
        return True

    def end_session(self, end_session_request: EndSessionRequest) -> None:
        """Nothing to do: the route ends the session it has found by the cookie."""


@dataclass(frozen=True, slots=True)
class Leave:
    """A request to sign out. `subject` is the `sub` of a valid hint for this client, None when nothing is proven, and `sid` the
    session it names; `hinted` is a `logout_hint`, which proves nothing. `return_url` is registered for the client and already
    carries `state`. `session_id` is the session that has been ended, once it has; `connector` is how it had begun. `ui_locales`
    as they came, separated by spaces."""

    client_id: str | None
    service: str
    subject: str | None
    return_url: str | None
    connector: str = ""
    sid: str = ""
    session_id: str = ""
    ui_locales: str = ""
    hinted: str = ""

    @property
    def locales(self) -> tuple[str, ...]:
        """The languages the service asked for."""
        return tuple(self.ui_locales.split()[:_MAX_LOCALES])


NOTHING_ASKED = Leave(None, "", None, None)


def read_leave(engine: Engine, values: dict[str, str]) -> Leave:
    """What is asked, as far as it can be believed. A bad hint takes the way back with it (RP-Initiated 1.0, 4)."""
    try:
        found = engine.validate_endpoint_request("end_session", CarriedRequest("GET", values, {}))
    except OAuth2Error:
        return NOTHING_ASKED
    client = found.client.client if found.client is not None else None
    proven = found.id_token_claims is not None and client is not None
    return Leave(
        client_id=client.client_id if client else None,
        service=client.client_name if client else "",
        subject=str(found.id_token_claims["sub"]) if proven else None,
        return_url=found.redirect_uri,
        sid=str(found.id_token_claims.get("sid", "")) if proven else "",
        ui_locales=(found.ui_locales or "")[:_MAX_LOCALES_CHARS],
        hinted=found.logout_hint if client and found.logout_hint and _HINT.fullmatch(found.logout_hint) else "",
    )


class Leavings:
    """Requests to sign out that wait for the person's word, and what the page afterwards needs."""

    def __init__(self, shelf: Shelf, outside: Outside):
        self._shelf = shelf
        self._outside = outside

    def keep(self, leave: Leave, word: str | None = None) -> str:
        """The word under which the request waits: a new one, or the one it has had already."""
        word = word or self._outside.token()
        self._shelf.put(_KIND, digest(word), json.dumps(asdict(leave)).encode("utf-8"), _TTL)
        return word

    def find(self, unverified_word: str) -> Leave | None:
        """The request, None when the word is unknown or too old."""
        kept = self._shelf.get(_KIND, digest(unverified_word))
        return None if kept is None else Leave(**json.loads(kept))
