"""The guide for services, read as a test: every ```http block of it is a request that is sent or an answer that is compared.

A block that begins with a method is a request; one that begins with HTTP/1.1 is what must have come back. `<name>` stands for a
value that is known, or that this answer tells for the first time; `…` for whatever is not empty. An object that holds "…" may
hold more than is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import requests

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"<([a-z_]+)>")
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Block:
    """A fenced block: `kind` is what stands behind the fence, `line` where it begins."""

    kind: str
    text: str
    line: int


def blocks_of(path: Path) -> list[Block]:
    """Every fenced block of a page, in order."""
    text = path.read_text(encoding="utf-8")
    return [Block(found[1], found[2], text.count("\n", 0, found.start()) + 1) for found in _BLOCK.finditer(text)]


@dataclass
class Reader:
    """Sends what a page sends. `visit(url)` is a person's browser: it gives the address at which it leaves us."""

    known: dict[str, str]
    visit: Callable[[str], str]
    came: requests.Response | str = ""
    sent: list[str] = field(default_factory=list)

    def read(self, block: Block) -> None:
        """One block; an assertion names its line."""
        head, _, body = block.text.partition("\n\n")
        first, *lines = head.splitlines()
        headers = dict(line.split(": ", 1) for line in lines)
        if first.startswith("HTTP/1.1 "):
            self._compare(block, int(first.split()[1]), headers, body)
        else:
            self._send(first, headers, body)

    def _send(self, first: str, headers: dict[str, str], body: str) -> None:
        method, url = first.split(" ", 1)
        address = self._filled(url, in_url=True)
        self.sent.append(first)
        if "<authorization_endpoint>" in url:
            self.came = self.visit(address)
            return
        headers = {name: self._filled(value, in_url=False) for name, value in headers.items()}
        is_json = body.lstrip().startswith("{")
        if body and not is_json:
            headers.setdefault("Content-Type", _FORM)
        data = self._filled(body.strip().replace("\n", ""), in_url=not is_json) if body else None
        sent = data.encode() if data else None
        self.came = requests.request(method, address, headers=headers, data=sent, timeout=30, allow_redirects=False)

    def _filled(self, text: str, *, in_url: bool) -> str:
        def value(found: re.Match[str]) -> str:
            known = self.known[found[1]]
            # An address at the beginning is an address; anything later is a value inside of one.
            return quote(known, safe="") if in_url and found.start() else known

        return _NAME.sub(value, text)

    def _compare(self, block: Block, status: int, headers: dict[str, str], body: str) -> None:
        where = f"line {block.line}"
        if isinstance(self.came, str):
            self._arrived(headers["Location"], self.came, where)
            return
        assert status == self.came.status_code, f"{where}: {self.came.status_code} {self.came.text[:400]}"
        for name, value in headers.items():
            assert value in self.came.headers[name], f"{where}: {self.came.headers}"
        if body.strip():
            self._match(json.loads(body), self.came.json(), where)
        else:
            assert "" == self.came.text.strip(), f"{where}: {self.came.text}"

    def _arrived(self, wanted: str, came: str, where: str) -> None:
        base, _, query = wanted.partition("?")
        there, _, said = came.partition("?")
        assert self._filled(base, in_url=False) == there, f"{where}: {came}"
        self._match(dict(parse_qsl(query)) | {"…": "…"}, dict(parse_qsl(said)), where)

    def _match(self, wanted: Any, came: Any, where: str) -> None:
        if isinstance(wanted, dict):
            assert isinstance(came, dict), f"{where}: {came}"
            is_open = "…" in wanted
            missing = wanted.keys() - came.keys() - {"…"}
            assert not missing and (is_open or wanted.keys() == came.keys()), f"{where}: {sorted(came)} not {sorted(wanted)}"
            for name, value in wanted.items():
                if name != "…":
                    self._match(value, came[name], f"{where}, {name}")
        elif isinstance(wanted, list):
            assert isinstance(came, list) and len(wanted) == len(came), f"{where}: {came}"
            for one, other in zip(wanted, came, strict=True):
                self._match(one, other, where)
        elif wanted == "…":
            assert came not in ("", None, [], {}), where
        elif isinstance(wanted, str) and (name := _NAME.fullmatch(wanted)):
            assert isinstance(came, str) and self.known.setdefault(name[1], came) == came, f"{where}: {came}"
        elif isinstance(wanted, str) and _NAME.search(wanted):
            assert self._filled(wanted, in_url=False) == came, f"{where}: {came}"
        else:
            assert wanted == came, f"{where}: {came!r} instead of {wanted!r}"
