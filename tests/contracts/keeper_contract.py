"""What every keeper of private halves must do; `test_keepers.py` names the kinds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import import_key

from broker.foundation import jose
from broker.foundation.encoding import from_b64url
from broker.foundation.jose import BadToken
from keys.backends.port import Backend, FreshKey
from keys.backends.software import public_key, thumbprint
from keys.signing.key import Family

ALGORITHMS = [(family, algorithm) for family in Family for algorithm in family.algorithms]
THREADS, EACH = 6, 5


def signed_by(keeper: Backend, made: FreshKey, family: Family, algorithm: str, claims: dict[str, Any]) -> str:
    signer = keeper.signer(made.private, public_key(made.jwk, family))
    return jose.sign(claims, signer, {"alg": algorithm, "kid": made.kid, "typ": "JWT"})


class KeeperContract:
    """Subclasses provide `keeper`, and `another` that makes one more over the same keys, as another process has it."""

    @pytest.mark.parametrize(("family", "algorithm"), ALGORITHMS)
    def test_a_made_key_signs_what_its_public_half_verifies(self, keeper: Backend, family: Family, algorithm: str) -> None:
        made = keeper.make(family)

        token = signed_by(keeper, made, family, algorithm, {"a": "ё"})

        assert {"a": "ё"} == jose.verify(token, public_key(made.jwk, family), [algorithm])
        assert {"alg": algorithm, "kid": made.kid, "typ": "JWT"} == jose.unverified_header(token)
        with pytest.raises(BadToken):
            jose.verify(token, public_key(keeper.make(family).jwk, family), [algorithm])

    @pytest.mark.parametrize("family", Family)
    def test_the_public_half_is_public_and_named_by_its_thumbprint(self, keeper: Backend, family: Family) -> None:
        made = keeper.make(family)

        assert made.kid == made.jwk["kid"] == thumbprint(made.jwk) == import_key(dict(made.jwk)).thumbprint()
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(made.jwk)
        assert repr(made.private) not in repr(made)

    def test_an_rsa_key_has_the_strength_and_the_salt_of_the_standard(self, keeper: Backend) -> None:
        made = keeper.make(Family.RSA)
        public: Any = public_key(made.jwk, Family.RSA)
        head, payload, signature = signed_by(keeper, made, Family.RSA, "PS256", {}).split(".")

        assert (2048, 65537) == (public.key_size, public.public_numbers().e)
        # RFC 7518 3.5: the salt is as long as the digest.
        public.verify(from_b64url(signature), f"{head}.{payload}".encode(), PSS(MGF1(SHA256()), 32), SHA256())

    def test_what_a_row_keeps_is_enough_for_another_process(self, keeper: Backend, another: Callable[[], Backend]) -> None:
        made = keeper.make(Family.P256)

        token = signed_by(another(), made, Family.P256, "ES256", {"a": 1})

        assert {"a": 1} == jose.verify(token, public_key(made.jwk, Family.P256), ["ES256"])

    def test_many_threads_sign_at_once(self, keeper: Backend) -> None:
        made = {family: keeper.make(family) for family in Family}

        def sign(number: int) -> bool:
            family, algorithm = ALGORITHMS[number % len(ALGORITHMS)]
            token = signed_by(keeper, made[family], family, algorithm, {"n": number})
            return {"n": number} == jose.verify(token, public_key(made[family].jwk, family), [algorithm])

        with ThreadPoolExecutor(THREADS) as pool:
            assert [True] * THREADS * EACH == list(pool.map(sign, range(THREADS * EACH)))

    def test_to_destroy_twice_is_no_error_and_spares_other_keys(self, keeper: Backend) -> None:
        doomed, other = keeper.make(Family.P256), keeper.make(Family.P256)

        keeper.destroy(doomed.private)
        keeper.destroy(doomed.private)

        assert signed_by(keeper, other, Family.P256, "ES256", {})
