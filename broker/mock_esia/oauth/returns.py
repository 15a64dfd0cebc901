"""The way back to the client: an address with a code, or with an error."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from urllib.parse import urlencode

from flask import redirect
from werkzeug.wrappers import Response

from broker.mock_esia.journal.story import say, story
from broker.mock_esia.oauth.refusals import EsiaRefusal

log = logging.getLogger(__name__)


def told(refusal: EsiaRefusal) -> None:
    """Put a refusal into the journal and the log: its code, and why in words that never travel."""
    story().code = refusal.code
    say(refusal.words)
    log.warning("mock ESIA refused a request", extra={"hint": refusal.words or refusal.description})


def with_code(redirect_uri: str, code: str, state: str) -> Response:
    return with_fields(redirect_uri, {"code": code, "state": state})


def with_refusal(redirect_uri: str, refusal: EsiaRefusal, unverified_state: str | None) -> Response:
    """The order of the parameters is the one seen on the wire; a client must read them by name."""
    told(refusal)
    fields = {"error_description": refusal.description}
    if unverified_state:
        fields["state"] = unverified_state
    return with_fields(redirect_uri, {**fields, "error": refusal.error})


def with_fields(redirect_uri: str, fields: Mapping[str, str]) -> Response:
    """Any parameters, put behind those that the client's address has already."""
    joint = "&" if "?" in redirect_uri else "?"
    answer = redirect(f"{redirect_uri}{joint}{urlencode(fields)}", code=302)
    answer.headers["Cache-Control"] = "no-store"
    return answer
