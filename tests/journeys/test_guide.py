"""The guide for services says what happens: each message of it is sent to a running house and each answer compared."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from joserfc.jws import extract_compact

from broker.audit.event import SYSTEM
from broker.console.cli.command import At
from broker.console.cli.main import _parser
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.guide import Block, Reader, blocks_of
from tests.support.town import Town, town
from tests.support.visits import came_to

DOCS = Path(__file__).parents[2] / "docs"
ENGLISH, RUSSIAN = DOCS / "relying-parties.md", DOCS / "relying-parties.ru.md"
REDIRECT_URI = "https://reader.example.ru/callback"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town"), Clock()) as built:
        yield built


def registered(place: Town, words: str) -> str:
    """What `broker clients add` does; its secret."""
    asked = _parser().parse_args(shlex.split(words.replace("\\\n", " "))[1:])
    with place.house.app.app_context():
        answer = asked.command.run(asked, At(place.house.settings, place.house.outside, SYSTEM, lambda: place.house))
    return str(answer["client_secret"])


def reader_of(place: Town, browser: Browser, secret: str) -> Reader:
    verifier = secrets.token_urlsafe(32)
    known = {
        "issuer": place.issuer,
        "client_id": "reader",
        "basic": base64.b64encode(f"reader:{quote(secret, safe='')}".encode()).decode(),
        "redirect_uri": REDIRECT_URI,
        "state": secrets.token_urlsafe(8),
        "nonce": secrets.token_urlsafe(8),
        "code_verifier": verifier,
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
    }

    def visit(url: str) -> str:
        page = place.sign_in(browser, "orlova", url, until=REDIRECT_URI)
        if page.forms_with("decision"):
            sent = browser.submit(page.form("decision"), follow=False, decision="allow")
            page = place.sign_in(browser, "orlova", sent.refresh, until=REDIRECT_URI)
        return came_to(page)

    return Reader(known, visit)


def messages(path: Path) -> tuple[str, list[Block]]:
    """How the service is registered, and what is said afterwards."""
    found = blocks_of(path)
    first = next(place for place, block in enumerate(found) if block.kind == "http")
    return found[first - 1].text, [block for block in found[first:] if block.kind in ("http", "json")]


def test_every_message_of_the_guide_is_true(place: Town, browser: Browser) -> None:
    registration, said = messages(ENGLISH)
    reader = reader_of(place, browser, registered(place, registration))

    for block in said:
        if block.kind == "json":
            claims = json.loads(extract_compact(reader.known["id_token"].encode()).payload)
            reader._match(json.loads(block.text), claims, f"line {block.line}")
        else:
            reader.read(block)

    assert 18 == len(reader.sent)


def test_both_languages_show_the_same_messages_and_parts() -> None:
    english, russian = (path.read_text(encoding="utf-8") for path in (ENGLISH, RUSSIAN))

    blocks = [[(block.kind, block.text) for block in blocks_of(page)] for page in (ENGLISH, RUSSIAN)]

    assert blocks[0] == blocks[1]
    # Parts, rows of tables and numbered steps: what is added in one language is missing in the other.
    for shape in (r"^## ", r"^### ", r"^\| ", r"^\d+\. ", r"^\* "):
        assert len(re.findall(shape, english, re.MULTILINE)) == len(re.findall(shape, russian, re.MULTILINE)), shape
    # What a program reads is the same in every language.
    named = re.compile(r"`([a-z][a-z0-9_.:/-]*)`")
    assert set(named.findall(english)) == set(named.findall(russian))


def test_every_link_of_the_guide_leads_somewhere() -> None:
    for page in (ENGLISH, RUSSIAN):
        for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), target


def test_the_commands_of_the_guide_are_commands() -> None:
    text = ENGLISH.read_text(encoding="utf-8")
    found = [block.text for block in blocks_of(ENGLISH) if block.text.startswith("broker ")]
    found += re.findall(r"`(?:\.venv/bin/)?(broker clients [^`\n]+)`", text)
    typed = [shlex.split(words.replace("\\\n", " "))[1:] for words in found]
    # Words in capitals and a verb alone are talk about a command.
    whole = [words for words in typed if len(words) > 2 and not words[2].startswith("--") and words[2] != "ID"]

    for words in whole:
        _parser().parse_args(words)
    assert 5 == len(whole)
