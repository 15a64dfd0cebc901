"""Who has sent a request: the holder of a key, shown by a DPoP proof or by a certificate (RFC 9449, RFC 8705)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from authlib.oauth2 import OAuth2Error
from flask import Request, Response, g

from broker.clients.client import Client
from broker.clients.profile import FAPI2
from broker.provider.caller.certificate import Certificates
from broker.provider.caller.dpop import HEADER, DpopProofs, Expected
from broker.provider.caller.dpop_nonce import Nonces
from broker.provider.rooms import ProviderRooms
from broker.provider.wire import refusal
from broker.tokens.access import Access
from broker.tokens.confirmation import Confirmation

BEARER, DPOP = "Bearer", "DPoP"
NONCE_HEADER = "DPoP-Nonce"


@dataclass(frozen=True, slots=True)
class Shown:
    """An access token as it came, and the scheme it came under: `Bearer` (in a form, too) or `DPoP`."""

    token: str
    scheme: str


@dataclass(frozen=True, slots=True)
class Sender:
    """One per application. A bound token is good for nobody but who holds its key; which one, is in the token (`Access`)."""

    proofs: DpopProofs
    certificates: Certificates
    nonce_for: str

    def of(self, request: Request, client: Client) -> Confirmation | None:
        """What tokens that are asked for here will be bound to: the key of a proof, else the certificate, else nothing.

        Raises:
            OAuth2Error: a proof that does not hold (RFC 9449 5), or the wrong kind of proof for this client.
        """
        is_bound_by_certificate = client.tls_client_certificate_bound_access_tokens
        if HEADER in request.headers:
            if is_bound_by_certificate:
                raise refusal("invalid_request", "tokens of this client are bound to its certificate")
            return self._key(request, client, None)
        shown = self.certificates.presented(request) if is_bound_by_certificate else None
        return Confirmation("x5t", shown.certificate.thumbprint) if shown is not None else None

    def key_named(self, request: Request, client: Client) -> str:
        """The thumbprint of the key whose proof came with a pushed request; "" without a proof (RFC 9449 10.1).

        Raises:
            OAuth2Error: a proof that does not hold.
        """
        return self._key(request, client, None).thumbprint if HEADER in request.headers else ""

    def require(self, access: Access, shown: Shown, request: Request, client: Client) -> None:
        """Refuse a token that is bound to somebody else's key, or that came in another way than tokens of its kind do.

        Raises:
            OAuth2Error: invalid_token (RFC 9449 7.1 and 7.2, RFC 8705 3), invalid_dpop_proof or use_dpop_nonce, all with 401.
        """
        self.require_holder(access.confirmation, shown, request, client)

    def require_holder(self, bound: Confirmation | None, shown: Shown, request: Request, client: Client) -> None:
        """As `require`, for a token that is bound so.

        Raises:
            OAuth2Error: as there.
        """
        kind = bound.kind if bound is not None else ""
        # A bound token under the other scheme has lost its proof on the way; an unbound one has never had any.
        if (kind == "jkt") != (shown.scheme == DPOP):
            raise _not_yours()
        if bound is not None and not hmac.compare_digest(str(bound), str(self._shown_by(kind, shown, request, client))):
            raise _not_yours()

    def _shown_by(self, kind: str, shown: Shown, request: Request, client: Client) -> Confirmation | None:
        if kind != "jkt":
            found = self.certificates.presented(request)
            return Confirmation("x5t", found.certificate.thumbprint) if found is not None else None
        try:
            return self._key(request, client, shown.token)
        except OAuth2Error as error:
            raise refusal(error.error, error.description, 401) from error

    def _key(self, request: Request, client: Client, access_token: str | None) -> Confirmation:
        needs_nonce = self.nonce_for == "everybody" or (self.nonce_for == FAPI2 and client.profile == FAPI2)
        expected = Expected(request.method, request.path, needs_nonce, access_token)
        try:
            return Confirmation("jkt", self.proofs.thumbprint(request.headers.get(HEADER, ""), expected))
        except OAuth2Error as error:
            if error.error == "use_dpop_nonce":
                g.dpop_nonce = self.proofs.nonces.current()
            raise


def offer_nonce(response: Response) -> Response:
    """Send the nonce that the next proof shall hold, where one was missing or old (RFC 9449 8): with the refusal."""
    nonce = g.get("dpop_nonce") if response.status_code >= 400 else None
    if nonce is not None:
        response.headers[NONCE_HEADER] = nonce
        # The nonce belongs to this answer; whoever keeps answers would hand out old ones.
        response.headers["Cache-Control"] = "no-store"
    return response


def make_sender(rooms: ProviderRooms) -> Sender:
    """The sender of one application."""
    settings, alias = rooms.dpop, rooms.certificates.settings.alias_base
    proofs = DpopProofs(
        bases=(rooms.settings.issuer, *((alias,) if alias else ())),
        shelf=rooms.shelf,
        now=rooms.outside.now,
        nonces=Nonces(rooms.vault.fingerprints, rooms.outside.now, settings.nonce_life),
        life=settings.proof_life,
    )
    return Sender(proofs, rooms.certificates, settings.nonce_for)


def _not_yours() -> OAuth2Error:
    return refusal("invalid_token", "the access token is not valid for who sends it", 401)
