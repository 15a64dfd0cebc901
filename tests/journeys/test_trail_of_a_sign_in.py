"""What a sign-in leaves behind: a trail that auditors can read and check, and nothing that a thief of the database could."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import redis
from sqlalchemy import MetaData, select

from tests.support.browser import Browser
from tests.support.town import Town
from tests.support.visits import came_to, cookie_of, decide, open_straight, rewrite_card

READABLE = ("login.started", "upstream.returned", "match.decided", "account.linked", "consent.given", "login.finished",
            "tokens.issued", "tokens.issued", "tokens.revoked", "session.ended", "login.started", "upstream.returned",
            "match.decided", "login.refused", "case.opened")  # fmt: skip


@dataclass
class Journey:
    """A town after one person came, allowed, refreshed and left, and another was refused; and every secret of that."""

    town: Town
    secrets: dict[str, str] = field(default_factory=dict)
    entries: list[Any] = field(default_factory=list)

    def keep(self, name: str, value: str) -> None:
        assert len(value) > 3, name
        self.secrets[name] = value


@pytest.fixture(scope="module")
def journey(any_town: Town) -> Iterator[Journey]:
    found = Journey(any_town)
    rewrite_card(any_town, "demo-orlova", email="a.orlova@example.org", phone="+79000000901")
    with any_town.house.app.app_context():
        before = any_town.house.journal.tail(1)[-1].seq
    with Browser() as browser, Browser() as refused:
        _live_through(found, browser)
        any_town.sign_in(refused, "volkova", any_town.relying_party().begin().url)
        found.keep("browser cookie of the refused", cookie_of(refused, "browser"))
        _keep_addresses(found, refused)
    with any_town.house.app.app_context():
        found.entries = [entry for entry in any_town.house.journal.tail(100) if entry.seq > before]
    for login in ("orlova", "volkova"):
        _keep_person(found, login)
    yield found


def _live_through(found: Journey, browser: Browser) -> None:
    town = found.town
    olymp = town.relying_party("olymp", "openid profile email phone snils school offline_access")
    request = olymp.begin(login_hint="hint-of-orlova")
    page = town.sign_in(browser, "orlova", request.url)
    form = page.form("decision")
    found.keep("form key", form.fields["form_key"])
    answer = olymp.answer(came_to(decide(town, browser, page, "allow")), request)
    tokens = olymp.redeem(answer["code"], request).json()
    fresh = olymp.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
    _, unredeemed = open_straight(browser, olymp)
    for name in ("access_token", "refresh_token", "id_token"):
        found.keep(name, tokens[name])
        found.keep(f"second {name}", fresh[name])
    for name, value in (("code", answer["code"]), ("unredeemed code", unredeemed["code"]), ("verifier", request.verifier)):
        found.keep(name, value)
    for word in ("session", "browser"):
        found.keep(f"{word} cookie", cookie_of(browser, word))
    auth = (olymp.client_id, olymp.secret or "")
    olymp.http.post(olymp.discovery()["revocation_endpoint"], data={"token": fresh["refresh_token"]}, auth=auth, timeout=30)
    leaving = urlencode({"id_token_hint": tokens["id_token"]})
    browser.open(f"{olymp.discovery()['end_session_endpoint']}?{leaving}")
    _keep_addresses(found, browser)
    for client_id, secret in town.secrets.items():
        found.keep(f"secret of {client_id}", secret)


def _keep_addresses(found: Journey, browser: Browser) -> None:
    """Codes and states of Gosuslugi, as they passed through the address bar."""
    for address in browser.visited:
        if "/login/return/" in address:
            query = parse_qs(urlsplit(address).query)
            found.keep(f"upstream code {len(found.secrets)}", query["code"][0])
            found.keep(f"upstream state {len(found.secrets)}", query["state"][0])


def _keep_person(found: Journey, login: str) -> None:
    person = found.town.people[login]
    for name in ("surname", "patronymic", "oid"):
        found.keep(f"{name} of {login}", str(person[name]))
    numbers = {"orlova": "00200010724", "volkova": "00200018437"}
    found.keep(f"SNILS of {login}", numbers[login])
    found.keep(f"written SNILS of {login}", f"{numbers[login][:3]}-{numbers[login][3:6]}-{numbers[login][6:9]}")
    found.keep("e-mail", "a.orlova@example.org")
    found.keep("phone", "9000000901")
    found.keep(f"upstream e-mail of {login}", f"{login}@example.org")
    found.keep("upstream phone", "9000000101")
    found.keep("birth date", "1985-04-12")


def test_the_trail_is_readable_and_in_order(journey: Journey) -> None:
    assert list(READABLE) == [entry.record.name for entry in journey.entries]

    by_name = {entry.record.name: entry.record for entry in journey.entries[:10]}
    assert "demo-orlova" == by_name["login.finished"].fields["person_id"]
    assert ("olymp", "29") == (by_name["login.started"].fields["client_id"], by_name["login.started"].fields["region"])
    assert by_name["match.decided"].fields["rule"]
    assert by_name["match.decided"].fields["policy_version"]
    assert 3102 == journey.entries[-2].record.fields["cause"]
    assert all(entry.record.at <= journey.town.clock.now() for entry in journey.entries)


def test_the_trail_holds_together(journey: Journey) -> None:
    house = journey.town.house
    with house.app.app_context():
        verified = house.journal.verify()

    assert verified.is_whole, verified
    assert verified.checked >= journey.entries[-1].seq


def test_the_trail_names_nobody(journey: Journey) -> None:
    told = "\n".join(f"{entry.record.name} {entry.record.actor} {entry.record.fields}" for entry in journey.entries)

    assert [] == [name for name, secret in journey.secrets.items() if secret.lower() in told.lower()]


def test_no_table_holds_a_secret_in_clear(journey: Journey) -> None:
    house, tables, found, whole = journey.town.house, MetaData(), [], []
    with house.app.app_context(), house.database.engine.connect() as connection:
        tables.reflect(connection)
        for table in tables.tables.values():
            for row in connection.execute(select(table)).mappings():
                whole += [_bytes_of(value) for value in row.values()]
                found += [f"{table.name}.{column}: {name}" for column, value in row.items() for name in _within(journey, value)]

    # The search does find what is there in clear, and it has been everywhere.
    assert len(tables.tables) > 10
    assert any(b"demo-orlova" in value for value in whole)
    assert [] == sorted(set(found))


def test_no_file_holds_a_secret_in_clear(sqlite_town: Town, journey: Journey) -> None:
    """What a copy of the database file would give away, deleted rows and the write-ahead log included."""
    if journey.town is not sqlite_town:
        return
    file = Path(sqlite_town.house.settings.storage.url.removeprefix("sqlite:///"))
    whole = b"".join(path.read_bytes() for path in sorted(file.parent.glob(f"{file.name}*")))
    assert whole.startswith(b"SQLite format 3")
    assert b"demo-orlova" in whole

    assert [] == [name for name, secret in journey.secrets.items() if secret.encode() in whole]


def test_no_short_lived_value_holds_a_secret_in_clear(journey: Journey) -> None:
    """Attempts, codes and form keys on Redis; in SQL they are a table like the others."""
    shelf = journey.town.house.settings.shelf
    if shelf.backend != "redis":
        return
    with redis.Redis.from_url(shelf.url) as client:
        kept = [key + b" " + (client.get(key) or b"") for key in client.scan_iter(count=1000) if client.type(key) == b"string"]

    assert any(b"demo-orlova" in one for one in kept)
    assert [] == sorted({name for one in kept for name in _within(journey, one)})


def _bytes_of(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _within(journey: Journey, value: object) -> list[str]:
    data = _bytes_of(value)
    return [name for name, secret in journey.secrets.items() if secret.encode() in data]
