"""Distinguished names as services register them: what RFC 4514 allows, and what OpenSSL prints for a Russian certificate."""

from __future__ import annotations

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from broker.foundation.certificates import is_subject_name
from broker.foundation.distinguished_names import name_of

COMMON_NAME, ORGANIZATION, COUNTRY = "2.5.4.3", "2.5.4.10", "2.5.4.6"
EMAIL, INN = "1.2.840.113549.1.9.1", "1.2.643.3.131.1.1"


def subject(*pairs: tuple[str, str]) -> x509.Name:
    """As it stands in a certificate: the country first."""
    return x509.Name([x509.NameAttribute(x509.ObjectIdentifier(type_), value) for type_, value in pairs])


# `openssl x509 -noout -subject -nameopt RFC2253`, with and without names for the types, with and without escapes.
PRINTED = {
    r"CN=marks,O=School\, first,C=RU": subject((COUNTRY, "RU"), (ORGANIZATION, "School, first"), (COMMON_NAME, "marks")),
    r"CN=\D0\94\D0\BD\D0\B5\D0\B2\D0\BD\D0\B8\D0\BA,C=RU": subject((COUNTRY, "RU"), (COMMON_NAME, "Дневник")),
    "CN=Дневник,C=RU": subject((COUNTRY, "RU"), (COMMON_NAME, "Дневник")),
    "INN=007701234567,CN=marks": subject((COMMON_NAME, "marks"), (INN, "007701234567")),
    "1.2.643.3.131.1.1=#120C303037373031323334353637,CN=marks": subject((COMMON_NAME, "marks"), (INN, "007701234567")),
    "emailAddress=ops@x.ru,CN=marks": subject((COMMON_NAME, "marks"), (EMAIL, "ops@x.ru")),
    "1.2.840.113549.1.9.1=#16086F707340782E7275,CN=marks": subject((COMMON_NAME, "marks"), (EMAIL, "ops@x.ru")),
    "cn=marks,c=RU": subject((COUNTRY, "RU"), (COMMON_NAME, "marks")),
    "CN=#1E080434043D04350432,C=RU": subject((COUNTRY, "RU"), (COMMON_NAME, "днев")),
    r"CN=a\,O=#0C0141": subject((COMMON_NAME, "a,O=#0C0141")),
    r"CN=a\\,O=#0C0141": subject((ORGANIZATION, "A"), (COMMON_NAME, "a\\")),
    "CN=a=#0C0141": subject((COMMON_NAME, "a=#0C0141")),
}


@pytest.mark.parametrize("text", PRINTED)
def test_a_name_as_it_is_printed(text: str) -> None:
    assert PRINTED[text] == name_of(text)


@pytest.mark.parametrize("text", [
    "", ",", "diary", "CN", "CN=marks,", "CN = marks", "CN=marks, C=RU", "NOBODY=marks", "/C=RU/CN=marks", "CN=#", "CN=#0",
    # Not a string, too short, too long, a length not written as DER has it.
    "CN=#02012A", "CN=#0C", "CN=#0C0541", "CN=#0C014141", "CN=#0C81", "CN=#0C810141", "CN=#0C02FFFF", "CN=#0C0141x",
])  # fmt: skip
def test_what_is_no_name(text: str) -> None:
    assert not is_subject_name(text)


def test_the_order_and_the_case_of_values_count() -> None:
    """Somebody else's certificate must not pass for a similar one (RFC 8705 2.1.2)."""
    there = name_of("CN=marks,O=School,C=RU")

    for other in ("C=RU,O=School,CN=marks", "CN=MARKS,O=School,C=RU", "CN=marks,C=RU", "CN=marks,OU=x,O=School,C=RU"):
        assert there != name_of(other)


@given(st.text(st.sampled_from("CNcn=,+\\#0C1Ef.2ё "), max_size=40))
def test_any_text_is_a_name_or_none(text: str) -> None:
    assert is_subject_name(text) in (True, False)


@given(st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=20))
def test_what_the_library_writes_is_read(value: str) -> None:
    name = subject((COUNTRY, "RU"), (COMMON_NAME, value))

    assert name == name_of(name.rfc4514_string())
