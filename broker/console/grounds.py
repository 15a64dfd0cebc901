"""Why a member of staff looks at somebody, or takes something out of the house: words that the journal keeps."""

from __future__ import annotations

from typing import Final

from broker.console.refused import Refused

# The person asked for help; something went wrong and is looked into; a body with the right to know asks; an audit.
GROUNDS: Final = ("asked", "incident", "inquiry", "check")


def require_grounds(unverified_word: str) -> str:
    """One of GROUNDS. Raises Refused for anything else: personal data must not get into the journal this way."""
    if unverified_word not in GROUNDS:
        raise Refused(f"Say why by one of the words: {', '.join(GROUNDS)}.")
    return unverified_word
