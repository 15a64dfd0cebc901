"""An OpenID Provider as an upstream: Authlib's client makes the requests, this file decides what of the answers is believed."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.client import OAuth2Client

from broker.connectors.identity import UpstreamIdentity
from broker.connectors.oidc.claims import identity_of
from broker.connectors.oidc.client_proof import ClientProof, open_client_proof
from broker.connectors.oidc.documents import Metadata, Published
from broker.connectors.oidc.failures import NOT_VERIFIED, TROUBLE_THERE, refused_at_return, refused_tokens
from broker.connectors.oidc.id_token import Received, is_subject, require_id_token
from broker.connectors.oidc.settings import OidcSettings, require_name
from broker.connectors.oidc.wire import TokenWire, get_json
from broker.connectors.port import Leg, UpstreamFailed
from broker.foundation.outside import Outside

_MAX_CODE = 8192


def open_oidc(name: str, settings: OidcSettings, outside: Outside) -> OidcUpstream:
    """The connector with the secret or key its settings name. Nothing is asked of the provider yet.

    Raises:
        ValueError: a file cannot be read or does not fit, or the name is another's; one sentence names the setting.
    """
    try:
        require_name(name, settings)
        return OidcUpstream(name, settings, open_client_proof(settings, outside), outside)
    except ValueError as error:
        raise ValueError(f"upstreams.{name}: {error}") from error


class OidcUpstream:
    """Implements `broker.connectors.port.Connector` for any OpenID Provider."""

    def __init__(self, name: str, settings: OidcSettings, proof: ClientProof, outside: Outside):
        self.name = name
        self._settings = settings
        self._proof = proof
        self._outside = outside
        self._published = Published(settings, outside)

    def begin(self, return_url: str) -> Leg:
        """See `Connector.begin`. State, nonce and PKCE verifier are fresh; nothing of the relying party's request goes there.

        Raises:
            UpstreamFailed: the provider's discovery document cannot be had.
        """
        metadata = self._published.metadata()
        state, nonce, verifier = self._outside.token(), self._outside.token(), self._outside.token()
        wishes = {"acr_values": " ".join(self._settings.acr_values), "prompt": self._settings.prompt}
        client = self._client(return_url, metadata)
        url, _ = client.create_authorization_url(
            metadata.authorization_endpoint,
            state=state,
            code_verifier=verifier,
            nonce=nonce,
            **{name: value for name, value in wishes.items() if value},
        )
        return Leg(url=url, state=state, memory={"nonce": nonce, "verifier": verifier})

    def complete(self, parameters: Mapping[str, str], leg: Leg, return_url: str) -> UpstreamIdentity:
        """See `Connector.complete`."""
        metadata = self._published.metadata()
        self._require_answer_of(parameters, leg, metadata)
        if "error" in parameters:
            raise refused_at_return(parameters["error"])
        code = parameters.get("code", "")
        if not 0 < len(code) <= _MAX_CODE or not code.isascii():
            raise UpstreamFailed(NOT_VERIFIED, "return: no code")
        received = self._exchange(metadata, (code, leg.memory["verifier"], return_url), leg.memory["nonce"])
        claims = require_id_token(self._settings, self._published, received, self._outside.now())
        told = self._user_info(metadata, received, claims)
        return identity_of(self.name, self._settings, {**told, **claims})

    def logout_url(self, return_url: str) -> str | None:
        """See `Connector.logout_url` (OpenID Connect RP-Initiated Logout 2; without a hint the provider asks the person)."""
        try:
            endpoint = self._published.metadata().end_session_endpoint
        except UpstreamFailed:
            return None
        if endpoint is None:
            return None
        query = urlencode({"client_id": self._settings.client_id, "post_logout_redirect_uri": return_url})
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    def _require_answer_of(self, parameters: Mapping[str, str], leg: Leg, metadata: Metadata) -> None:
        """The answer is to this request and from this provider, an error not less than a code."""
        if not _is_same(parameters.get("state"), leg.state):
            raise UpstreamFailed(NOT_VERIFIED, "return: another state")
        # RFC 9207 2.4: where the provider says that it names itself, an answer without a name is another's.
        if (metadata.says_issuer or "iss" in parameters) and not _is_same(parameters.get("iss"), self._settings.issuer):
            raise UpstreamFailed(NOT_VERIFIED, "return: another issuer")

    def _exchange(self, metadata: Metadata, sent: tuple[str, str, str], nonce: str) -> Received:
        """`sent`: the code, the PKCE verifier (RFC 7636 4.5), the address the code came to."""
        code, verifier, return_url = sent
        try:
            token = self._client(return_url, metadata).fetch_token(
                metadata.token_endpoint, grant_type="authorization_code", code=code, code_verifier=verifier
            )
        except OAuth2Error as error:
            raise refused_tokens(error.error) from error
        except (ValueError, TypeError, OverflowError) as error:
            # Authlib reads `expires_in`, which may be anything.
            raise UpstreamFailed(TROUBLE_THERE, "tokens: malformed") from error
        if _word(token, "token_type").lower() != "bearer":
            raise UpstreamFailed(NOT_VERIFIED, "tokens: another type")
        return Received(_word(token, "id_token"), _word(token, "access_token"), nonce)

    def _user_info(self, metadata: Metadata, received: Received, claims: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self._settings.user_info or metadata.userinfo_endpoint is None:
            return {}
        told = get_json(self._outside, metadata.userinfo_endpoint, received.access_token)
        # Core 5.3.2: the access token may have been swapped for somebody else's.
        if not is_subject(told.get("sub")) or not _is_same(told["sub"], claims["sub"]):
            raise UpstreamFailed(NOT_VERIFIED, "userinfo: another subject")
        return told

    def _client(self, return_url: str, metadata: Metadata) -> Any:
        """Authlib's client for one request: it keeps what it is told, so it is never shared."""
        client = OAuth2Client(
            TokenWire(self._outside),
            client_id=self._settings.client_id,
            client_secret=self._proof.secret,
            token_endpoint_auth_method=self._settings.token_endpoint_auth_method,
            scope=" ".join(self._settings.scopes),
            redirect_uri=return_url,
            code_challenge_method="S256",
        )
        audience = metadata.token_endpoint if self._settings.assertion_audience == "token_endpoint" else self._settings.issuer
        client.register_client_auth_method(("private_key_jwt", self._proof.by_key(audience)))
        return client


def _word(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise UpstreamFailed(NOT_VERIFIED, f"tokens: no {name}")
    return value


def _is_same(value: object, expected: str) -> bool:
    return isinstance(value, str) and hmac.compare_digest(value.encode(), expected.encode())
