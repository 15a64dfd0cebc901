"""A browser for rehearsals: cookies, redirects, and no address but those of the service that is checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urljoin, urlsplit

from broker.foundation.fetch import FetchedDocument, FetchRefused

# (address, headers, most bytes, form of a POST)
Visit = Callable[[str, Mapping[str, str], int, bytes | None], FetchedDocument]

_MAX_BYTES, _MOST_STEPS, _MOST_COOKIES = 262_144, 6, 30


class Lost(Exception):
    """The service did not lead on. The text is short and ours."""


def origin_of(url: str) -> str:
    """Scheme, host and port as written."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class Visitor:
    """A browser that has never been there. `origins` are all it visits; `visit` is Fetcher.visit."""

    def __init__(self, visit: Visit, origins: frozenset[str]):
        self._visit = visit
        self._origins = origins
        self._cookies: dict[str, dict[str, str]] = {}

    def until(self, url: str, destination: str) -> str:
        """Go from `url` through redirects to the first address that begins with `destination`, which is not visited.

        Raises:
            Lost: the service leads elsewhere, or does not answer.
        """
        for _ in range(_MOST_STEPS):
            following = self._step(url)
            if following is None:
                raise Lost("no redirect to us")
            if following.startswith(destination):
                return following
            url = following
        raise Lost("too many redirects")

    def arrive(self, url: str, form: bytes | None = None) -> None:
        """Open an address, or post a form there, and follow its redirects as long as they stay with the service. What the pages
        say is not looked at.

        Raises:
            Lost: the service does not answer.
        """
        for _ in range(_MOST_STEPS):
            following = self._step(url, form)
            if following is None or origin_of(following) not in self._origins:
                return
            url, form = following, None

    def is_in(self, url: str) -> bool:
        """What the service says at its state address: `{"signed_in": true}` or false.

        Raises:
            Lost: it says anything else.
        """
        found = self._get(url)
        try:
            said = json.loads(found.body)
        except (ValueError, RecursionError):
            said = None
        if found.status != 200 or not isinstance(said, dict) or not isinstance(said.get("signed_in"), bool):
            raise Lost("the state address does not say signed_in")
        return said["signed_in"] is True

    def _step(self, url: str, form: bytes | None = None) -> str | None:
        found = self._get(url, form)
        if 300 <= found.status < 400 and found.headers.get("location"):
            return urljoin(url, found.headers["location"])
        return None

    def _get(self, url: str, form: bytes | None = None) -> FetchedDocument:
        origin = origin_of(url)
        if origin not in self._origins:
            raise Lost("leads to an address that is not registered")
        jar = self._cookies.setdefault(origin, {})
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())} if jar else {}
        kind = {} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            found = self._visit(url, {"Accept": "text/html, application/json", **kind, **cookies}, _MAX_BYTES, form)
        except FetchRefused as refused:
            raise Lost(f"does not answer: {refused.reason}") from refused
        _keep(jar, found.headers.get("set-cookie", ""))
        return found


def _keep(jar: dict[str, str], lines: str) -> None:
    for line in lines.splitlines():
        try:
            read = SimpleCookie(line)
        except CookieError:
            continue
        for name, morsel in read.items():
            jar.pop(name, None)
            if morsel["max-age"] != "0" and morsel.value and len(jar) < _MOST_COOKIES:
                jar[name] = morsel.coded_value
