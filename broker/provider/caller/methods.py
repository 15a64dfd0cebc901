"""Every way in which a client can prove itself here, made from the provider's rooms; and what discovery says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import request

from broker.clients.shared_secrets import SharedSecrets
from broker.provider.caller.certificate import Certificates, Presented
from broker.provider.caller.client_assertion import ALGORITHMS, SECRET_ALGORITHMS, AssertionCheck, AssertionTools
from broker.provider.caller.client_auth import ASSERTION_METHODS, METHODS
from broker.provider.caller.client_certificate import CertificateCheck, CertificateTools
from broker.provider.rooms import ProviderRooms

# Endpoints where a client shows itself, as discovery names them (RFC 8414 2, RFC 9126 5): each gets the same methods.
_AUTHENTICATING = ("token", "revocation", "introspection")


def checks(rooms: ProviderRooms, endpoints: Mapping[str, str]) -> dict[str, Callable[..., object]]:
    """The methods that Authlib does not bring, by name. `endpoints` are the paths by their names in discovery."""
    certificates = rooms.certificates

    def presented() -> Presented | None:
        return certificates.presented(request)

    assertion = AssertionTools(
        issuer=rooms.settings.issuer,
        audiences_at=_audiences(rooms.settings.issuer, certificates.settings.alias_base, endpoints),
        shelf=rooms.shelf,
        now=rooms.outside.now,
        key_for=rooms.key_sets.key_for,
        secrets_of=SharedSecrets(rooms.vault.sealer).live,
    )
    certificate = CertificateTools(
        presented=presented, is_vouched_for=certificates.is_vouched_for, key_sets=rooms.key_sets, now=rooms.outside.now
    )
    return {
        **{method: AssertionCheck(method, assertion) for method in ASSERTION_METHODS},
        "tls_client_auth": CertificateCheck("tls_client_auth", certificate),
        "self_signed_tls_client_auth": CertificateCheck("self_signed_tls_client_auth", certificate),
    }


def offered(certificates: Certificates) -> tuple[str, ...]:
    """The methods that can succeed in this deployment."""
    settings = certificates.settings
    by_certificate = ("tls_client_auth",) if settings.knows_chains else ()
    # A server that verifies chains lets no self-signed certificate through.
    alone = ("self_signed_tls_client_auth",) if settings.certificate_from == "header" else ()
    return (*METHODS, *by_certificate, *alone)


def described(certificates: Certificates, issuer: str, endpoints: Mapping[str, str]) -> dict[str, object]:
    """What discovery says of client authentication (RFC 8414 2, RFC 8705 3.3 and 5). `endpoints` as discovery lists them."""
    methods = list(offered(certificates))
    algorithms = [*ALGORITHMS, *SECRET_ALGORITHMS]
    found: dict[str, object] = {}
    for name in _AUTHENTICATING:
        if f"{name}_endpoint" in endpoints:
            # What a token says is told to nobody who cannot prove who asks (RFC 7662 2.1).
            known = [method for method in methods if method != "none"] if name == "introspection" else methods
            found[f"{name}_endpoint_auth_methods_supported"] = known
            found[f"{name}_endpoint_auth_signing_alg_values_supported"] = algorithms
    if certificates.settings.is_on:
        base = certificates.settings.alias_base or issuer
        found["tls_client_certificate_bound_access_tokens"] = True
        if base != issuer:
            found["mtls_endpoint_aliases"] = {name: base + endpoints[name] for name in _ALIASED if name in endpoints}
    return found


_ALIASED = (
    "token_endpoint", "revocation_endpoint", "introspection_endpoint", "pushed_authorization_request_endpoint",
    "userinfo_endpoint", "device_authorization_endpoint", "registration_endpoint",
)  # fmt: skip


def _audiences(issuer: str, alias_base: str, endpoints: Mapping[str, str]) -> Callable[[str], frozenset[str]]:
    """Our names: the issuer, the token endpoint, and the endpoint that was called (RFC 7523 3, RFC 9126 2)."""

    def at(endpoint: str) -> frozenset[str]:
        paths = {endpoints[name] for name in ("token_endpoint", f"{endpoint}_endpoint") if name in endpoints}
        bases = {base for base in (issuer, alias_base) if base}
        return frozenset({issuer, *(base + path for base in bases for path in paths)})

    return at
