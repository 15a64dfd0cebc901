"""Readers of what developers, schools, browsers and ESIA bring: keys, statements, lists, headers, answers."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from broker.connectors.esia.person import identity_of
from broker.connectors.esia.records.reading import Records
from broker.connectors.esia.records.received import received
from broker.connectors.esia.settings import EsiaSettings
from broker.connectors.esia.talk.exchange import ask_json
from broker.connectors.esia.tokens.token_check import Proven
from broker.connectors.port import UpstreamFailed
from broker.console.developers.public_keys import BadKey, read_keys
from broker.directory.roster_files import FileUnreadable, rows_of, write_csv, write_xlsx
from broker.foundation.encoding import ascii_query
from broker.foundation.jose import BadToken, public_jwk
from broker.foundation.outside import HttpRequest, HttpResponse, Outside
from broker.foundation.public_jwks import believed, encryption_jwk, signature_key
from broker.provider.request.strict_json import BadJson, strict_json
from broker.registration.refusals import RegistrationRefused
from broker.registration.statements import Statements
from broker.registration.tokens_store import StatementIssuer
from broker.screens.view import LANGUAGE_COOKIE, LOOK_COOKIE, view_of
from broker.sessions.device import device_of
from tests.fuzz.door import Door, header, text
from tests.fuzz.fixed import KEY, NOW, certificate, dump, jws

_CERTIFICATE = certificate()
_JWK = {**public_jwk(KEY.public_key()), "kid": "k1", "use": "sig", "alg": "ES256"}
_PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
_PROVEN = Proven(oid="1", access_token="a", level_word="PR", is_confirmed=True, kind="P", methods=())
_ASKED = HttpRequest("GET", "https://esia.example/rs")
_PERSON = {
    "lastName": "Ёлкина", "firstName": "Анна", "middleName": "нет", "birthDate": "05.09.2013", "gender": "F", "trusted": True,
    "snils": "112-233-445 95", "status": "REGISTERED", "verifying": False, "kidAccCreatedByParent": True,
}  # fmt: skip
_MAIL = {"type": "EML", "vrfStu": "VERIFIED", "value": "a@b.example"}
_CONTACTS = {"elements": [_MAIL, {"type": "MBT", "value": "+7(900)1234567"}]}
_KIDS = {"size": 1, "elements": [_PERSON | {"id": 7, "documents": {"elements": [{"type": "RF_BRTH_CERT"}]}}]}
_LINES = (("1", "7А", "Ёлкина", "Анна", "", "05.09.2013", "ж", "112-233-445 95", "", ""),)


def steady(book: bytes, sheet: bytes | None = None) -> bytes:
    """A spreadsheet without the instants at which it was made, perhaps with another sheet in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            data = re.sub(rb"\d{4}-\d\d-\d\dT[\d:.]+Z?", b"2026-09-01T05:00:00Z", old.read(part))
            inside = data if sheet is None or part.filename != _SHEET else sheet
            new.writestr(zipfile.ZipInfo(part.filename), inside, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _list(write: Any) -> bytes:
    out = io.BytesIO()
    write(_LINES, out)
    return out.getvalue()


_SHEET = "xl/worksheets/sheet1.xml"
BOOK = steady(_list(write_xlsx))
with zipfile.ZipFile(io.BytesIO(BOOK)) as _packed:
    _SHEET_TEXT = _packed.read(_SHEET)


class _Issuers:
    """One issuer, who is believed."""

    def find(self, issuer: str) -> StatementIssuer | None:
        return StatementIssuer("i", issuer, {"keys": [_JWK]}, True, NOW) if issuer == "ministry" else None


class _Spent:
    """Each once."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def spend(self, digest: str, _ends_at: datetime) -> bool:
        is_new = digest not in self._seen
        self._seen.add(digest)
        return is_new


_STATEMENTS = Statements(_Issuers(), _Spent(), lambda: NOW, timedelta(days=31))  # type: ignore[arg-type]
_STATED = {"iss": "ministry", "iat": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 60, "jti": "x", "client_name": "a"}


def _key_set(data: bytes) -> None:
    found = strict_json(text(data))
    keys = believed(found.get("keys") if isinstance(found, dict) else found)
    encryption_jwk(keys, "ECDH-ES")
    with suppress(BadToken):
        signature_key(keys, None, "ES256")


def _statement(data: bytes) -> None:
    _STATEMENTS.spend(_STATEMENTS.read(jws(data, {"typ": "JWT", "kid": "k1"})))


def _person(data: bytes) -> None:
    outside = Outside(lambda: NOW, bytes, lambda _: HttpResponse(200, {"content-type": "application/json"}, data))
    found = ask_json(outside, _ASKED)
    records = Records(EsiaSettings(embed="person"), lambda _: found, _PROVEN)
    identity_of("esia", _PROVEN, received(records, frozenset({"email", "kid_fullname"})))


def _view(data: bytes) -> None:
    environ = EnvironBuilder().get_environ()
    said = header(data)
    cookies = f"{LANGUAGE_COOKIE}={said}; {LOOK_COOKIE}={said}"
    environ |= {"HTTP_ACCEPT_LANGUAGE": said, "HTTP_COOKIE": cookies, "QUERY_STRING": ascii_query("lang=" + said)}
    view_of(Request(environ), (said,))
    device_of(said)


SCHOOL_DOORS: Mapping[str, Door] = {
    "developer's key": Door(lambda data: read_keys(text(data)), (BadKey,),
                            (dump({"keys": [_JWK]}), dump(_JWK), _PEM, _CERTIFICATE.pem.encode())),
    "key set": Door(_key_set, (BadJson,), (dump({"keys": [_JWK, {"kty": "RSA", "n": "AQAB" * 90, "e": "AQAB"}]}), dump([_JWK]))),
    "software statement, inside": Door(_statement, (RegistrationRefused,),
                                       (dump(_STATED), dump(_STATED | {"redirect_uris": []})), 2),
    "list of a school, CSV": Door(lambda data: list(rows_of(io.BytesIO(data))), (FileUnreadable,),
                                  (_list(write_csv), "Фамилия;Имя\nЁ;А".encode("cp1251"))),
    "list of a school, XLSX": Door(lambda data: list(rows_of(io.BytesIO(data), 1_000_000)), (FileUnreadable,),
                                   (BOOK,), 1),
    "list of a school, XLSX, its sheet": Door(
        lambda data: list(rows_of(io.BytesIO(steady(BOOK, data)), 1_000_000)), (FileUnreadable,), (_SHEET_TEXT,), 1),
    "person of ESIA": Door(_person, (UpstreamFailed,), (
        dump(_PERSON), dump(_PERSON | {"contacts": _CONTACTS, "kids": _KIDS}), json.dumps(_PERSON, ensure_ascii=False).encode()
    ), 6),
    "language and look": Door(_view, (),
                              (b"ru-RU,ru;q=0.9,en;q=0.8", b"en", b"large.dark.wide", b"Mozilla/5.0 (X11) Firefox/99"), 2),
}  # fmt: skip
