"""What our JSON endpoints take and answer, as OpenAPI 3.1. The metadata of services come from the table of fields itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from flask import Request, Response

from broker.registration.fields import FIELDS, KINDS

_FILE: Final = "openapi.json"
_CACHE: Final = "public, max-age=3600"
# Schema of the file → properties that are added to it.
_METADATA: Final = "ClientMetadata"


class Description:
    """The description with the address of this house; made once."""

    def __init__(self, issuer: str):
        document = described(issuer)
        self._body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")

    def answer(self, request: Request) -> Response:
        """The document, or 304 for whoever has it already (RFC 9110 13.1.2)."""
        response = Response(self._body, content_type="application/json")
        response.headers["Cache-Control"] = _CACHE
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.add_etag()
        response.make_conditional(request)
        return response


def described(issuer: str) -> dict[str, Any]:
    """The whole document."""
    document: dict[str, Any] = json.loads(files("broker.registration").joinpath(_FILE).read_text(encoding="utf-8"))
    document["servers"] = [{"url": issuer}]
    document["components"]["schemas"][_METADATA]["properties"] |= metadata_schema()
    return document


def metadata_schema() -> Mapping[str, Any]:
    """The JSON Schema of every field that a service may say of itself."""
    return {field.name: dict(KINDS[field.kind].schema) for field in FIELDS}
