"""What browsers forgive and screen readers do not: every page in every state, checked by npm html-validate in one process."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from broker.screens.view import Look, View
from tests.browser.test_samples import every_page
from tests.rooms.screens.form_page import screens_with_form
from tests.support.servers import lacking

HERE = Path(__file__).parent

pytestmark = pytest.mark.node


@pytest.fixture(autouse=True)
def _checker_is_here() -> None:
    if shutil.which("node") and (HERE / "node_modules" / "html-validate").exists():
        return
    lacking("html-validate (npm ci --prefix tests/markup)")


def _complaints(pages: dict[str, str]) -> list[dict[str, object]]:
    words = ["node", "validate.mjs"]
    done = subprocess.run(words, cwd=HERE, input=json.dumps(pages), capture_output=True, text=True, timeout=300, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _drawn() -> dict[str, str]:
    """All of them in Russian, and in English whatever is not one of the causes, which share a template."""
    screens, found = screens_with_form(), {}
    for language in ("ru", "en"):
        for name, page in every_page():
            if language == "ru" or not name.startswith("cause "):
                found[f"{name} ({language})"] = screens.render(page, View(language, Look(), "/")).get_data(as_text=True)
    return found


def test_every_page_is_sound_html() -> None:
    pages = _drawn()

    assert [] == _complaints(pages)
    assert len(pages) > 200


def test_the_checker_complains_of_what_is_wrong() -> None:
    """A list within a paragraph ends it, a name given twice is nobody's, and a form that cannot be sent is none."""
    wrong = '<!doctype html><html lang="ru"><body><p><ul id="a"></ul></p><form id="a"></form></body></html>'

    found = {complaint["rule"] for complaint in _complaints({"wrong": wrong})}

    assert {"close-order", "no-dup-id", "wcag/h32"} <= found, found
