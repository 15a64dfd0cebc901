"""What only the real server meets: headers that would rename a request, bodies that are not framed as HTTP has it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.support.gunicorn import Gunicorn, gunicorn_town
from tests.support.wire import send

pytestmark = pytest.mark.xdist_group("wire")
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Gunicorn]]:
    with gunicorn_town(tmp_path_factory.mktemp("wire")) as (town, server):
        yield town.issuer, server


@pytest.mark.parametrize("header", ["SCRIPT_NAME", "PATH_INFO", "Script-Name"])
def test_no_header_says_what_is_asked_for(served: tuple[str, Gunicorn], header: str) -> None:
    """A proxy that keeps /metrics to itself would let /x/metrics pass."""
    issuer, _ = served
    assert 200 == send(issuer, "GET", "/metrics").status

    assert 404 == send(issuer, "GET", "/x/metrics", {header: "/x"}).status


@pytest.mark.parametrize("chunks", [b"ZZ\r\n{}\r\n0\r\n\r\n", b"1\r\n{}\r\n0\r\n\r\n", b"-1\r\n{}\r\n0\r\n\r\n"])
@pytest.mark.parametrize(("path", "kind"), [("/token", _FORM), ("/par", _FORM), ("/register", _JSON), ("/authorize", _FORM)])
def test_chunks_that_are_none_are_a_bad_request(served: tuple[str, Gunicorn], path: str, kind: str, chunks: bytes) -> None:
    issuer, server = served
    before = server.log.read_bytes().count(b"unanswered error")
    headers = {"Content-Type": kind, "Transfer-Encoding": "chunked"}
    answer = send(issuer, "POST", path, headers, chunks)

    assert 400 == answer.status
    if path != "/authorize":
        assert "invalid_request" == json.loads(answer.body)["error"]
    assert before == server.log.read_bytes().count(b"unanswered error")
