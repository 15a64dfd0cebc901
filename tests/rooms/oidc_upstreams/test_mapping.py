"""What the operator's mapping makes of claims: nothing that it does not say; and how we prove who we are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from broker.connectors.identity import Level
from broker.connectors.oidc.claims import identity_of
from broker.connectors.oidc.client_proof import open_client_proof
from broker.connectors.oidc.settings import OidcSettings, require_name
from broker.connectors.port import UpstreamFailed
from broker.foundation.outside import Outside

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PLAIN = OidcSettings(
    issuer="https://id.example", title_ru="И", title_en="I", client_id="school", token_endpoint_auth_method="none"
)
MAPPED = replace(
    PLAIN,
    claims=(*PLAIN.claims, "snils=urn:snils", "child_of_parent=kid", "checks_pending=pending"),
    checked=("snils=snils_ok", "email=*", "phone=phone_ok"),
    levels=("https://id.example/loa?x=3=confirmed", "true=confirmed", "kid=child"),
)
CLAIMS: dict[str, Any] = {
    "sub": "1",
    "family_name": " Орлова ",
    "given_name": "Анна",
    "middle_name": "Сергеевна",
    "birthdate": "1985-04-12",
    "gender": "female",
    "urn:snils": "002-000-107 24",
    "snils_ok": True,
    "email": "Anna@Example.org",
    "phone_number": "+7 900 000-00-02",
    "phone_ok": True,
}


def found(settings: OidcSettings = MAPPED, **changes: Any) -> Any:
    return identity_of("north", settings, CLAIMS | changes)


def test_the_mapping_names_every_field() -> None:
    identity = found(kid=True, pending=True)

    assert ("north", "1", "Орлова", "Анна", "Сергеевна") == (
        identity.connector, identity.subject, identity.surname, identity.name, identity.patronymic
    )  # fmt: skip
    assert (date(1985, 4, 12), "F", "00200010724") == (identity.birth_date, identity.sex, identity.snils)
    assert ("anna@example.org", "+79000000002") == (identity.email, identity.phone)
    assert identity.child_of_parent and identity.checks_pending
    assert "Орлова" not in repr(identity)


def test_without_a_mapping_there_is_no_level_no_snils_and_no_child() -> None:
    identity = found(PLAIN, acr="confirmed", snils="00200010724", snils_verified=True, kid=True)

    assert (Level.NOT_CONFIRMED, None, False) == (identity.level, identity.snils, identity.child_of_parent)


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"snils_ok": False}, "snils", None),
        ({"snils_ok": "true"}, "snils", None),
        ({"snils_ok": 1}, "snils", None),
        ({"urn:snils": "002-000-107 25"}, "snils", None),
        ({"phone_ok": None}, "phone", None),
        ({"gender": "other"}, "sex", None),
        ({"gender": "M"}, "sex", "M"),
        ({"birthdate": "0000-04-12"}, "birth_date", None),
        ({"birthdate": "12.04.1985"}, "birth_date", date(1985, 4, 12)),
        ({"birthdate": "1985-02-30"}, "birth_date", None),
        ({"birthdate": "19850412"}, "birth_date", None),
        ({"birthdate": 1985}, "birth_date", None),
        ({"middle_name": "x" * 201}, "patronymic", None),
        ({"middle_name": " "}, "patronymic", None),
        ({"middle_name": "А\x00"}, "patronymic", None),
        ({"middle_name": "\ud800"}, "patronymic", None),
        ({"kid": "true"}, "child_of_parent", False),
        ({"amr": ["pwd", "pwd", "otp", "<b>", 7]}, "methods", ("pwd", "otp")),
        ({"amr": "pwd"}, "methods", ()),
    ],
)
def test_a_claim_counts_only_as_it_must_be(changes: dict[str, Any], field: str, expected: Any) -> None:
    assert expected == getattr(found(**changes), field)


@pytest.mark.parametrize(
    ("acr", "expected"),
    [
        ("https://id.example/loa?x=3", Level.CONFIRMED),
        (True, Level.CONFIRMED),
        (False, Level.NOT_CONFIRMED),
        ("kid", Level.CHILD),
        ("KID", Level.NOT_CONFIRMED),
        ("confirmed", Level.NOT_CONFIRMED),
        (["kid"], Level.NOT_CONFIRMED),
        (1, Level.NOT_CONFIRMED),
        (None, Level.NOT_CONFIRMED),
    ],
)
def test_a_level_is_only_what_the_mapping_says(acr: Any, expected: Level) -> None:
    assert expected is found(acr=acr).level


def test_a_person_without_a_name_is_told_what_is_missing() -> None:
    with pytest.raises(UpstreamFailed) as caught:
        found(family_name="", given_name=None)
    assert (2115, ("surname", "name")) == (caught.value.cause, caught.value.fields)


def test_a_key_proves_who_asks_for_one_audience_once(tmp_path: Path) -> None:
    key = ECKey.generate_key("P-256")
    (tmp_path / "own.pem").write_bytes(key.as_pem(private=True))
    settings = replace(
        PLAIN, token_endpoint_auth_method="private_key_jwt", client_key_file=str(tmp_path / "own.pem"), client_key_id="k1"
    )
    counter = iter(range(1, 100))
    outside = Outside(now=lambda: NOW, random=lambda size: next(counter).to_bytes(size, "big"), send=lambda _request: None)  # type: ignore[arg-type, return-value]
    proof = open_client_proof(settings, outside)

    first, second = (jwt.decode(proof.assertion("https://id.example"), key, algorithms=["ES256"]) for _ in range(2))

    at = int(NOW.timestamp())
    assert {"alg": "ES256", "kid": "k1", "typ": "JWT"} == first.header
    assert {"iss": "school", "sub": "school", "aud": "https://id.example", "iat": at, "exp": at + 60} == {
        name: value for name, value in first.claims.items() if name != "jti"
    }
    assert first.claims["jti"] != second.claims["jti"]
    uri, _, body = proof.by_key("https://id.example")(None, "POST", "https://id.example/token", {}, "code=1")
    assert "https://id.example/token" == uri
    assert body.startswith("code=1&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&")
    assert "PRIVATE" not in repr(proof)


@pytest.mark.parametrize("content", ["not a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_key_that_does_not_fit_stops_the_start(tmp_path: Path, content: str) -> None:
    (tmp_path / "own.pem").write_text(content)
    settings = replace(PLAIN, token_endpoint_auth_method="private_key_jwt", client_key_file=str(tmp_path / "own.pem"))
    outside = Outside(now=lambda: NOW, random=lambda size: b"1" * size, send=lambda _request: None)  # type: ignore[arg-type, return-value]

    with pytest.raises(ValueError, match="client_key_file holds no private key for client_key_algorithm"):
        open_client_proof(settings, outside)


def test_a_gateway_is_named_as_one() -> None:
    require_name("esia_gate", replace(PLAIN, is_esia_gateway=True))
    for name, settings in (("esia_gate", PLAIN), ("north", replace(PLAIN, is_esia_gateway=True))):
        with pytest.raises(ValueError, match="is_esia_gateway must be true exactly where the name begins with esia_"):
            require_name(name, settings)
