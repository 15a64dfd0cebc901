"""Which addresses of a relying party we are willing to send a browser to (RFC 9700 2.1, RFC 8252 7)."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# Our own answer parameters: an address that already holds one would make the answer ambiguous.
ANSWER_PARAMETERS = frozenset({"code", "state", "iss", "error", "error_description", "error_uri", "response", "id_token"})

_MAX_LENGTH = 2000
_VISIBLE = re.compile(r"[!-~]+", re.ASCII)
_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+", re.ASCII)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+", re.ASCII)


class BadAddress(ValueError):
    """An address that cannot be registered; the text is the end of a sentence: "has a fragment"."""


def require_address(unverified_uri: str, *, is_public: bool) -> None:
    """Refuse an address to which we should not send a browser. Private-use schemes are for public clients only.

    Raises:
        BadAddress: with the first thing that is wrong.
    """
    if len(unverified_uri) > _MAX_LENGTH or not _VISIBLE.fullmatch(unverified_uri):
        raise BadAddress("is too long or holds spaces or signs outside ASCII")
    if any(sign in unverified_uri for sign in "\\*<>\"'`{}|^"):
        raise BadAddress("holds a sign that addresses do not have")
    if "#" in unverified_uri:
        raise BadAddress("has a fragment")
    try:
        parts = urlsplit(unverified_uri)
        port = parts.port
    except ValueError:
        raise BadAddress("is not an address") from None
    # The parser folds the scheme; what was registered must be what is compared later.
    if port == 0 or not unverified_uri.startswith(parts.scheme + ":"):
        raise BadAddress("is not written in its plain form")
    _require_scheme(parts, is_public)
    _require_plain_path(parts)
    if ANSWER_PARAMETERS & {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}:
        raise BadAddress("already holds a parameter of our answer")


def _require_scheme(parts: SplitResult, is_public: bool) -> None:
    if parts.scheme in ("http", "https"):
        _require_host(parts)
        return
    if not _PRIVATE_SCHEME.fullmatch(parts.scheme):
        raise BadAddress("is not absolute, or has a scheme other than https")
    if not is_public:
        raise BadAddress("has a private-use scheme, which only public clients may have")
    if parts.netloc or not parts.path.startswith("/"):
        raise BadAddress("has a private-use scheme and must go on with one slash")


def _require_host(parts: SplitResult) -> None:
    if "@" in parts.netloc:
        raise BadAddress("holds a user name")
    host = parts.hostname or ""
    if not _HOST.fullmatch(host) or ".." in host or host not in parts.netloc:
        raise BadAddress("has no host, or one that is not in small letters")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise BadAddress("must begin with https")


def _require_plain_path(parts: SplitResult) -> None:
    path = parts.path
    # Decoded as often as it takes: a server behind a proxy may decode twice.
    while (decoded := unquote(path)) != path:
        path = decoded
    segments = re.split(r"[/\\]", path)
    if "\\" in path or any(segment.partition(";")[0] in (".", "..") for segment in segments):
        raise BadAddress("has a path that climbs")
    if any(ord(sign) < 32 or sign in "#?" for sign in path):
        raise BadAddress("has a path with hidden signs")
