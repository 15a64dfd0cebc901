"""What ESIA's error answers mean to a person of ours (the codes are ESIA's own, `ESIA-007004` and the like)."""

from __future__ import annotations

import re
from typing import Final

from broker.connectors.esia.talk.codes import CLOCKS_DIFFER, NO_ANSWER, NOT_VERIFIED, OUR_SETUP, TROUBLE_THERE, Fault, known
from broker.connectors.port import UpstreamFailed

_CODE = re.compile(r"ESIA-(\d{6})", re.ASCII)
_DETAIL: Final = "ESIA-"


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
    return UpstreamFailed(known(code).cause, f"{_DETAIL}{code}")


def may_pass(failed: UpstreamFailed) -> bool:
    """Whether the same question may well be answered a moment later, by ESIA's own word."""
    return failed.detail.startswith(_DETAIL) and known(failed.detail.removeprefix(_DETAIL)).fault is Fault.RETRY


__all__ = ["CLOCKS_DIFFER", "NOT_VERIFIED", "NO_ANSWER", "OUR_SETUP", "TROUBLE_THERE", "code_in", "failure", "may_pass"]
