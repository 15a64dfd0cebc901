"""Several hosts that are one service: the document that names all its addresses (OpenID Connect Core 8.1, Registration 5)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from broker.clients.key_sets import Fetch
from broker.clients.refused import ClientRefused
from broker.foundation.fetch import FetchRefused

_MAX_BYTES = 65_536
_MEDIA_TYPES = ("application/json",)


def sector_of_document(fetch: Fetch, uri: str, redirect_uris: Sequence[str]) -> str:
    """The sector that `sector_identifier_uri` stands for: its host, when the document there names every redirect address.

    Otherwise anybody could name the host of another service and see the same subjects as that one.

    Raises:
        ClientRefused: the document is not there, or an address is missing from it.
    """
    try:
        named = json.loads(fetch(uri, _MAX_BYTES, _MEDIA_TYPES).body)
    except FetchRefused as refused:
        raise ClientRefused(f"sector_identifier_uri cannot be fetched: {refused.reason}.") from None
    except (ValueError, RecursionError):
        raise ClientRefused("sector_identifier_uri must lead to a JSON list of addresses.") from None
    if not isinstance(named, list) or not all(isinstance(entry, str) for entry in named):
        raise ClientRefused("sector_identifier_uri must lead to a JSON list of addresses.")
    if not redirect_uris or not set(redirect_uris) <= set(named):
        raise ClientRefused("sector_identifier_uri leads to a list in which one of redirect_uris is missing.")
    return urlsplit(uri).netloc
