"""Reading a person's resources with their own access token.

A list names its elements by address, or holds them when asked to (`embed`). An address is never followed as it stands: our own is
made of its last part, and only when it lies below the list it stands in, at ESIA's host.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import SplitResult, urlencode, urlsplit

from broker.connectors.esia.records import values
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.talk.codes import NOT_VERIFIED, TROUBLE_THERE
from broker.connectors.esia.tokens.token_check import Proven
from broker.connectors.port import UpstreamFailed
from broker.foundation.outside import HttpRequest

_Value = TypeVar("_Value")
_Source = Mapping[str, Any]

# Nobody has so many of anything; a longer list is trouble there, and asking on would be trouble here.
_MAX_ELEMENTS: Final = 100
_MAX_QUESTIONS: Final = 30
_ID = re.compile(r"[0-9]{1,19}", re.ASCII)
_USUAL_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class _List:
    """A list below the person: its path, its name inside `embed`, and the path below which its elements have their addresses."""

    path: str
    embedded: str
    elements: str = ""


CONTACTS: Final = _List("ctts", "contacts")
ADDRESSES: Final = _List("addrs", "addresses")
DOCUMENTS: Final = _List("docs", "documents")
KIDS: Final = _List("kids", "kids")
ORGANISATIONS: Final = _List("orgs", "organizations", elements="/orgs")
ROLES: Final = _List("roles", "roles")


class Records:
    """The resources of one person. Every method may raise UpstreamFailed: 2104 when the right to read was not granted, 2106 for
    an address of another host, 2101 or 2102 for silence and for a list that is too long or not whole.
    """

    def __init__(self, settings: EsiaSettings, ask: Callable[[HttpRequest], _Source], proven: Proven):
        """`ask` sends a request and returns a JSON object; see `Talk.ask`."""
        self._settings = settings
        self._ask = ask
        self._proven = proven
        self._root = settings.base_url + settings.rest_path
        self._embedded: dict[str, _Source] = {}
        self._questions = 0

    def person(self, *along: _List) -> values.PersonRecord:
        """The person, and with `esia.embed = "person"` the lists `along` in the same answer."""
        wanted = along if self._settings.embed == "person" else ()
        embed = f"({','.join(f'{one.embedded}.elements' for one in wanted)})" if wanted else ""
        source = dict(self._get(f"/prns/{self._proven.oid}", embed))
        for one in wanted:
            found = source.pop(one.embedded, None)
            if isinstance(found, dict):
                self._embedded[one.path] = found
        return values.person_record(source)

    def contacts(self) -> tuple[values.Contact, ...]:
        """E-mail addresses and telephones."""
        return self._all(CONTACTS, values.contact)

    def addresses(self) -> tuple[values.Address, ...]:
        """Postal addresses."""
        return self._all(ADDRESSES, values.address)

    def documents(self) -> tuple[values.Document, ...]:
        """Documents."""
        return self._all(DOCUMENTS, values.document)

    def children(self) -> tuple[values.Child, ...]:
        """The person's children."""
        return self._all(KIDS, values.child)

    def organisations(self) -> tuple[values.Organisation, ...]:
        """Organisations the person belongs to."""
        return self._all(ORGANISATIONS, values.organisation)

    def roles(self) -> tuple[values.Role, ...]:
        """What the person is in them."""
        return self._all(ROLES, values.role)

    def organisation(self, oid: str) -> values.Organisation:
        """One organisation, with a token whose scopes (`esia.organisation_scopes`) open it. `oid` is digits."""
        if not _ID.fullmatch(oid):
            raise ValueError("an organisation is named by digits")
        return values.organisation(self._get(f"/orgs/{oid}"))

    def _all(self, one: _List, made: Callable[[_Source], _Value]) -> tuple[_Value, ...]:
        whole = self._embedded.pop(one.path, None) or self._whole(one)
        return tuple(made(element) for element in self._elements(one, _checked(whole)))

    def _whole(self, one: _List) -> _Source:
        """A list with all its pages."""
        below = f"/prns/{self._proven.oid}/{one.path}"
        embed = "" if self._settings.embed == "none" else "(elements)"
        found = dict(self._get(below, embed))
        page = 1
        while self._settings.page_parameter and len(_checked(found, is_part=True)) < _size(found):
            page += 1
            more = _checked(self._get(below, embed, page), is_part=True)
            if not more:
                break
            found["elements"] = [*found["elements"], *more]
        return found

    def _elements(self, one: _List, elements: list[Any]) -> list[_Source]:
        return [element if isinstance(element, dict) else self._get(self._below(one, element)) for element in elements]

    def _below(self, one: _List, unverified_url: object) -> str:
        """Our own path to an element whose address a list gives.

        Raises:
            UpstreamFailed: 2106, the address leads elsewhere.
        """
        base = one.elements or f"/prns/{self._proven.oid}/{one.path}"
        found, own = _split(unverified_url), urlsplit(self._root)
        folder, _, name = found.path.rpartition("/")
        if _place(found) != _place(own) or folder != f"{own.path}{base}" or not _ID.fullmatch(name):
            raise UpstreamFailed(NOT_VERIFIED, "rest: an address that leads elsewhere")
        return f"{base}/{name}"

    def _get(self, below: str, embed: str = "", page: int = 1) -> _Source:
        self._questions += 1
        if self._questions > _MAX_QUESTIONS:
            raise UpstreamFailed(TROUBLE_THERE, "rest: too many questions")
        query = {"embed": embed} if embed else {}
        if page > 1:
            query[self._settings.page_parameter] = str(page)
        # ESIA writes the brackets of `embed` as they are; its libraries do, too.
        asked = f"?{urlencode(query, safe='(),.')}" if query else ""
        headers = {"Authorization": f"Bearer {self._proven.access_token}", "Accept": "application/json"}
        return self._ask(HttpRequest("GET", f"{self._root}{below}{asked}", headers))


def _checked(source: _Source, *, is_part: bool = False) -> list[Any]:
    """The elements of a list that holds as many as it says."""
    elements = source.get("elements", [])
    if not isinstance(elements, list):
        raise UpstreamFailed(TROUBLE_THERE, "rest: no list")
    if len(elements) > _MAX_ELEMENTS or _size(source) > _MAX_ELEMENTS:
        raise UpstreamFailed(TROUBLE_THERE, "rest: the list is too long")
    if not is_part and len(elements) < _size(source):
        # Half a list would say that somebody has no further children.
        raise UpstreamFailed(TROUBLE_THERE, "rest: the list is not whole")
    return elements


def _size(source: _Source) -> int:
    sizes = [source.get(name) for name in ("size", "totalSize")]
    return max((size for size in sizes if isinstance(size, int) and not isinstance(size, bool)), default=0)


def _split(unverified_url: object) -> SplitResult:
    try:
        return urlsplit(unverified_url if isinstance(unverified_url, str) else "")
    except ValueError:
        return urlsplit("")


def _place(url: SplitResult) -> tuple[str, str | None, int | None]:
    """Scheme, host and port; the usual port may be written, and ESIA does."""
    try:
        port = url.port or _USUAL_PORTS.get(url.scheme)
    except ValueError:
        port = None
    is_bare = "@" not in url.netloc and not url.query and not url.fragment
    return (url.scheme, url.hostname, port) if is_bare else ("", None, None)
