"""Nobody who came through another provider reads of Gosuslugi, and every cause that names Gosuslugi has words for them."""

from __future__ import annotations

import re

import pytest

from broker.screens.render import Screens
from broker.screens.texts import TRANSLATIONS, Texts
from broker.screens.view import Look, View
from broker.screens.ways import OTHER, OTHER_WORDS, variant_for
from tests.rooms.screens.other_upstream_samples import TITLE, other_upstream_samples

# Said of Gosuslugi wherever somebody comes from: accounts of children exist there only, and what organisations and codes do.
OF_GOSUSLUGI_ALONE = {2113, 2114, 3113, 3114}
SAMPLES = other_upstream_samples()


def test_every_cause_of_the_list_has_its_words_and_no_other() -> None:
    found = {int(key.split(".")[1]) for key in Texts().all_keys() if re.fullmatch(rf"cause\.\d{{4}}\.{OTHER}\.title", key)}

    assert OTHER_WORDS == found


def test_every_cause_of_an_upstream_that_names_gosuslugi_is_in_the_list() -> None:
    named = set()
    for name in ("causes_2xxx.toml", "causes_3xxx.toml"):
        code = 0
        for line in (TRANSLATIONS / "ru" / name).read_text("utf-8").splitlines():
            opened = re.fullmatch(r"\[cause\.(\d{4})\]", line)
            code = int(opened[1]) if opened else code
            named |= {code} if "Госуслуг" in line else set()

    assert set() == named - OTHER_WORDS - OF_GOSUSLUGI_ALONE


def test_gosuslugi_itself_has_the_plain_words() -> None:
    assert "" == variant_for(2101, None) == variant_for(9001, TITLE)
    assert OTHER == variant_for(2101, TITLE)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_pages_name_the_provider(screens: Screens, name: str) -> None:
    """Except where both may be chosen. The footer of every page speaks of the password of Gosuslugi."""
    text = screens.render(SAMPLES[name], View("ru", Look(), "/")).get_data(as_text=True).partition("<footer")[0]

    assert "Госуслуг" not in text.replace("пароль от Госуслуг", "") or name.startswith("choose")
