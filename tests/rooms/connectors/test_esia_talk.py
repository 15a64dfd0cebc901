"""What ESIA answers and what becomes of it: every code, every kind of nonsense, the second try, and the time it all may take."""

from __future__ import annotations

import itertools
import json
import logging
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.connectors.esia.talk.codes import CODES, Fault, known
from broker.connectors.esia.talk.errors import failure
from broker.connectors.esia.talk.exchange import Talk, ask_json
from broker.connectors.port import UpstreamFailed
from broker.foundation.outside import HttpFailure, HttpRequest, HttpResponse, Outside
from broker.screens.causes import CAUSES
from broker.screens.texts import Texts

JSON = {"content-type": "application/json;charset=UTF-8"}
GET, POST = HttpRequest("GET", "https://esia.example/rs/prns/1"), HttpRequest("POST", "https://esia.example/te", {}, b"code=x")
WITHIN = timedelta(seconds=15)
# Sections 3.1 and 6.4 of the fact sheet, by hand: the table must hold every one of them.
OF_FACT_SHEET = [
    "005011", "005029", "008010",
    *(f"007{last}" for last in (
        "002", "003", "004", "005", "006", "007", "008", "009", "011", "012", "013", "014", "015", "019", "023", "038", "039",
        "040", "046", "053", "055", "060", "061", "062", "194",
    )),
    *(f"0367{last}" for last in ("00", "01", "02", "03", "04", "05", "06", "07", "16", "26", "27")),
]  # fmt: skip
FINE = HttpResponse(200, JSON, b'{"firstName": "\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0"}')
BUSY = HttpResponse(400, JSON, b'{"error": "server_error", "error_description": "ESIA-007008: busy"}')
DOWN = HttpResponse(503, {"content-type": "text/html"}, b"<html>")


class Line:
    """ESIA at the other end: answers in order, each after so many seconds, and what was asked when."""

    def __init__(self, answers: Iterable[HttpResponse | HttpFailure], seconds: float = 0.0):
        self.answers = iter(answers)
        self.seconds = seconds
        self.time = 100.0
        self.sent: list[tuple[float, HttpRequest]] = []
        self.paused: list[float] = []

    def send(self, request: HttpRequest) -> HttpResponse:
        self.sent.append((self.time, request))
        self.time += self.seconds
        found = next(self.answers)
        if isinstance(found, HttpFailure):
            raise found
        return found

    def pause(self, seconds: float) -> None:
        self.paused.append(seconds)
        self.time += seconds

    def talk(self, within: timedelta = WITHIN) -> Talk:
        at = datetime(2026, 9, 1, tzinfo=UTC)
        outside = Outside(lambda: at, lambda size: bytes(range(7, 7 + size)), self.send, self.pause)
        return Talk(outside, within, lambda: self.time)


def asked(line: Line, request: HttpRequest = GET) -> UpstreamFailed:
    with pytest.raises(UpstreamFailed) as found:
        line.talk().ask(request)
    return found.value


class TestCodes:
    def test_the_table_holds_every_code_of_the_fact_sheet(self) -> None:
        assert sorted(OF_FACT_SHEET) == sorted(CODES)

    @pytest.mark.parametrize("code", OF_FACT_SHEET)
    def test_a_code_has_a_cause_with_a_page_and_words(self, code: str) -> None:
        row = CODES[code]
        assert CAUSES[row.cause].has_page
        assert row.meaning.endswith(".") and row.staff.endswith(".")
        assert (row.cause, f"ESIA-{code}") == (failure(f"ESIA-{code}: x").cause, failure(f"ESIA-{code}: x").detail)
        # Whoever can put it right is who the page sends the person to.
        ours = {2104, 2105}
        assert (row.fault is Fault.US) == (row.cause in ours)

    @pytest.mark.parametrize("code", [*OF_FACT_SHEET, "036799", "009999"])
    def test_the_staff_page_says_the_same(self, code: str) -> None:
        texts, row = Texts(), known(code)
        keys = [f"esia_code.{row.words}.{part}" for part in ("meaning", "staff")]
        assert [row.meaning, row.staff] == [texts.get("en", key) for key in keys]
        assert all(re.search("[а-я]", texts.get("ru", key)) for key in keys)

    @pytest.mark.parametrize(("code", "fault", "cause"), [("036799", Fault.US, 2104), ("009999", Fault.ESIA, 2102)])
    def test_an_unknown_code_is_data(self, code: str, fault: Fault, cause: int) -> None:
        assert (code, fault, cause) == (known(code).code, known(code).fault, known(code).cause)
        assert (cause, f"ESIA-{code}") == (failure(f"ESIA-{code}").cause, failure(f"ESIA-{code}").detail)


ANSWERS: dict[str, tuple[HttpResponse | HttpFailure, int, str]] = {
    "silence": (HttpFailure("timeout"), 2101, "http: timeout"),
    "half closed": (HttpFailure("connection"), 2101, "http: connection"),
    "led elsewhere": (HttpFailure("redirect"), 2101, "http: redirect"),
    "too much": (HttpFailure("too_large"), 2101, "http: too_large"),
    "a strange certificate": (HttpFailure("tls"), 2106, "http: tls"),
    "server error": (DOWN, 2101, "http: status 503"),
    "server error that names itself": (HttpResponse(503, JSON, BUSY.body), 2102, "ESIA-007008"),
    "server error that blames us": (HttpResponse(500, JSON, b'{"error":"x","error_description":"ESIA-007053"}'), 2101,
                                    "http: status 500"),
    "html": (HttpResponse(200, {"content-type": "text/html;charset=UTF-8"}, b"{}"), 2101, "http: html instead of json"),
    "html that says it is json": (HttpResponse(200, JSON, b"\r\n <!DOCTYPE html><html>"), 2101, "http: html instead of json"),
    "html, status 400": (HttpResponse(400, {"content-type": "text/html"}, b"<html>"), 2101, "http: html instead of json"),
    "cut short": (HttpResponse(200, JSON, b'{"access_token": "ey'), 2101, "http: not json"),
    "nothing": (HttpResponse(200, {}, b""), 2101, "http: not json"),
    "deep": (HttpResponse(200, JSON, b"[" * 100_000), 2101, "http: not json"),
    "another alphabet": (HttpResponse(200, {"content-type": "application/json;charset=windows-1251"},
                                      '{"firstName": "Анна"}'.encode("cp1251")), 2101, "http: not utf-8"),
    "two bytes a letter": (HttpResponse(200, JSON, '{"firstName": "Анна"}'.encode("utf-16")), 2101, "http: not utf-8"),
    "half a letter": (HttpResponse(200, JSON, b'{"firstName": "\\ud800"}'), 2101, "http: not json"),
    "a zero byte": (HttpResponse(200, JSON, b'{"firstName": "A\\u0000"}'), 2101, "http: not a json object"),
    "a list": (HttpResponse(200, JSON, b"[]"), 2101, "http: not a json object"),
    "busy": (BUSY, 2102, "ESIA-007008"),
    "no right": (HttpResponse(403, JSON, b'{"code":"ESIA-005029","message":"x"}'), 2104, "ESIA-005029"),
    "no right and no code": (HttpResponse(403, JSON, b"{}"), 2104, "http: status 403"),
    "token not taken": (HttpResponse(401, JSON, b'{"code":"ESIA-005011"}'), 2102, "ESIA-005011"),
    "unknown person": (HttpResponse(404, JSON, b"{}"), 2102, "http: status 404"),
    "error, status 200": (HttpResponse(200, JSON, b'{"error":"x","error_description":"ESIA-007015"}'), 2105, "ESIA-007015"),
    "an error without words": (HttpResponse(400, JSON, b'{"error":"invalid_grant"}'), 2102, "error without a code"),
    "an error in numbers": (HttpResponse(400, JSON, b'{"error":1,"error_description":7015}'), 2102, "error without a code"),
}  # fmt: skip


@pytest.mark.parametrize("request_", [GET, POST], ids=["get", "post"])
@pytest.mark.parametrize("what", ANSWERS)
def test_each_kind_of_trouble_has_its_cause(what: str, request_: HttpRequest, caplog: pytest.LogCaptureFixture) -> None:
    answer, cause, detail = ANSWERS[what]
    with caplog.at_level(logging.DEBUG):
        found = asked(Line(itertools.repeat(answer)), request_)

    assert (cause, detail) == (found.cause, found.detail)
    assert [] == caplog.records


AWAY = {"silence", "half closed", "server error", "server error that names itself", "busy"}


@pytest.mark.parametrize("what", ANSWERS)
def test_only_what_would_meet_anybody_is_an_outage(what: str) -> None:
    assert (what in AWAY) is asked(Line(itertools.repeat(ANSWERS[what][0])), POST).is_outage


@pytest.mark.parametrize("status", range(500, 506))
def test_a_server_that_fails_at_one_question_is_no_outage(status: int) -> None:
    assert (status in (502, 503, 504)) is asked(Line([HttpResponse(status, {}, b"")]), POST).is_outage


def test_what_a_browser_brings_is_never_an_outage() -> None:
    assert not any(failure(f"ESIA-{code}").is_outage for code in CODES)


@pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain"}, {"content-type": "application/octet-stream"}, JSON])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_json_is_read_whatever_it_says_it_is(headers: dict[str, str], mark: bytes) -> None:
    line = Line([HttpResponse(200, headers, mark + FINE.body)])

    assert {"firstName": "Анна"} == line.talk().ask(GET)


@given(st.binary(max_size=80), st.sampled_from([200, 204, 302, 400, 403, 404, 429, 500]))
def test_no_bytes_are_anything_but_an_object_or_a_cause(body: bytes, status: int) -> None:
    try:
        found: Any = Line(itertools.repeat(HttpResponse(status, {}, body))).talk().ask(GET)
    except UpstreamFailed as failed:
        assert failed.cause in CAUSES
        assert re.fullmatch(r"http: [a-z0-9 -]+|ESIA-\d{6}|error without a code", failed.detail)
    else:
        assert isinstance(found, dict) and json.dumps(found)


class TestSecondTry:
    @pytest.mark.parametrize("first", [HttpFailure("connection"), HttpFailure("timeout"), DOWN, BUSY], ids=repr)
    def test_what_may_pass_is_asked_once_more_after_a_pause_by_chance(self, first: HttpResponse | HttpFailure) -> None:
        line = Line([first, FINE])

        assert {"firstName": "Анна"} == line.talk().ask(GET)
        assert 1 == len(line.paused) and 0.1 <= line.paused[0] <= 0.4
        assert 2 == len(line.sent)

    def test_never_a_third_time(self) -> None:
        line = Line(itertools.repeat(DOWN))
        asked(line)

        assert 2 == len(line.sent)

    @pytest.mark.parametrize("first", [HttpFailure("connection"), HttpFailure("timeout"), DOWN, BUSY], ids=repr)
    def test_a_code_is_never_sent_twice(self, first: HttpResponse | HttpFailure) -> None:
        line = Line([first, FINE])
        asked(line, POST)

        assert [POST.body] == [request.body for _, request in line.sent]

    @pytest.mark.parametrize("what", ["a strange certificate", "html", "no right", "token not taken", "led elsewhere"])
    def test_what_will_not_pass_is_asked_once(self, what: str) -> None:
        line = Line(itertools.repeat(ANSWERS[what][0]))
        asked(line)

        assert 1 == len(line.sent)

    def test_whoever_has_waited_long_is_not_made_to_wait_again(self) -> None:
        line = Line(itertools.repeat(DOWN), seconds=5)
        asked(line)

        assert ([], 1) == (line.paused, len(line.sent))


class TestTime:
    def test_everything_together_has_one_limit(self) -> None:
        line = Line(itertools.repeat(FINE), seconds=6)
        talk = line.talk()
        for request in (POST, GET, GET):
            talk.ask(request)

        assert [15, 9, 3] == [round(request.within.total_seconds()) for _, request in line.sent if request.within]
        with pytest.raises(UpstreamFailed) as found:
            talk.ask(GET)
        assert (2101, "http: timeout of the trip", 3) == (found.value.cause, found.value.detail, len(line.sent))
        assert found.value.is_outage

    def test_the_second_try_has_what_the_first_has_left(self) -> None:
        line = Line([DOWN, FINE], seconds=4)
        line.talk().ask(GET)

        (_, first), (_, second) = line.sent
        assert first.within == WITHIN
        assert second.within is not None and second.within <= WITHIN - timedelta(seconds=4.1)

    def test_a_question_that_stands_alone(self) -> None:
        line = Line([FINE])
        at = datetime(2026, 9, 1, tzinfo=UTC)

        assert {"firstName": "Анна"} == ask_json(Outside(lambda: at, bytes, line.send, line.pause), GET)
