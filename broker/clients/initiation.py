"""Where a person begins at a service, rather than with us (OpenID Connect Core 4)."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from broker.clients.client import Client


def initiation_of(client: Client, issuer: str) -> str | None:
    """The address at which the service sends a browser to us by itself; None if it has registered none.

    `iss` tells a service that knows several providers which one is meant. The service must not answer it with anything but a
    request of its own, so the address says nothing of the person.
    """
    if not client.initiate_login_uri:
        return None
    mark = "&" if urlsplit(client.initiate_login_uri).query else "?"
    return f"{client.initiate_login_uri}{mark}{urlencode({'iss': issuer})}"
