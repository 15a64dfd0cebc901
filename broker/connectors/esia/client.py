"""The ESIA connector: authorization v2 and token v3, signed per request; the person resource; leaving."""

from __future__ import annotations

import base64
import hmac
import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from broker.connectors.esia.person import identity_of
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.signing.certificates import open_signers
from broker.connectors.esia.signing.signer import Signer
from broker.connectors.esia.talk.errors import NOT_VERIFIED, failure
from broker.connectors.esia.talk.exchange import ask_json
from broker.connectors.esia.tokens.held import HeldCertificates
from broker.connectors.esia.tokens.token_check import Proven, TokenCheck
from broker.connectors.identity import UpstreamIdentity
from broker.connectors.port import Leg, UpstreamFailed
from broker.foundation.encoding import b64url
from broker.foundation.outside import HttpRequest, Outside

NAME = "esia"
_LOG = logging.getLogger(__name__)
_MAX_CODE = 8192
_CONTACT_SCOPES = frozenset({"email", "mobile", "contacts"})


def open_esia(settings: EsiaSettings, outside: Outside) -> Esia:
    """The connector with the keys its settings name.

    Raises:
        ValueError: a setting is missing, or a file cannot be read or does not fit; one sentence names the setting.
    """
    settings.require_complete()
    signers = open_signers(settings, outside)
    held = HeldCertificates(settings, outside.now)
    return Esia(settings, signers.chosen, TokenCheck(settings, held.current, outside.now), outside)


class Esia:
    """Implements `broker.connectors.port.Connector` for ESIA."""

    name = NAME

    def __init__(self, settings: EsiaSettings, signer: Callable[[], Signer], check: TokenCheck, outside: Outside):
        """`signer` says which of our keys signs the request that is being made."""
        self._settings = settings
        self._signer = signer
        self._check = check
        self._outside = outside

    @property
    def host(self) -> str:
        """The host a person should see in the address bar while there."""
        return urlsplit(self._settings.base_url).netloc

    def begin(self, return_url: str) -> Leg:
        """See `Connector.begin`. The state is fresh; nothing of the relying party's request goes to ESIA."""
        state = self._outside.uuid()
        parameters = self._signed(state, return_url) | {"response_type": "code", "access_type": "online"}
        if self._settings.person_filter:
            parameters["person_filter"] = base64.b64encode(self._settings.person_filter.encode()).decode()
        # urlencode writes + as %2B: a bare + of the time zone would arrive as a space and break the signature.
        url = f"{self._settings.base_url}{self._settings.authorization_path}?{urlencode(parameters)}"
        return Leg(url=url, state=state, memory={})

    def complete(self, parameters: Mapping[str, str], leg: Leg, return_url: str) -> UpstreamIdentity:
        """See `Connector.complete`."""
        if not hmac.compare_digest(parameters.get("state", "").encode(), leg.state.encode()):
            raise UpstreamFailed(NOT_VERIFIED, "return: another state")
        if "error" in parameters:
            raise failure(parameters.get("error_description", ""))
        code = parameters.get("code", "")
        if not 0 < len(code) <= _MAX_CODE or not code.isascii():
            raise UpstreamFailed(NOT_VERIFIED, "return: no code")
        proven = self._exchange(code, return_url)
        person = self._rest(proven, "")
        return identity_of(self.name, proven, person, self._contacts(proven))

    def logout_url(self, return_url: str) -> str | None:
        """See `Connector.logout_url`. ESIA calls its parameter `redirect_url`."""
        query = urlencode({"client_id": self._settings.client_id, "redirect_url": return_url})
        return f"{self._settings.base_url}{self._settings.logout_path}?{query}"

    def _exchange(self, code: str, return_url: str) -> Proven:
        state = self._outside.uuid()
        form = self._signed(state, return_url, code) | {
            "grant_type": "authorization_code",
            "code": code,
            "token_type": "Bearer",
        }
        request = HttpRequest(
            "POST",
            self._settings.base_url + self._settings.token_path,
            {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            urlencode(form).encode("ascii"),
        )
        answer = ask_json(self._outside, request)
        if not hmac.compare_digest(_word(answer, "state").encode(), state.encode()):
            raise UpstreamFailed(NOT_VERIFIED, "tokens: another state")
        if _word(answer, "token_type").lower() != "bearer":
            raise UpstreamFailed(NOT_VERIFIED, "tokens: another type")
        return self._check.require(_word(answer, "id_token"), _word(answer, "access_token"))

    def _signed(self, state: str, return_url: str, code: str = "") -> dict[str, str]:
        """The parameters every request to ESIA carries, and the signature over them in the order of v2 and v3."""
        scope = " ".join(self._settings.scopes)
        timestamp = self._outside.now().strftime("%Y.%m.%d %H:%M:%S +0000")
        text = f"{self._settings.client_id}{scope}{timestamp}{state}{return_url}{code}"
        signer = self._signer()
        return {
            "client_id": self._settings.client_id,
            "client_secret": b64url(signer.sign_raw(text.encode("utf-8"))),
            "client_certificate_hash": signer.certificate_hash,
            "redirect_uri": return_url,
            "scope": scope,
            "state": state,
            "timestamp": timestamp,
        }

    def _rest(self, proven: Proven, below: str) -> Mapping[str, Any]:
        url = f"{self._settings.base_url}{self._settings.rest_path}/prns/{proven.oid}{below}"
        headers = {"Authorization": f"Bearer {proven.access_token}", "Accept": "application/json"}
        return ask_json(self._outside, HttpRequest("GET", url, headers))

    def _contacts(self, proven: Proven) -> Mapping[str, Any]:
        if not _CONTACT_SCOPES & set(self._settings.scopes):
            return {}
        try:
            return self._rest(proven, "/ctts?embed=(elements)")
        except UpstreamFailed as error:
            # Contacts decide nothing about who this is; their absence must not keep a person out of school.
            _LOG.warning("contacts not received", extra={"cause": error.cause, "detail": error.detail})
            return {}


def _word(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str):
        raise UpstreamFailed(NOT_VERIFIED, f"tokens: no {name}")
    return value
