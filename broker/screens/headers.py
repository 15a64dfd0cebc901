"""What every page tells the browser about itself: where it may post, load from, be shown in, be kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

_SOURCE = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?|[A-Za-z][A-Za-z0-9+.-]*:")

PAGE_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Vary": "Accept-Language, Cookie",
}


def content_security_policy(
    form_action: tuple[str, ...] = (), *, connects: bool = False, frames: tuple[str, ...] = ()
) -> str:
    """The policy of one page. `form_action` adds origins (or `scheme:`) its form may post or be redirected to.

    Chromium judges every redirect after a form too, so a page whose POST ends at another host must name it here. `connects` is
    for a page whose own script asks this host for more time (screens.md E26) or for the time of day. `frames` are origins whose
    pages may be loaded within this one.

    Raises:
        ValueError: not an origin; anything else could smuggle in a directive.
    """
    for source in (*form_action, *frames):
        if not _SOURCE.fullmatch(source):
            raise ValueError("form_action and frames take origins only")
    targets = " ".join(("'self'", *form_action))
    connect = "connect-src 'self'; " if connects else ""
    within = f"frame-src {' '.join(dict.fromkeys(frames))}; " if frames else ""
    return (
        f"default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; {connect}{within}"
        f"form-action {targets}; base-uri 'none'; frame-ancestors 'none'"
    )


def origin_of(address: str) -> str:
    """The part of an address that a policy names: scheme, host, port; `scheme:` for the private scheme of an app."""
    parts = urlsplit(address)
    if parts.scheme in {"http", "https"}:
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}:"
