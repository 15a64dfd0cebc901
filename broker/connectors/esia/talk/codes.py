"""Every error code of ESIA that anybody has written down: whose fault it is, what a person of ours is told, what staff do.

The list is what public clients collected, not a promise of completeness: a code that is not here stays data and stops nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

NO_ANSWER: Final = 2101
TROUBLE_THERE: Final = 2102
REFUSED_BY_PERSON: Final = 2103
OUR_SETUP: Final = 2104
CLOCKS_DIFFER: Final = 2105
NOT_VERIFIED: Final = 2106
ANSWER_OLD: Final = 2107
TOO_LOW: Final = 2109
NO_SECOND_STEP: Final = 2114
# The only code by which ESIA says that nobody can be served just now.
OVERLOADED: Final = "007008"


class Fault(Enum):
    """Who can put it right. No code of ESIA is a school's to mend: what a school can mend, ESIA does not know of."""

    PERSON = "person"
    SCHOOL = "school"
    US = "us"
    ESIA = "esia"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class EsiaCode:
    """One code, six digits. `cause` is ours (screens.md 2.6); `meaning` and `staff` are for people who run the broker: what it
    says, and what to do about it. `words` is where the staff pages have both, in two languages."""

    code: str
    fault: Fault
    cause: int
    meaning: str
    staff: str

    @property
    def words(self) -> str:
        """The word under `esia_code` in the texts, which has a `meaning` and a `staff`."""
        if self.code in CODES:
            return self.code
        return _OF_CONSENT_REQUEST if self.code.startswith(_OF_CONSENT_REQUEST) else "unknown"


_PERSON, _US, _ESIA, _RETRY = Fault.PERSON, Fault.US, Fault.ESIA, Fault.RETRY
_NOTHING: Final = "Nothing to do: the person tries again."
_PROGRAM: Final = "Report it to whoever makes this broker: the request was built wrongly."
_REQUEST_FOR_CONSENT: Final = "Check the request for data of the digital profile against the order to connect."

_ROWS: Final = (
    EsiaCode("005011", _ESIA, TROUBLE_THERE, "What ESIA gave us for reading data was not accepted.",
             "Try again. If it stays, check the clock with broker esia doctor."),
    EsiaCode("005029", _US, OUR_SETUP, "The scope for this data was not granted to us.",
             "Compare esia.scopes with the scopes of our registration at ESIA."),
    EsiaCode("007002", _US, OUR_SETUP, "Our certificate and our mnemonic do not belong together.",
             "Upload the certificate on the technical portal, or mend esia.client_id."),
    EsiaCode("007003", _US, OUR_SETUP, "A parameter is missing, wrong or sent twice.", _PROGRAM),
    EsiaCode("007004", _PERSON, REFUSED_BY_PERSON, "The person, or ESIA for them, refused.", _NOTHING),
    EsiaCode("007005", _US, OUR_SETUP, "This client may not ask in this way.",
             "Check that mnemonic, certificate and private key are those registered."),
    EsiaCode("007006", _US, OUR_SETUP, "A scope is malformed or unknown.", "Mend esia.scopes."),
    EsiaCode("007007", _RETRY, TROUBLE_THERE, "ESIA had an unexpected error.", "Wait; it is at Gosuslugi."),
    EsiaCode("007008", _RETRY, TROUBLE_THERE, "ESIA is overloaded or being maintained.",
             "Wait; announce planned work if ESIA has announced it."),
    EsiaCode("007009", _US, OUR_SETUP, "The response type is not supported.", _PROGRAM),
    EsiaCode("007011", _RETRY, ANSWER_OLD, "The code is used, expired, withdrawn or of another client.", _NOTHING),
    EsiaCode("007012", _US, OUR_SETUP, "The grant type is not supported.", _PROGRAM),
    EsiaCode("007013", _US, OUR_SETUP, "No scope was asked for.", "Mend esia.scopes."),
    EsiaCode("007014", _US, OUR_SETUP, "A mandatory parameter is absent.", _PROGRAM),
    EsiaCode("007015", _US, CLOCKS_DIFFER, "The time of the request is outside the window.",
             "Set the clock of the server; broker esia doctor says how far it is off."),
    EsiaCode("007019", _US, OUR_SETUP, "A scope is not granted to our registration.",
             "Ask for the scope on the technical portal, or take it out of esia.scopes."),
    EsiaCode("007023", _US, OUR_SETUP, "Our return address is not among those allowed.",
             "Register the address of this broker on the technical portal."),
    EsiaCode("007038", _US, OUR_SETUP, "ESIA could not read the parameters.", _PROGRAM),
    EsiaCode("007039", _US, OUR_SETUP, "A PKCE verifier came without a challenge before it.",
             "Set esia.pkce to empty and report it."),
    EsiaCode("007040", _US, OUR_SETUP, "The PKCE values do not match.",
             "Once: perhaps an attack. Always: set esia.pkce to empty."),
    EsiaCode("007046", _PERSON, NO_SECOND_STEP, "A second step is asked for, and the person cannot get a code.", _NOTHING),
    EsiaCode("007053", _US, OUR_SETUP, "Our signature is wrong, or the certificate is another one or not active.",
             "Run broker esia doctor: certificate, key and its hash must be those registered."),
    EsiaCode("007055", _PERSON, TOO_LOW, "The account is not confirmed, and only confirmed ones were asked for.", _NOTHING),
    EsiaCode("007060", _US, OUR_SETUP, "The parameter roles is wrong.", _PROGRAM),
    EsiaCode("007061", _US, OUR_SETUP, "The parameter obj_type is wrong.", _PROGRAM),
    EsiaCode("007062", _US, OUR_SETUP, "The kind of user or the role does not fit.", _PROGRAM),
    EsiaCode("007194", _US, OUR_SETUP, "A scope of an organisation was asked for, and the person does not work there.",
             "Take scopes of organisations out of the settings."),
    EsiaCode("008010", _US, OUR_SETUP, "Our client was not recognised.",
             "Check that mnemonic, certificate and private key are those registered."),
    EsiaCode("036700", _US, OUR_SETUP, "The request for consent names no type.", _REQUEST_FOR_CONSENT),
    EsiaCode("036701", _US, OUR_SETUP, "The type of consent is unknown.", _REQUEST_FOR_CONSENT),
    EsiaCode("036702", _US, OUR_SETUP, "A scope that this type of consent needs is missing.", _REQUEST_FOR_CONSENT),
    EsiaCode("036703", _US, OUR_SETUP, "The consent asks for a scope beyond those allowed.", _REQUEST_FOR_CONSENT),
    EsiaCode("036704", _US, OUR_SETUP, "This type of consent allows no scopes.", _REQUEST_FOR_CONSENT),
    EsiaCode("036705", _US, OUR_SETUP, "The consent needs at least one action.", _REQUEST_FOR_CONSENT),
    EsiaCode("036706", _US, OUR_SETUP, "An action of the consent is unknown.", _REQUEST_FOR_CONSENT),
    EsiaCode("036707", _US, OUR_SETUP, "The consent needs at least one purpose.", _REQUEST_FOR_CONSENT),
    EsiaCode("036716", _US, OUR_SETUP, "The term of the consent is wrong.", _REQUEST_FOR_CONSENT),
    EsiaCode("036726", _US, OUR_SETUP, "A purpose of the consent is unknown.", _REQUEST_FOR_CONSENT),
    EsiaCode("036727", _US, OUR_SETUP, "The consent needs exactly one purpose.", _REQUEST_FOR_CONSENT),
)  # fmt: skip

CODES: Final[Mapping[str, EsiaCode]] = {row.code: row for row in _ROWS}
# The class of the whole family stands in the error list of ESIA: requests for consent are built by us.
_OF_CONSENT_REQUEST: Final = "0367"
_UNKNOWN_STAFF: Final = "Look the code up in the current recommendations of ESIA, and tell whoever makes this broker."


def known(code: str) -> EsiaCode:
    """What is known of a code of six digits; of one that nobody has written down, what may be said of it all the same."""
    found = CODES.get(code)
    if found is not None:
        return found
    if code.startswith(_OF_CONSENT_REQUEST):
        return EsiaCode(code, Fault.US, OUR_SETUP, "A request for consent was refused.", _REQUEST_FOR_CONSENT)
    return EsiaCode(code, Fault.ESIA, TROUBLE_THERE, "This broker does not know the code.", _UNKNOWN_STAFF)
