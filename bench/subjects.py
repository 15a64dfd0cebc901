"""The providers under measurement, each started for real with its own sign-in done once per virtual user."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from bench.empty import PATH
from bench.operations import Subject, User
from bench.wire import Unexpected, target_of
from examples.demo.house import BIN, ROOT, DemoHouse
from examples.demo.processes import Crew, Program, require_free_ports
from examples.demo.run import prepare, start_up
from tests.support.browser import Browser
from tests.support.page import Page
from tests.support.ports import free_ports

SCOPE = "openid profile school offline_access"
LOGIN = "orlova"


@dataclass(frozen=True, slots=True)
class Ready:
    """A provider that runs: whose CPU counts (`roots`), and its users with live sessions and a first set of tokens."""

    subject: Subject
    roots: Sequence[int]
    users: Sequence[User]


def start_redis(crew: Crew, pin: Sequence[str], environ: Mapping[str, str]) -> int:
    """A redis-server of our own without persistence; returns its port."""
    port = free_ports()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    crew.start(Program("redis", [*pin, *command], environ))
    return port


def start_ours(house: DemoHouse, crew: Crew, pin: Sequence[str], users: int) -> Ready:
    """The demo itself, with one more client that signs with ES256 like the peer."""
    require_free_ports(house.ports)
    prepare(house, fresh=True)
    people = {person["login"]: person for person in start_up(house, crew, pin)}
    redirect_uri = "http://127.0.0.1:9/callback"
    made = house.command(
        "clients", "add", "bench", "--name", "Bench", "--name-en", "Bench", "--organisation", "Bench",
        "--redirect-uri", redirect_uri, "--grant-type", "refresh_token", "--grant-type", "client_credentials", "--alg", "ES256",
        "--first-party", "--default-region", "29", *[word for scope in SCOPE.split() for word in ("--scope", scope)],
    )  # fmt: skip
    subject = Subject("school-signin", house.issuer, "bench", str(made["client_secret"]), redirect_uri, SCOPE)
    roots = [crew.process_id("broker")] + ([crew.process_id("redis")] if "redis" in crew.names() else [])
    person = {"login": LOGIN, "password": str(people[LOGIN]["password"])}
    return Ready(subject, roots, [_signed_in(subject, person) for _ in range(users)])


def start_peer(crew: Crew, pin: Sequence[str], environ: Mapping[str, str], users: int) -> Ready:
    """npm oidc-provider, one process as it is usually run, with Redis where there is one."""
    port = free_ports()
    secret, redirect_uri = secrets.token_urlsafe(32), "http://127.0.0.1:9/callback"
    command = ["node", "provider.mjs", str(port), secret, redirect_uri]
    roots = []
    if shutil.which("redis-server"):
        command.append(str(start_redis(crew, pin, environ)))
        roots.append(crew.process_id("redis"))
    crew.start(Program("peer", [*pin, *command], environ, ROOT / "bench" / "peer"))
    issuer = f"http://127.0.0.1:{port}"
    crew.wait_until_ready(issuer + "/.well-known/openid-configuration")
    subject = Subject("npm oidc-provider", issuer, "bench", secret, redirect_uri, SCOPE)
    roots.append(crew.process_id("peer"))
    return Ready(subject, roots, [_signed_in(subject, {}) for _ in range(users)])


def start_empty(crew: Crew, pin: Sequence[str], environ: Mapping[str, str], users: int) -> Ready:
    """A Flask view that does nothing, under the broker's gunicorn: what no figure of ours can be below."""
    port = free_ports()
    command = [*pin, str(BIN / "gunicorn"), "-c", "python:broker.serve", "--bind", f"127.0.0.1:{port}", "bench.empty:create()"]
    crew.start(Program("empty", command, environ, ROOT))
    issuer = f"http://127.0.0.1:{port}"
    crew.wait_until_ready(issuer + PATH)
    subject = Subject("empty view", issuer, "", "", "", "")
    found = [User(subject, subject.wire({}), {}, lambda _: ("", {})) for _ in range(users)]
    return Ready(subject, [crew.process_id("empty")], found)


def _signed_in(subject: Subject, person: Mapping[str, str]) -> User:
    """A user with a live session and a first set of tokens."""
    user = User(subject, subject.wire({}), subject.discovery(), lambda address: _walk(subject, person, address))
    user.sign_in_anew()
    return user


def _walk(subject: Subject, person: Mapping[str, str], address: str) -> tuple[str, Mapping[str, str]]:
    """Sign in as a person does: where it ends, and the cookies then."""
    with Browser() as browser:
        # offline_access needs the person's yes at the peer (OpenID Connect Core 11); ours asks nothing for a first party.
        page = browser.open(address + ("" if person else "&prompt=consent"), follow=False)
        for _ in range(30):
            onward = page.headers.get("location", "")
            if onward.startswith(subject.redirect_uri):
                break
            page = browser.open(urljoin(page.url, onward), follow=False) if onward else _press(browser, page, person)
        else:
            raise Unexpected(f"{subject.name}: the sign-in does not end; it stands at {target_of(page.url)}")
        return onward, {cookie.name: cookie.value or "" for cookie in browser.session.cookies}


def _press(browser: Browser, page: Page, person: Mapping[str, str]) -> Page:
    for form in page.forms:
        if "password" in form.fields:
            return browser.submit(form, follow=False, **person)
        if ("decision", "allow") in form.buttons:
            return browser.submit(form, follow=False, decision="allow")
    return browser.open(page.link("Госуслуги").url, follow=False)


def read_version(package: Path) -> str:
    """The version an installed npm package states."""
    return str(json.loads((package / "package.json").read_text(encoding="utf-8"))["version"])
