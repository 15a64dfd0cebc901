"""What a person hears of by letter: a service they allowed, and one they did not allow any longer."""

from __future__ import annotations

from pathlib import Path

from tests.support.browser import Browser
from tests.support.own import at, link_in, town_with_post
from tests.support.visits import register, signed_in


def test_a_permission_is_told_when_it_is_given_and_when_it_is_taken_back(tmp_path: Path, browser: Browser) -> None:
    with town_with_post(tmp_path) as here:
        club = register(here.town, "told", "openid profile school")
        signed_in(here.town, browser, club, "orlova")
        given = here.mails("orlova@example.org")[-1]
        page = at(here.town, browser, "/me/permissions")

        browser.submit(page.form("consent_id"), follow=True, **dict(page.form("consent_id").buttons))

        taken = here.mails("orlova@example.org")[-1]
        assert "Вы разрешили «Кружок» узнать: Имя, фамилия и отчество" in given.text
        assert f"{here.town.issuer}/me/permissions" == link_in(given)
        assert "Разрешение для «Кружок» отозвано." in taken.text
        for secret in ("Орлова", "1985", "№ 132"):
            assert secret not in given.text + taken.text
