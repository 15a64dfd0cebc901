"""The one table of metadata: its name on the wire, the field of the client, how a value is read and written (RFC 7591 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, get_type_hints

from broker.clients.client import Client
from broker.clients.words import CODE_GRANT
from broker.registration.reading import Metadata
from broker.registration.refusals import unsound

# What nobody gives itself: identity and state, and what a registrar or the preset of a token decides.
OURS = frozenset({
    "client_id", "secrets", "is_enabled", "version", "first_party", "environment", "waiting_scopes", "audiences", "resources",
    "authorization_details_types", "require_pkce", "sector_identifier",
})  # fmt: skip
# Names of the wire that are none of the client's fields.
CODE_RESPONSE = "code"
APPLICATION_TYPES = ("web", "native")

_MAX_TEXT, _MAX_LIST = 2000, 50
_WIRE_NAMES = {"scopes": "scope", "client_name_en": "client_name#en"}
_KINDS = get_type_hints(Client)


@dataclass(frozen=True, slots=True)
class Field:
    """`kind` is a key of KINDS."""

    name: str
    field: str
    kind: str


@dataclass(frozen=True, slots=True)
class Kind:
    """`read` raises ValueError; `rule` ends the sentence "<name> must be …"; `schema` is its JSON Schema."""

    rule: str
    read: Callable[[Any], Any]
    schema: Mapping[str, Any]


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise ValueError
    return value


def _list(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > _MAX_LIST:
        raise ValueError
    return tuple(_text(entry) for entry in value)


def _exactly(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        # To Python true is a number too.
        if type(value) is not kind:
            raise ValueError
        return value

    return read


def _scopes(value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_text(value).split()))


_ONE_TEXT = {"type": "string", "maxLength": _MAX_TEXT}
KINDS: Mapping[str, Kind] = {
    "text": Kind(f"a text of at most {_MAX_TEXT} signs", _text, _ONE_TEXT),
    "list": Kind(f"a list of at most {_MAX_LIST} texts", _list, {"type": "array", "maxItems": _MAX_LIST, "items": _ONE_TEXT}),
    "flag": Kind("true or false", _exactly(bool), {"type": "boolean"}),
    "number": Kind("a whole number", _exactly(int), {"type": "integer"}),
    "object": Kind("a JSON object", _exactly(dict), {"type": "object"}),
    "scopes": Kind("scopes with single spaces between them", _scopes, _ONE_TEXT),
}


def _kind_of(field: str) -> str:
    if field == "scopes":
        return "scopes"
    kind = _KINDS[field]
    plain: dict[Any, str] = {bool: "flag", int | None: "number", str: "text", str | None: "text", tuple[str, ...]: "list"}
    return plain.get(kind, "object")


FIELDS: tuple[Field, ...] = tuple(
    Field(_WIRE_NAMES.get(one.name, one.name), one.name, _kind_of(one.name)) for one in fields(Client) if one.name not in OURS
)
NAMES = frozenset(field.name for field in FIELDS) | {
    "client_name#ru", "response_types", "application_type", "sector_identifier_uri",
}  # fmt: skip


def with_metadata(client: Client, metadata: Metadata) -> Client:
    """The client with what a service says of itself; names we do not know are passed over (RFC 7591 2).

    Raises:
        RegistrationRefused: a value of another kind.
    """
    found = {field.field: _read(field.name, field.kind, metadata[field.name]) for field in FIELDS if field.name in metadata}
    found["client_name"] = _name(metadata, "client_name#ru", "client_name") or client.client_id
    found["client_name_en"] = _name(metadata, "client_name#en", "client_name") or found["client_name"]
    found.setdefault("organisation", found["client_name"])
    return replace(client, **found)


def require_responses(metadata: Metadata, client: Client) -> None:
    """Only the code flow, in words that fit each other (RFC 7591 2.1).

    Raises:
        RegistrationRefused: another response type, or one without its grant.
    """
    if "response_types" in metadata:
        asked = _read("response_types", "list", metadata["response_types"])
        expected = (CODE_RESPONSE,) if CODE_GRANT in client.grant_types else ()
        if asked != expected:
            raise unsound(f"response_types must be {list(expected)} for these grant_types.".replace("'", ""))
    if metadata.get("application_type", "web") not in APPLICATION_TYPES:
        raise unsound(f"application_type must be one of: {', '.join(APPLICATION_TYPES)}.")


def text_of(metadata: Metadata, name: str) -> str:
    """A text that is no field of the client, "" when it is absent. Raises RegistrationRefused when it is no text."""
    return str(_read(name, "text", metadata[name])) if name in metadata else ""


def written(client: Client) -> dict[str, Any]:
    """A client as its metadata: what is registered, without what is empty (RFC 7591 3.2.1)."""
    found: dict[str, Any] = {}
    for field in FIELDS:
        value = getattr(client, field.field)
        if value is None or (not isinstance(value, bool) and value in ("", (), {})):
            continue
        found[field.name] = list(value) if isinstance(value, tuple) else value
    found["scope"] = " ".join(client.scopes)
    found["response_types"] = [CODE_RESPONSE] if CODE_GRANT in client.grant_types else []
    if client.waiting_scopes:
        found["waiting_scope"] = " ".join(client.waiting_scopes)
    return found


def _name(metadata: Metadata, *names: str) -> str:
    return next((text_of(metadata, name) for name in names if name in metadata), "")


def _read(name: str, kind: str, value: Any) -> Any:
    try:
        return KINDS[kind].read(value)
    except ValueError:
        raise unsound(f"{name} must be {KINDS[kind].rule}.") from None
