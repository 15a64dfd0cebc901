"""Every fault that can be armed, in one table: where it happens, its name, and what it does in words.

`GET /faults/kinds` gives the table as JSON, so that a test of a client can walk it whole.
"""

from __future__ import annotations

from dataclasses import dataclass

AC, TE, RS, RETURN = "ac", "te", "rs", "return"
# What the words of a fault call its endpoint.
ENDPOINTS = {
    AC: "the authorization endpoint that the browser opens",
    TE: "the token endpoint",
    RS: "the person data below /rs",
    RETURN: "the browser's way back to the client after sign-in",
}


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One row. `is_harmless`: a client that reads carefully signs the person in all the same."""

    endpoint: str
    name: str
    words: str
    is_harmless: bool = False


def _both(name: str, words: str, *, is_harmless: bool = False) -> tuple[FaultKind, FaultKind]:
    return FaultKind(TE, name, words, is_harmless), FaultKind(RS, name, words, is_harmless)


def _anywhere(name: str, words: str, *, is_harmless: bool = False) -> tuple[FaultKind, ...]:
    return FaultKind(AC, name, words, is_harmless), *_both(name, words, is_harmless=is_harmless)


_ANSWERS = (
    *_anywhere("html", "answers 200 with an HTML page instead of what was asked"),
    *_anywhere("error_500", "answers 500 with an HTML page"),
    *_anywhere("error_503", "answers 503 with an HTML page"),
    *_anywhere("slow", "answers rightly, but only after `seconds`", is_harmless=True),
    *_anywhere("hang", "takes the request, sends not one byte for `seconds`, then closes the connection"),
    *_anywhere("busy", "refuses with ESIA-007008, overloaded or under maintenance"),
    *_anywhere("unexpected", "refuses with ESIA-007007, an unexpected error inside"),
    *_both("closed", "promises a whole body, sends half of it and closes the connection"),
    *_both("truncated", "sends half of the JSON with a length that fits the half"),
    *_both("bom", "puts the byte order mark of UTF-8 before the JSON", is_harmless=True),
    *_both("utf16", "writes the JSON in UTF-16 while the header says UTF-8"),
    *_both("cp1251", "writes the JSON in Windows-1251 with Russian words in it while the header says UTF-8"),
    *_both("text_plain", "sends right JSON as text/plain", is_harmless=True),
    *_both("no_type", "sends right JSON without a Content-Type", is_harmless=True),
    *_both("oversized", "sends an answer of twelve megabytes"),
    *_both("elsewhere", "redirects to a host of somebody else"),
    *_both("not_an_object", "sends a JSON array instead of an object"),
)
_REFUSALS = (
    FaultKind(AC, "refusal", "sends the browser back with the error of `code`"),
    FaultKind(TE, "refusal", "refuses with the error of `code`; the code is not spent"),
)
_TOKENS = tuple(FaultKind(TE, name, words) for name, words in (
    ("bad_signature", "signs the tokens, then reverses the bytes of the signatures"),
    ("swapped_halves", "signs the tokens, then swaps the halves of the signatures"),
    ("another_key", "signs the tokens with a key that stands in no published certificate"),
    ("expired_certificate", "signs the tokens with a key whose certificate, published too, is past its date"),
    ("wrong_algorithm", "signs the tokens with the other one of RS256 and GOST3410_2012_256"),
    ("hmac_with_public_key", "sends tokens of algorithm HS256, keyed with the bytes of the public certificate"),
    ("alg_none", "sends tokens of algorithm none, without a signature"),
    ("wrong_issuer", "writes another issuer into the tokens"),
    ("wrong_audience", "writes another client into the tokens"),
    ("wrong_subject", "lets the identity token and the access token speak of two persons"),
    ("organisation", "lets the identity token speak of an organisation instead of a person"),
    ("expired", "sends tokens of yesterday"),
    ("not_yet_valid", "sends tokens that begin tomorrow"),
    ("wrong_type", "writes another `typ` into the headers of the tokens"),
    ("wrong_sbt", "sends the access token's `sbt` in the identity token and the other way round"),
    ("not_a_token", "sends words without dots instead of tokens"),
    ("no_id_token", "leaves the identity token out"),
    ("no_access_token", "leaves the access token out"),
    ("wrong_state", "echoes another state"),
    ("wrong_token_type", "says another token_type than Bearer"),
    ("lowered_level", "writes the level of an account that is not confirmed into the tokens"),
    ("lost_consent", "refuses with ESIA-007011, as if the person had taken the permission back"),
))  # fmt: skip
_TOKENS_BORNE = (FaultKind(TE, "text_numbers", "writes expires_in as a string", is_harmless=True),)
_PERSON = tuple(FaultKind(RS, name, words) for name, words in (
    ("invalid_token", "answers 401 ESIA-005011 to a right token"),
    ("lost_consent", "answers 403 ESIA-005029, as if the person had taken the permission back"),
    ("not_found", "answers 404"),
    ("no_name", "leaves the names out"),
    ("no_snils", "leaves the SNILS out"),
    ("no_birth_date", "leaves the birth date out"),
    ("changed_snils", "gives a SNILS that another person could have"),
    ("changed_name", "gives another surname and first name"),
    ("changed_birth_date", "gives another birth date"),
    ("lowered_level", "says `trusted: false`"),
    ("being_checked", "says that the data is still being checked"),
    ("deleted", "says `status: DELETED`"),
    ("no_parent", "says of a child's account that no parent made it"),
))  # fmt: skip
_RETURNS = tuple(FaultKind(RETURN, name, words) for name, words in (
    ("wrong_state", "sends the browser back with another state"),
    ("no_state", "sends the browser back without a state"),
    ("no_code", "sends the browser back with neither a code nor an error"),
    ("unknown_code", "sends the browser back with a code that nobody issued"),
    ("refusal", "sends the browser back with the error of `code`"),
    ("lost_consent", "sends the browser back with ESIA-007004, as if the person had pressed the other button"),
))  # fmt: skip

KINDS: tuple[FaultKind, ...] = (*_ANSWERS, *_REFUSALS, *_TOKENS, *_TOKENS_BORNE, *_PERSON, *_RETURNS)


def names_of(endpoint: str) -> frozenset[str]:
    """The faults that an endpoint can have."""
    return frozenset(kind.name for kind in KINDS if kind.endpoint == endpoint)
