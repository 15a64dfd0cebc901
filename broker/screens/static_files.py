"""The few files a page loads: read once, named by their content, compressed once."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from flask import Request, Response

STATIC: Final = Path(__file__).parent / "static"
PICTURES: Final = Path(__file__).parent / "pictures"
_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file. `version` is a part of the digest of its content, so an address never means two contents."""

    name: str
    content: bytes
    packed: bytes
    media_type: str
    version: str

    @property
    def url(self) -> str:
        """The address a page uses."""
        return f"/static/{self.name}?v={self.version}"

    def response(self, request: Request) -> Response:
        """The file, compressed if the browser can unpack it, kept for a year when asked for by its version."""
        packed = request.accept_encodings["gzip"] > 0
        answer = Response(self.packed if packed else self.content, content_type=self.media_type)
        versioned = request.args.get("v") == self.version
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if versioned else "public, max-age=300"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Vary"] = "Accept-Encoding"
        if packed:
            answer.headers["Content-Encoding"] = "gzip"
        # Two encodings are two representations, so they need two strong validators (RFC 9110 8.8.3.3).
        answer.set_etag(f"{self.version}-gzip" if packed else self.version)
        answer.make_conditional(request)
        return answer


def load_static(*folders: Path) -> Mapping[str, StaticFile]:
    """Read every file of the folders, by default the style, the scripts and the pictures of the help."""
    paths = sorted(path for folder in folders or (STATIC, PICTURES) for path in folder.iterdir())
    return MappingProxyType({path.name: _load(path) for path in paths if path.suffix in _TYPES})


def _load(path: Path) -> StaticFile:
    content = path.read_bytes()
    version = hashlib.sha256(content).hexdigest()[:16]
    return StaticFile(path.name, content, gzip.compress(content, mtime=0), _TYPES[path.suffix], version)
