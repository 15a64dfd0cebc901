"""A site that knows nothing of sign-in: Apache's mod_auth_openidc stands before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.relying_parties.apache import Protected, apache, is_installed
from tests.relying_parties.strict_house import StrictHouse
from tests.support.browser import Browser
from tests.support.page import Page
from tests.support.servers import lacking
from tests.support.town import Town
from tests.support.visits import register

pytestmark = pytest.mark.xdist_group("strict")


@dataclass(frozen=True)
class Site:
    """Apache as it runs; `folder` holds its log."""

    town: Town
    protected: Protected
    folder: Path

    def open(self, browser: Browser) -> Page:
        """What somebody gets who is signed in there; the address of the broker in a redirect for anybody else."""
        return browser.open(f"{self.protected.address}/", follow=False)

    def sign_in(self, browser: Browser) -> Page:
        back = self.town.sign_in(browser, "orlova", f"{self.protected.address}/", until=self.protected.back)
        return browser.open(back.headers["location"])


@pytest.fixture(scope="module")
def site(strict: StrictHouse) -> Iterator[Site]:
    if not is_installed():
        lacking("mod_auth_openidc (tests/install_tools.sh)")
    bare = Protected(strict.neighbour_port, strict.town.issuer, *strict.own, "apache", "")
    party = register(
        strict.town, "apache", redirect_uris=(bare.back,), post_logout_redirect_uris=(f"{bare.address}/",), first_party=True,
        id_token_signed_response_alg="ES256", environment="sandbox",
        backchannel_logout_uri=f"{bare.back}?logout=backchannel", backchannel_logout_session_required=True,
    )  # fmt: skip
    protected = Protected(bare.port, bare.issuer, bare.certificate, bare.key, "apache", party.secret or "")
    with apache(protected) as folder:
        yield Site(strict.town, protected, folder)


@pytest.fixture
def browser(strict: StrictHouse) -> Iterator[Browser]:
    with Browser() as fresh:
        fresh.session.verify = str(strict.authorities)
        yield fresh


def test_a_site_behind_apache_learns_who_came(site: Site, browser: Browser) -> None:
    assert site.open(browser).headers["location"].startswith(f"{site.town.issuer}/authorize?")
    page = site.sign_in(browser)

    assert (200, "Protected") == (page.status, page.heading), page.text + (site.folder / "error.log").read_text()
    assert ("29", True) == (page.headers["x-region"], len(page.headers["x-subject"]) > 20)
    assert 200 == site.open(browser).status


def test_who_signs_out_at_the_broker_is_out_at_apache(site: Site, browser: Browser) -> None:
    """Back-channel logout: nobody has pressed anything at the site."""
    site.sign_in(browser)
    asked = browser.open(f"{site.town.issuer}/end_session")
    browser.submit(asked.form("form_key"))
    with site.town.house.app.app_context():
        site.town.house.new_postman().send_due()

    assert site.open(browser).headers.get("location", "").startswith(f"{site.town.issuer}/authorize?"), (
        site.folder / "error.log"
    ).read_text()


def test_who_signs_out_at_apache_is_out_at_the_broker(site: Site, browser: Browser) -> None:
    site.sign_in(browser)
    left = browser.open(f"{site.protected.back}?logout={site.protected.address}/", follow=False)
    assert left.headers["location"].startswith(f"{site.town.issuer}/end_session?")
    browser.open(left.headers["location"], follow=False)

    asked = browser.open(site.open(browser).headers["location"], follow=False)
    assert asked.headers["location"].startswith("/login/")
