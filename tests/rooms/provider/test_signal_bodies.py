"""What services send to the addresses of Shared Signals: every member is looked at before anything is believed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from broker.provider.signalling.reading import BadInput, Polled, body_of, polled_in, status_in, subject_in, text_in

ISSUER = "https://broker.example.ru"
SOUND = {"subject": {"format": "iss_sub", "iss": ISSUER, "sub": "p-1"}}


def _request(body: bytes, kind: str = "application/json") -> Request:
    return Request(EnvironBuilder(method="POST", data=body, content_type=kind).get_environ())


def test_a_json_object_is_read() -> None:
    assert {"a": [1]} == body_of(_request(b'{"a": [1]}'))


@pytest.mark.parametrize(("body", "kind", "reason"), [
    (b"{}", "text/plain", "the body must be application/json"),
    (b'{"a": "' + b"x" * 16_384 + b'"}', "application/json", "the body is too large"),
    (b'{"a": 1, "a": 2}', "application/json", "the body is not sound JSON"),
    (b"\xff", "application/json", "the body is not sound JSON"),
    (b"{", "application/json", "the body is not sound JSON"),
    (b"[]", "application/json", "the body must be a JSON object"),
])  # fmt: skip
def test_anything_else_is_refused(body: bytes, kind: str, reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        body_of(_request(body, kind))
    assert reason == refused.value.reason


@pytest.mark.parametrize("value", [1, None, ["a"], "x" * 257, "line\nbreak"])
def test_a_text_is_short_and_printable(value: Any) -> None:
    assert "" == text_in({}, "description")
    assert "so" == text_in({"description": "so"}, "description")
    with pytest.raises(BadInput):
        text_in({"description": value}, "description")


@pytest.mark.parametrize("status", [None, "on", "", 1])
def test_a_status_is_one_of_three(status: Any) -> None:
    assert ("paused", "night") == status_in({"status": "paused", "reason": "night"})
    with pytest.raises(BadInput):
        status_in({"status": status})


@pytest.mark.parametrize("change", [
    {"format": "email"}, {"iss": "https://other.example"}, {"sub": ""}, {"sub": "x" * 256}, {"sub": "я"}, {"sub": 1},
    {"more": "x"},
])  # fmt: skip
def test_a_subject_is_one_of_ours_and_nothing_besides(change: dict[str, Any]) -> None:
    assert "p-1" == subject_in(SOUND, ISSUER)
    with pytest.raises(BadInput):
        subject_in({"subject": SOUND["subject"] | change}, ISSUER)


@pytest.mark.parametrize("body", [{}, {"subject": "p-1"}, {"subject": None}])
def test_no_subject_is_none(body: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        subject_in(body, ISSUER)


def test_a_request_to_fetch_is_read() -> None:
    body = json.loads('{"maxEvents": 0, "returnImmediately": true, "ack": ["a"], "setErrs": {"b": {"err": "x"}}}')

    assert Polled(0, ("a",), ("b",)) == polled_in(body)
    assert Polled(None, (), ()) == polled_in({})


@pytest.mark.parametrize("body", [
    {"maxEvents": -1}, {"maxEvents": True}, {"maxEvents": "1"}, {"returnImmediately": 1}, {"ack": "a"}, {"ack": [1]},
    {"setErrs": []},
])  # fmt: skip
def test_a_request_to_fetch_is_sound(body: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        polled_in(body)
