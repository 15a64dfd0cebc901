"""Every way in which a token of ESIA may be wrong has a word of its own, with RSA and with GOST alike."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from esia_stand import NOW, OID, access_claims, id_claims
from esia_tokens import SETTINGS, Pair, access_token, believed, id_token, made, pair, part, proven
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.connectors.esia.signing.gost_certificate import make_demo_certificate, private_key_in
from broker.connectors.esia.tokens.certificate import GOST, RSA, read_certificate
from broker.connectors.esia.tokens.token_check import TokenCheck
from broker.connectors.port import UpstreamFailed
from broker.foundation.encoding import from_b64url
from broker.foundation.outside import Outside
from tests.support.clock import nothing_answers
from tests.support.openssl import make_pair, openssl, require_engine, verifies

BOTH = pytest.mark.parametrize("algorithm", [RSA, GOST])
LATE = int((NOW + timedelta(seconds=61)).timestamp())
PAST = int((NOW - timedelta(seconds=61)).timestamp())
SUBJECT = "urn:esia:sbj"


def refusal(check: TokenCheck, first: str, second: str) -> tuple[int, str]:
    with pytest.raises(UpstreamFailed) as caught:
        check.require(first, second)
    return caught.value.cause, caught.value.detail


@BOTH
def test_a_right_pair_is_believed(algorithm: str) -> None:
    found = proven(believed(), pair(algorithm))
    assert (str(OID), "PR", True, ("pwd",)) == (found.oid, found.level_word, found.is_confirmed, found.methods)


@BOTH
def test_two_certificates_count_while_one_follows_the_other(algorithm: str) -> None:
    old, new = pair(algorithm), pair(algorithm, "second")
    check = believed(old.held, new.held)
    for signer in (old, new):
        assert str(OID) == proven(check, signer).oid
        assert str(OID) == proven(check, signer, **{"x5t#St256": signer.held.thumbprint}).oid
    # The thumbprint chooses and proves nothing: a wrong one neither lets a stranger in nor keeps ESIA out.
    assert str(OID) == proven(check, old, **{"x5t#St256": new.held.thumbprint}).oid
    stranger = pair(algorithm, "stranger")
    named = access_token(stranger, **{"x5t#St256": old.held.thumbprint})
    assert (2106, "id token: bad signature") == refusal(check, id_token(stranger, **{"x5t#St256": old.held.thumbprint}), named)


def _token(**changes: Any) -> Callable[[Pair], tuple[str, str]]:
    return lambda signer: (id_token(signer, id_claims(**changes)), access_token(signer))


def _header(**changes: Any) -> Callable[[Pair], tuple[str, str]]:
    return lambda signer: (id_token(signer, **changes), access_token(signer))


def _access(**changes: Any) -> Callable[[Pair], tuple[str, str]]:
    return lambda signer: (id_token(signer), access_token(signer, access_claims(**changes)))


def _access_header(**changes: Any) -> Callable[[Pair], tuple[str, str]]:
    return lambda signer: (id_token(signer), access_token(signer, **changes))


def _unsigned(signer: Pair) -> tuple[str, str]:
    return f"{part({'alg': 'none', 'sbt': 'id', 'typ': 'JWT'})}.{part(id_claims())}.", access_token(signer)


def _swapped(signer: Pair) -> tuple[str, str]:
    head, _, _ = id_token(signer).rpartition(".")
    raw = signer.sign(head.encode())
    half = len(raw) // 2
    return f"{head}.{part(raw[half:] + raw[:half])}", access_token(signer)


def _reversed(signer: Pair) -> tuple[str, str]:
    head, _, _ = id_token(signer).rpartition(".")
    return f"{head}.{part(signer.sign(head.encode())[::-1])}", access_token(signer)


def _by_stranger(**header: Any) -> Callable[[Pair], tuple[str, str]]:
    def spoilt(signer: Pair) -> tuple[str, str]:
        stranger = pair(signer.held.algorithm, "stranger")
        return id_token(stranger, **header), access_token(signer)

    return spoilt


UNKNOWN = {"x5t#St256": "AB" * 32}
WRONG: dict[str, tuple[Callable[[Pair], tuple[str, str]], int, str]] = {
    "unsigned": (_unsigned, 2106, "id token: another algorithm"),
    "hmac": (_header(alg="HS256"), 2106, "id token: another algorithm"),
    "pss": (_header(alg="PS256"), 2106, "id token: another algorithm"),
    "gost of 512 bits": (_header(alg="GOST3410_2012_512"), 2106, "id token: another algorithm"),
    "algorithm is a number": (_header(alg=7), 2106, "id token: another algorithm"),
    "no algorithm": (_header(alg=None), 2106, "id token: another algorithm"),
    "critical header": (_header(crit=["exp"]), 2106, "id token: malformed token"),
    "halves swapped": (_swapped, 2106, "id token: bad signature"),
    "bytes reversed": (_reversed, 2106, "id token: bad signature"),
    "stranger": (_by_stranger(), 2106, "id token: bad signature"),
    "unknown certificate": (_by_stranger(**UNKNOWN), 2106, "id token: signed with a certificate that we do not hold"),
    "another type": (_header(typ="at+jwt"), 2106, "id token: wrong type"),
    "no type": (_header(typ=None), 2106, "id token: wrong type"),
    "kind": (_header(sbt="access"), 2106, "id token: wrong kind of token"),
    "a code": (_header(sbt="authorization_code"), 2106, "id token: wrong kind of token"),
    "kind of the access token": (_access_header(sbt="id"), 2106, "access token: wrong kind of token"),
    "issuer": (_token(iss="http://esia.gosuslugi.ru"), 2106, "id token: wrong issuer"),
    "issuer of the access token": (_access(iss="http://evil.example/"), 2106, "access token: wrong issuer"),
    "audience": (_token(aud="OTHER01"), 2106, "id token: for somebody else"),
    "audience as a list": (_token(aud=["TESTIS01"]), 2106, "id token: for somebody else"),
    "client": (_access(client_id="OTHER01"), 2106, "access token: for somebody else"),
    "expired": (_token(exp=PAST), 2106, "id token: expired"),
    "no end": (_token(exp=None), 2106, "id token: no exp"),
    "end is a word": (_token(exp="soon"), 2106, "id token: time claim is not a number"),
    "no beginning": (_token(iat=None), 2106, "id token: no iat"),
    "access expired": (_access(exp=PAST), 2106, "access token: expired"),
    "from the future": (_token(iat=LATE), 2105, "id token: not valid yet"),
    "not yet": (_token(nbf=LATE), 2105, "id token: not valid yet"),
    "access from the future": (_access(iat=LATE), 2105, "access token: not valid yet"),
    "subject missing": (_token(sub=None), 2106, "id token: sub is no number"),
    "subject is true": (_token(sub=True), 2106, "id token: sub is no number"),
    "oid is a word": (_token(subject={f"{SUBJECT}:oid": "x"}), 2106, "id token: oid is no number"),
    "two subjects": (_token(sub=OID + 1), 2106, "id token: two subjects"),
    "no subject block": (_token(**{SUBJECT: "x"}), 2106, "id token: without a subject"),
    "two people": (_access(**{f"{SUBJECT}_id": OID + 1}), 2106, "tokens of two people"),
    "access without a subject": (_access(**{f"{SUBJECT}_id": None}), 2106, "access token: sbj_id is no number"),
    "organisation": (_token(subject={f"{SUBJECT}:typ": "L"}), 2113, "not a person"),
}


@BOTH
@pytest.mark.parametrize("what", WRONG)
def test_each_fault_has_its_own_word(algorithm: str, what: str) -> None:
    spoil, cause, detail = WRONG[what]
    assert (cause, detail) == refusal(believed(), *spoil(pair(algorithm)))


@pytest.mark.parametrize(("used", "pinned"), [(RSA, GOST), (GOST, RSA)])
def test_the_algorithm_is_that_of_the_settings(used: str, pinned: str) -> None:
    """Although we hold the right certificate for it: the header of a token chooses nothing."""
    check = believed(algorithms=(pinned,))
    assert (2106, "id token: another algorithm") == refusal(check, id_token(pair(used)), access_token(pair(used)))


def test_a_key_is_good_for_its_own_algorithm_only() -> None:
    check = believed(pair(RSA).held)
    tokens = id_token(pair(GOST)), access_token(pair(GOST))
    assert (2106, "id token: no certificate for the algorithm") == refusal(check, *tokens)


@BOTH
def test_an_ended_certificate_counts_for_its_grace_only(algorithm: str) -> None:
    signer = pair(algorithm)
    ended = replace(signer.held, ends_at=NOW - timedelta(hours=1))
    detail = "id token: signed with a certificate that has ended"
    assert (2106, detail) == refusal(believed(ended), id_token(signer), access_token(signer))
    assert (2106, detail) == refusal(believed(replace(ended, ends_at=NOW)), id_token(signer), access_token(signer))
    assert str(OID) == proven(believed(ended, esia_certificate_grace=timedelta(hours=2)), signer).oid
    assert str(OID) == proven(believed(replace(ended, ends_at=NOW + timedelta(seconds=1))), signer).oid


@pytest.mark.parametrize("text", ["", ".", "..", "a.b", "a.b.c.d", "é.b.c", "x" * 20_001])
def test_what_is_no_token(text: str) -> None:
    cause, detail = refusal(believed(), text, text)
    assert (2106, True) == (cause, detail in ("id token: malformed token", "id token: token too long"))


def test_an_authorization_code_is_no_access_token() -> None:
    signer = pair(RSA)
    code = made(signer, "authorization_code", access_claims())
    assert (2106, "access token: wrong kind of token") == refusal(believed(), id_token(signer), code)


def test_slashes_and_order_are_checked_as_they_came() -> None:
    """What is verified is what came, not what our own JSON writer would make of it."""
    signer = pair(GOST)
    raw = b'{ "iss":"http:\\/\\/esia.gosuslugi.ru\\/",  ' + json.dumps(id_claims()).encode().split(b",", 1)[1]
    assert str(OID) == believed().require(made(signer, "id", raw), access_token(signer)).oid


@BOTH
def test_no_byte_can_be_changed(algorithm: str) -> None:
    signer = pair(algorithm)
    token, access, check = id_token(signer), access_token(signer), believed()

    @settings(max_examples=100, deadline=None)
    @given(st.integers(0, len(token) - 1), st.characters(codec="ascii", exclude_categories=()))
    def flipped(place: int, letter: str) -> None:
        if letter != token[place]:
            assert 2106 == refusal(check, token[:place] + letter + token[place + 1 :], access)[0]

    flipped()
    # The spare bits at the end of a part, which a reader of base64 leaves unread.
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        if letter != token[-1]:
            assert 2106 == refusal(check, token[:-1] + letter, access)[0]
    # And padding, which a reader may let pass (RFC 7515 2: there is none).
    for padded in (token + "=", token + "==", token.replace(".", "=.", 1), token.replace(".", "==.", 1)):
        assert 2106 == refusal(check, padded, access)[0]


def test_only_settings_within_bounds() -> None:
    for name, wrong in {
        "algorithms": ("HS256",), "esia_certificate_grace": timedelta(days=31), "esia_certificates_reread": timedelta(hours=2),
    }.items():  # fmt: skip
        with pytest.raises(ValueError, match=rf"^esia.{name} "):
            replace(SETTINGS, **{name: wrong})  # type: ignore[arg-type]


CLAIMS = {
    "as they come": {},
    "a scope of a block's length": {"urn:esia:x": "s" * 64},
    "much": {"urn:esia:x": "s" * 4000},
    "signs of all kinds": {"urn:esia:x": "\u0000/\\\"Ёё\U0001f600"},
}


@pytest.mark.parametrize("what", CLAIMS)
def test_openssl_and_we_believe_the_same_gost_tokens(tmp_path: Path, what: str) -> None:
    """OpenSSL's gost engine is another implementation, and the one that real tokens of ESIA were checked with."""
    require_engine()
    certificate, _ = make_pair(tmp_path)
    held = read_certificate(certificate.read_bytes(), "openssl.cer")
    assert GOST == held.algorithm

    def by_openssl(kind: str, claims: Any) -> str:
        head = f"{part({'typ': 'JWT', 'sbt': kind, 'alg': GOST, 'ver': 0})}.{part(claims)}"
        (tmp_path / "text").write_bytes(head.encode())
        openssl(tmp_path, "dgst", "-md_gost12_256", "-sign", "key.pem", "-out", "raw", "text")
        return f"{head}.{part((tmp_path / 'raw').read_bytes())}"

    held = replace(held, ends_at=NOW + timedelta(days=1))
    theirs = by_openssl("id", id_claims(**CLAIMS[what]))
    assert str(OID) == believed(held).require(theirs, by_openssl("access", access_claims())).oid

    made_here = make_demo_certificate(tmp_path / "here", Outside(lambda: NOW, os.urandom, nothing_answers))
    key = private_key_in(made_here.private_key_file.read_bytes())
    ours = made(Pair(key.number, replace(pair(GOST).held, name="ours")), "id", id_claims(**CLAIMS[what]))
    public = openssl(tmp_path, "x509", "-inform", "DER", "-in", str(made_here.certificate_file), "-pubkey", "-noout")
    (tmp_path / "pub.pem").write_text(public)
    signed, _, signature = ours.rpartition(".")
    assert verifies(tmp_path, signed.encode(), from_b64url(signature))
    assert not verifies(tmp_path, signed.encode() + b" ", from_b64url(signature))
