"""What ESIA's error codes mean to a person of ours (the codes are ESIA's own, `ESIA-007004` and the like)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from broker.connectors.port import UpstreamFailed

_CODE = re.compile(r"ESIA-(\d{6})", re.ASCII)

NO_ANSWER = 2101
TROUBLE_THERE = 2102
OUR_SETUP = 2104
CLOCKS_DIFFER = 2105
NOT_VERIFIED = 2106

_CAUSES: Mapping[str, int] = {
    "007004": 2103,
    "007007": TROUBLE_THERE,
    "007008": TROUBLE_THERE,
    "007011": 2107,
    "007015": CLOCKS_DIFFER,
    "007046": 2114,
    "007055": 2109,
}
# Our request, key, certificate, scope, PKCE or address: nobody but us can put it right.
_OURS = frozenset(
    {
        *("007002", "007003", "007005", "007006", "007009", "007012", "007013", "007014", "007019", "007023"),
        *("007038", "007039", "007040", "007053", "007060", "007061", "007062", "007194", "008010"),
    }
)
_OF_CONSENT_REQUEST = "0367"


def code_in(unverified_description: str) -> str:
    """The ESIA code in an error description, digits only; "" when there is none."""
    found = _CODE.search(unverified_description)
    return found.group(1) if found else ""


def failure(unverified_description: str) -> UpstreamFailed:
    """What an error answer means. The OAuth word beside it decides nothing: `access_denied` stands for a refusing person
    (007004) and for a wrong signature of ours (007053) alike. An unknown code is kept as data.
    """
    code = code_in(unverified_description)
    if not code:
        return UpstreamFailed(TROUBLE_THERE, "error without a code")
    if code in _OURS or code.startswith(_OF_CONSENT_REQUEST):
        return UpstreamFailed(OUR_SETUP, f"ESIA-{code}")
    return UpstreamFailed(_CAUSES.get(code, TROUBLE_THERE), f"ESIA-{code}")
