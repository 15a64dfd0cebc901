"""The words a registration may hold, each list once: what is registered, served and listed by discovery comes from here."""

from __future__ import annotations

from broker.foundation.jwe import CONTENT_ENCRYPTIONS as CONTENT_ENCRYPTIONS
from broker.foundation.jwe import KEY_MANAGEMENT_ALGORITHMS as KEY_MANAGEMENT_ALGORITHMS
from broker.foundation.public_jwks import SIGNATURE_ALGORITHMS

SHARED_SECRET = "client_secret_jwt"  # noqa: S105 -- the name of a method
SECRET_METHODS = ("client_secret_basic", "client_secret_post", SHARED_SECRET)
SIGNED_ASSERTION, UNAUTHENTICATED = "private_key_jwt", "none"
BY_CHAIN, BY_OWN_CERTIFICATE = "tls_client_auth", "self_signed_tls_client_auth"
AUTH_METHODS = (*SECRET_METHODS, SIGNED_ASSERTION, BY_CHAIN, BY_OWN_CERTIFICATE, UNAUTHENTICATED)

CODE_GRANT, REFRESH_GRANT, CLIENT_GRANT = "authorization_code", "refresh_token", "client_credentials"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
GRANT_TYPES = (CODE_GRANT, REFRESH_GRANT, CLIENT_GRANT, DEVICE_GRANT, EXCHANGE_GRANT)

# What our key ring signs with.
SIGNING_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
SUBJECT_TYPES = ("pairwise", "public")
ENVIRONMENTS = ("production", "sandbox")
ACCESS_TOKEN_FORMATS = ("opaque", "jwt")
# What Gosuslugi can vouch for, the surest first, as `acr` says it.
ESIA_ACR_VALUES = ("urn:school-signin:esia:confirmed", "urn:school-signin:esia:child", "urn:school-signin:esia:not_confirmed")

# Field → its words; None stands for "not registered" where a field may be empty.
CHOICES: dict[str, tuple[str, ...]] = {
    "token_endpoint_auth_method": AUTH_METHODS,
    "id_token_signed_response_alg": SIGNING_ALGORITHMS,
    "subject_type": SUBJECT_TYPES,
    "environment": ENVIRONMENTS,
    "access_token_format": ACCESS_TOKEN_FORMATS,
}
OPTIONAL_CHOICES: dict[str, tuple[str, ...]] = {
    "minimum_acr_value": ESIA_ACR_VALUES,
    "request_object_signing_alg": SIGNATURE_ALGORITHMS,
    "authorization_signed_response_alg": SIGNING_ALGORITHMS,
    "userinfo_signed_response_alg": SIGNING_ALGORITHMS,
    "introspection_signed_response_alg": SIGNING_ALGORITHMS,
    **{
        f"{what}_{part}": KEY_MANAGEMENT_ALGORITHMS if part == "alg" else CONTENT_ENCRYPTIONS
        for what in (
            "authorization_encrypted_response", "id_token_encrypted_response", "userinfo_encrypted_response",
            "request_object_encryption",
        )
        for part in ("alg", "enc")
    },
}  # fmt: skip
# Answers that we encrypt to a key of the client.
ENCRYPTED_ANSWERS = ("authorization_encrypted_response", "id_token_encrypted_response", "userinfo_encrypted_response")
