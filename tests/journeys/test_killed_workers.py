"""kill -9 between any two steps of a first sign-in: the same browser goes on, and what was answered with success stays."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.browser import Browser
from tests.support.gunicorn import Before, Gunicorn, gunicorn_town
from tests.support.page import Page
from tests.support.relying_party import RelyingParty
from tests.support.town import Town

pytestmark = pytest.mark.xdist_group("killed-workers")

# With consent, so that as many steps as there are take part.
SCOPE = "openid profile school offline_access"
# authorize, dispatcher, to ESIA, back, match, consent page, decision, dispatcher, finish, resume; discovery, token, userinfo.
FEWEST_STEPS = 12


@dataclass
class Standing:
    """A town and its real server."""

    town: Town
    server: Gunicorn


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    with gunicorn_town(tmp_path_factory.mktemp("town")) as (town, server):
        yield Standing(town, server)


def _one_worker(server: Gunicorn) -> None:
    server.kill_one()


def _all_workers(server: Gunicorn) -> None:
    server.kill_all()


def _whole_server(server: Gunicorn) -> None:
    server.stop(signal.SIGKILL)
    server.start()


@pytest.mark.parametrize(
    ("number", "every", "harm"),
    # A server takes a second to come back, so the whole of it ends only now and then.
    [(0, 1, _one_worker), (1, 1, _all_workers), (2, 5, _whole_server)],
    ids=["one worker", "all workers", "the server"],
)
def test_a_first_sign_in_survives_a_kill_before_every_step(
    standing: Standing, number: int, every: int, harm: Callable[[Gunicorn], None]
) -> None:
    town, steps = standing.town, []
    # Somebody else each time, so that it is a first sign-in each time.
    login = [login for login, person in town.people.items() if person["expect"]["outcome"] == "signed_in"][number]

    def before() -> None:
        steps.append(1)
        if len(steps) % every == 0:
            harm(standing.server)

    party = town.relying_party("olymp", SCOPE)
    with Browser() as browser:
        for session in (browser.session, party.http):
            session.mount(f"{town.issuer}/", Before(before))
        tokens = _signed_in(town, browser, party, login)
        assert FEWEST_STEPS <= len(steps)
        assert 200 == browser.open(f"{town.issuer}/me").status
        fresh = party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        assert 200 == fresh.status_code, fresh.text
        assert 200 == party.userinfo(fresh.json()["access_token"]).status_code
        # Once is once, whichever worker is asked and however often workers have died since.
        used = party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        assert (400, "invalid_grant") == (used.status_code, used.json()["error"])
    _require_whole_journal(town)


def _signed_in(town: Town, browser: Browser, party: RelyingParty, login: str) -> dict[str, Any]:
    request = party.begin(region=town.people[login]["region"])
    page = town.sign_in(browser, login, request.url)
    if page.forms_with("decision"):
        sent: Page = browser.submit(page.form("decision"), follow=False, decision="allow")
        page = town.sign_in(browser, login, sent.refresh)
    answer = party.redeem(party.answer(page.headers["location"], request)["code"], request)
    assert 200 == answer.status_code, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def _require_whole_journal(town: Town) -> None:
    with town.house.app.app_context():
        found = town.house.journal.verify()
    assert found.is_whole, found
