"""Examples of services, filled in with the values of one service: what stands between double angle brackets is a mark."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from broker.clients.client import Client
from broker.screens.developer_service_pages import Snippet

_LONGEST: Final = 20_000
_SUFFIXES: Final = frozenset({".py", ".mjs", ".js", ".conf", ".yml", ".yaml", ".cfg", ".toml", ".properties", ".java"})


def read_snippets(folder: Path) -> Mapping[str, str]:
    """The examples of a folder by name; none when a release does not bring it."""
    if not folder.is_dir():
        return {}
    files = sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
    read = {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}
    return {name: text for name, text in read.items() if 0 < len(text) <= _LONGEST}


def filled(snippets: Mapping[str, str], client: Client, issuer: str) -> tuple[Snippet, ...]:
    """The examples with the values of this service."""
    values = {
        "issuer": issuer,
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uris[0] if client.redirect_uris else "",
        "scope": " ".join(client.scopes),
        "scope_with_commas": ",".join(client.scopes),
    }
    return tuple(Snippet(name, _filled(text, values)) for name, text in snippets.items())


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"<<{name}>>", value)
    return text
