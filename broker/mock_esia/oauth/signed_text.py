"""The text under the signature of `client_secret`: decoded values in a fixed order, joined without separators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote, unquote

Order = tuple[str, ...]

V1_ORDER: Order = ("scope", "timestamp", "client_id", "state")
AUTHORIZATION_ORDER: Order = ("client_id", "scope", "scope_org", "timestamp", "state", "redirect_uri")
CODE_ORDER: Order = (*AUTHORIZATION_ORDER, "code")
REFRESH_TOKEN_ORDER: Order = ("client_id", "scope", "timestamp", "state", "refresh_token")
# Two libraries sign a refresh differently and both claim to work, so both orders pass here.
REFRESH_ORDERS: tuple[Order, ...] = (AUTHORIZATION_ORDER, REFRESH_TOKEN_ORDER)


def joined(fields: Mapping[str, str], order: Order) -> bytes:
    """The signed bytes: the decoded values in order, absent ones as nothing."""
    return "".join(fields.get(name, "") for name in order).encode()


def likely_mistakes(fields: Mapping[str, str], wanted: Order) -> Iterator[tuple[str, bytes]]:
    """Texts that a client may have signed instead, each with what it should change; the likeliest first."""
    right = joined(fields, wanted)
    for words, text in _mistakes(fields, wanted):
        if text != right:
            yield words, text


def _mistakes(fields: Mapping[str, str], wanted: Order) -> Iterator[tuple[str, bytes]]:
    moment, scope, address = fields.get("timestamp", ""), fields.get("scope", ""), fields.get("redirect_uri", "")
    if "+" not in moment and " " in moment[19:]:
        repaired = {**fields, "timestamp": f"{moment[:19]} +{moment[19:].strip()}"}
        yield "the + of the time zone arrived as a space: encode it as %2B", joined(repaired, wanted)
    if wanted != V1_ORDER:
        words = "your signature matches the order of v1 (scope, timestamp, client_id, state); this endpoint wants "
        yield words + ", ".join(wanted), joined(fields, V1_ORDER)
    else:
        words = "your signature matches the order of v2 (client_id first, redirect_uri last); this endpoint wants "
        yield words + ", ".join(wanted), joined(fields, AUTHORIZATION_ORDER)
    if wanted == CODE_ORDER:
        yield "the code is missing at the end of the signed text", joined(fields, AUTHORIZATION_ORDER)
    if fields.get("scope_org"):
        yield "scope_org is missing from the signed text; it stands behind scope", joined({**fields, "scope_org": ""}, wanted)
    yield (
        "redirect_uri was signed in its encoded form; sign it decoded, encode it afterwards",
        joined({**fields, "redirect_uri": quote(address, safe="")}, wanted),
    )
    yield "redirect_uri was encoded twice", joined({**fields, "redirect_uri": unquote(address)}, wanted)
    for sign in ("+", "%20"):
        yield "scope was signed in its encoded form", joined({**fields, "scope": scope.replace(" ", sign)}, wanted)
    yield (
        "scope was signed in another order than it was sent: do not sort it in between",
        joined({**fields, "scope": " ".join(sorted(scope.split()))}, wanted),
    )
    yield "a line break was signed at the end of the text", joined(fields, wanted) + b"\n"
